package import TrackerIndexer
import TrackerLog

/// One metric of a session, as it is offered on the page.
package struct MetricChoice: Sendable, Hashable {
    package var name: String
    /// As logged, or else told by the end of the name.
    package var unit: String?
    package var count: Int

    private static let timeUnits: Set<String> = [
        "ms", "s", "us", "µs", "μs", "ns", "min", "seconds", "milliseconds",
    ]
    private static let unitsBySuffix: [(suffix: String, unit: String)] = [
        ("_ms", "ms"), ("_us", "µs"), ("_ns", "ns"), ("_seconds", "s"), ("_s", "s"),
        ("_bytes", "B"), ("_percent", "%"),
    ]

    package init(name: String, unit: String?, count: Int) {
        self.name = name
        self.unit =
            unit
            ?? MetricChoice.unitsBySuffix.first { name.hasSuffix($0.suffix) }?.unit
        self.count = count
    }

    /// Whether it measures how long something took, so that its samples are requests.
    package var isLatency: Bool {
        unit.map(MetricChoice.timeUnits.contains) ?? name.lowercased().contains("latency")
    }

    /// What one sample of it is called.
    var noun: String { isLatency ? "requests" : "samples" }
    /// What it shows, as a heading says it.
    var title: String { isLatency ? "Latency" : name }
    /// A note on the unit: `ms`, or nothing.
    var unitText: String { unit ?? "" }

    /// All metrics of a session: latencies first, and those with most samples before the others.
    package static func all(in summary: SessionSummary) -> [MetricChoice] {
        var found: [String: MetricChoice] = [:]
        for run in summary.runs {
            for timeline in run.timelines {
                let known = found[timeline.metric]
                found[timeline.metric] = MetricChoice(
                    name: timeline.metric, unit: known?.unit ?? timeline.unit,
                    count: (known?.count ?? 0) + timeline.total.count)
            }
        }
        return found.values.sorted {
            ($0.isLatency ? 0 : 1, -$0.count, $0.name) < ($1.isLatency ? 0 : 1, -$1.count, $1.name)
        }
    }
}
