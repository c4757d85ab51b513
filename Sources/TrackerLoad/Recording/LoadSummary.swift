package import TrackerLog

/// A run's own account of itself: what goes into `run_finished.summary` and onto the terminal.
package struct LoadSummary: Sendable {
    package let run: String
    package let session: String
    package let target: String
    package let state: RunFinished.State
    /// Why `state` is `failed`.
    package let failure: LoadError?
    package let plan: LoadPlan
    package let commit: String?
    package let result: LoadResult
    package let tally: LoadTally
    /// Requests that have no sample in the log, because it could not keep up.
    package let unrecorded: UInt64

    package var durationS: Double { Double(result.elapsed.wholeNanoseconds) / 1e9 }

    /// Successful requests a second.
    package var rps: Double {
        durationS > 0 ? Double(tally.successes) / durationS : 0
    }

    /// In percent of the requests that ended; `nil` when none did.
    package var errorRatePercent: Double? {
        tally.total == 0 ? nil : 100 * Double(tally.failures) / Double(tally.total)
    }

    package static let quantiles: [(name: String, q: Double)] = [
        ("p50", 0.5), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99), ("p999", 0.999),
    ]

    /// The fields of `docs/METRIC_SCHEMA_REFERENCE.md`, then percentiles and what this tool adds.
    package var json: JSONValue {
        var members: [JSONValue.Member] = [
            .init("target_url", .string(target)),
            .init("request_count", .integer(plan.requestLimit ?? result.sent + result.unsent)),
            .init("method", .string(plan.methods)),
            .init("payload_urls", .array(plan.urls.map(JSONValue.string))),
            .init("total_requests", .integer(tally.total)),
            .init("successful_requests", .integer(tally.successes)),
            .init("failed_requests", .integer(tally.failures)),
            .init("avg_latency_ms", Self.number(tally.latency.meanMs)),
            .init("error_rate", Self.number(errorRatePercent)),
            .init("rps", Self.number(rps)),
            .init("duration_s", Self.number(durationS)),
            .init("test_type", .string("load")),
            .init("session_id", .string(session)),
            .init("commit_hash", .optional(commit)),
        ]
        members += Self.percentiles(of: tally.latency, prefix: "")
        if plan.isOpenLoop {
            members.append(.init("avg_service_ms", Self.number(tally.service.meanMs)))
            members += Self.percentiles(of: tally.service, prefix: "service_")
            members.append(.init("unsent_requests", .integer(result.unsent)))
        }
        members += [
            .init("run", .string(run)), .init("state", .string(state.rawValue)),
            .init("abandoned_requests", .integer(result.abandoned)),
            .init("unrecorded_requests", .integer(unrecorded)),
            .init("connections_made", .integer(result.connectionsMade)),
            .init("received_bytes", .integer(result.receivedBytes)),
            .init("outcomes", .object(outcomes.map { .init($0.label, .integer($0.count)) })),
        ]
        if let failure { members.append(.init("error", .string(failure.description))) }
        return .object(members)
    }

    /// How many requests ended with each status, in the order of their labels.
    package var outcomes: [(label: String, count: UInt64, ok: Bool)] {
        tally.outcomes.map { ($0.key.label, $0.value, $0.key.ok) }.sorted { $0.label < $1.label }
    }

    private static func percentiles(
        of counts: LatencyCounts, prefix: String
    ) -> [JSONValue.Member] {
        var members = quantiles.map { quantile in
            JSONValue.Member("\(prefix)\(quantile.name)_ms", number(counts.quantileMs(quantile.q)))
        }
        members.append(.init("\(prefix)max_ms", number(counts.count > 0 ? counts.maxMs : nil)))
        return members
    }

    /// Rounded to six digits after the point: nanoseconds, when it is milliseconds.
    private static func number(_ value: Double?) -> JSONValue {
        value.map { .double(($0 * 1e6).rounded() / 1e6) } ?? .null
    }
}

extension LoadPlan {
    package var isOpenLoop: Bool {
        if case .open = model { return true }
        return false
    }

    /// Each method once, for example `GET` or `GET, POST`.
    var methods: String { distinct(requests.map(\.method)).joined(separator: ", ") }

    /// Each URL once, in the plan's order.
    var urls: [String] { distinct(requests.map { origin.description + $0.uri }) }

    private func distinct(_ texts: [String]) -> [String] {
        var seen: Set<String> = []
        return texts.filter { seen.insert($0).inserted }
    }

    /// How the load is made, for `run_started.params`.
    var params: JSONValue {
        var members: [JSONValue.Member] = [
            .init("load_model", .string(isOpenLoop ? "open" : "closed")),
            .init("latency", .string(isOpenLoop ? "corrected" : "uncorrected")),
            .init("method", .string(methods)),
        ]
        switch model {
        case .open(let rate):
            members.append(.init("rate", .double(rate.perSecond)))
            members.append(.init("arrivals", .string("constant")))
            members.append(.init("max_connections", .integer(maxConnections)))
        case .closed(let connections):
            members.append(.init("connections", .integer(connections)))
        }
        if let duration {
            members.append(.init("duration_s", .double(duration.milliseconds / 1e3)))
        }
        if let requestLimit { members.append(.init("requests", .integer(requestLimit))) }
        members.append(.init("timeout_ms", .double(timeout.milliseconds)))
        members.append(.init("body_bytes", .integer(requests.map(\.body.count).max() ?? 0)))
        members.append(.init("routes", .integer(Set(requests.map(\.route)).count)))
        members.append(.init("threads", .integer(shards)))
        members.append(.init("generator", .string("tracker load")))
        members.append(.init("generator_version", .string(LoadVersion.text)))
        return .object(members)
    }
}
