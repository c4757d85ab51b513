package import TrackerLog

/// One number that a tool or a program reported of a run, as it gave it: nothing was measured
/// here, so it has no distribution and no interval within the run.
package struct ReportedNumber: Sendable, Hashable {
    /// As in `run_finished.summary`.
    package var name: String
    package var value: Double
    /// By the ending of the name: see `docs/METRIC_SCHEMA_REFERENCE.md`.
    package var unit: String?

    package init(name: String, value: Double) {
        self.name = name
        self.value = value
        unit = Self.unit(of: name)
    }

    /// Whether it can be, by what the guide says of its name: no request takes less than no time,
    /// no count is below zero, and no more than all requests fail.
    package var isPossible: Bool {
        if name.isExactly("error_rate") { return (0...100).contains(value) }
        return value >= 0 || !Self.neverNegative.contains { name.isExactly($0) }
    }

    /// Whether the guide has a number of this name.
    static func isOfGuide(_ name: String) -> Bool {
        (neverNegative + ["error_rate"]).contains { name.isExactly($0) }
    }

    private static let neverNegative = [
        "avg_latency_ms", "min_latency_ms", "max_latency_ms", "p50_ms", "p90_ms", "p95_ms",
        "p99_ms", "rps", "throughput", "attempted", "total_requests", "failed_requests",
        "successful_requests",
    ]

    /// Endings and what they stand for, the longest first.
    package static let unitsByEnding: [(ending: String, unit: String)] = [
        ("_per_second", "/s"), ("_per_sec", "/s"), ("_per_s", "/s"), ("_seconds", "s"),
        ("_percent", "%"), ("_bytes", "B"), ("_pct", "%"), ("_ms", "ms"), ("_us", "µs"),
        ("_ns", "ns"), ("_s", "s"),
    ]
    /// Names without such an ending.
    package static let unitsByName: [(name: String, unit: String)] = [
        ("error_rate", "%"), ("rps", "/s"), ("throughput", "/s"), ("attempted", "/s"),
    ]

    private static func unit(of name: String) -> String? {
        unitsByName.first { $0.name.isExactly(name) }?.unit ?? unit(byEndingOf: name)
    }

    package static func unit(byEndingOf name: String) -> String? {
        let unit = unitsByEnding.first { name.hasSuffix($0.ending) }?.unit
        // `bytes_per_ms` is not in milliseconds.
        return unit == "/s" || MetricMeaning.words(of: name).dropLast().last != "per" ? unit : nil
    }

    package var json: JSONValue {
        .object([
            .init("name", .string(name)), .init("value", .double(value)),
            .init("unit", .optional(unit)),
        ])
    }
}

/// How many requests a tool says it sent, and how many failed.
package struct ReportedRequests: Sendable, Hashable {
    package var total: Int
    package var failed: Int

    package init(total: Int, failed: Int) {
        self.total = total
        self.failed = failed
    }

    /// In percent; `nil` without requests.
    package var errorRatePercent: Double? {
        total > 0 ? 100 * Double(failed) / Double(total) : nil
    }
}
