package import TrackerLog

/// The result of a run, for `run_finished.summary` and the terminal.
package struct LoadSummary: Sendable {
    package let identity: RunIdentity
    package let state: RunFinished.State
    /// Why `state` is `failed`.
    package let failure: LoadError?
    package let plan: LoadPlan
    package let result: LoadResult
    package let recorded: Recorded
    /// Mean CPU use of this process during the run, in cores.
    package let generatorCores: Double
    /// What was not quiet on this machine while it ran.
    package var disturbances: [QuietFinding] = []
    /// Further members of its JSON.
    package var further: [JSONValue.Member] = []

    package init(
        identity: RunIdentity, state: RunFinished.State, failure: LoadError? = nil, plan: LoadPlan,
        result: LoadResult, recorded: Recorded, generatorCores: Double
    ) {
        self.identity = identity
        self.state = state
        self.failure = failure
        self.plan = plan
        self.result = result
        self.recorded = recorded
        self.generatorCores = generatorCores
    }

    /// The same run, failed for this reason.
    func failed(_ failure: LoadError) -> LoadSummary {
        var summary = LoadSummary(
            identity: identity, state: .failed, failure: failure, plan: plan, result: result,
            recorded: recorded, generatorCores: generatorCores)
        summary.disturbances = disturbances
        return summary
    }

    package var run: String { identity.run }
    package var session: String { identity.session.value }
    package var target: String { identity.target }
    package var tally: LoadTally { recorded.tally }
    /// Requests missing in the log because it could not keep up.
    package var unrecorded: UInt64 { recorded.unrecorded }

    /// The 99th percentile of how late requests were sent although a connection was free; `nil` in
    /// a closed loop, which is never late.
    package var sendLagP99Ms: Double? { result.sendLag.quantileMs(0.99) }

    /// Why a run that ran through is no measurement: none of its requests succeeded. `nil` when one
    /// did, or none was due.
    static func noSuccess(_ tally: LoadTally, _ result: LoadResult) -> LoadError? {
        let requests = tally.total + result.unfinished + result.unsent
        guard tally.successes == 0, requests > 0 else { return nil }
        let outcomes = tally.outcomes.sorted {
            ($1.value, $0.key.label) < ($0.value, $1.key.label)
        }
        var reasons = outcomes.map { outcome, count in
            let text = outcome.explanation
            return count == requests ? text : "\(text) × \(count)"
        }
        let unanswered = requests - tally.total
        if unanswered > 0 { reasons.append("not answered by the end of the run × \(unanswered)") }
        return .noSuccess(requests: requests, reasons: reasons.joined(separator: ", "))
    }

    package var durationS: Double { Double(result.elapsed.wholeNanoseconds) / 1e9 }

    /// Successes a second, as everywhere.
    package var throughput: Double { perSecond(tally.successes) }

    /// Requests a second that ended, with success or not.
    package var attempted: Double { perSecond(tally.total) }

    private func perSecond(_ requests: UInt64) -> Double {
        durationS > 0 ? Double(requests) / durationS : 0
    }

    /// Failures in percent of the requests that ended; `nil` when none did.
    package var errorRatePercent: Double? {
        tally.total == 0 ? nil : 100 * Double(tally.failures) / Double(tally.total)
    }

    package static let quantiles: [(name: String, q: Double)] = [
        ("p50", 0.5), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99), ("p999", 0.999),
    ]

    /// The fields of `docs/METRIC_SCHEMA_REFERENCE.md`, then percentiles and further fields.
    package var json: JSONValue {
        var members: [JSONValue.Member] = [
            .init("target_url", .string(target)),
            .init("request_count", .integer(plan.requestLimit ?? intended)),
            .init("method", .string(plan.methods)),
            .init("payload_urls", .array(plan.urls.map(JSONValue.string))),
            .init("total_requests", .integer(tally.total)),
            .init("successful_requests", .integer(tally.successes)),
            .init("failed_requests", .integer(tally.failures)),
            .init("avg_latency_ms", Self.number(tally.latency.meanMs)),
            .init("error_rate", Self.number(errorRatePercent)),
            .init("rps", Self.number(throughput)),
            .init("throughput", Self.number(throughput)),
            .init("attempted", Self.number(attempted)),
            .init("duration_s", Self.number(durationS)),
            .init("test_type", .string("load")),
            .init("session_id", .string(session)),
            .init("commit_hash", .optional(identity.commit)),
        ]
        members += Self.percentiles(of: tally.latency, prefix: "")
        if tally.failures > 0 {
            members.append(.init("failed_avg_ms", Self.number(tally.failedLatency.meanMs)))
            members += Self.percentiles(of: tally.failedLatency, prefix: "failed_")
        }
        if plan.isOpenLoop {
            members.append(.init("avg_service_ms", Self.number(tally.service.meanMs)))
            members += Self.percentiles(of: tally.service, prefix: "service_")
            members.append(.init("unsent_requests", .integer(result.unsent)))
            members.append(.init("send_lag_p99_ms", Self.number(sendLagP99Ms)))
            members.append(
                .init("generator_bias_percent", Self.number(generatorBiasPercent)))
        }
        members += [
            .init("run", .string(run)), .init("state", .string(state.rawValue)),
            .init("unfinished_requests", .integer(result.unfinished)),
            .init("unrecorded_requests", .integer(unrecorded)),
            .init("warmup_requests", .integer(result.warmup)),
            .init("generator_cpu_percent", Self.number(generatorCores * 100)),
            .init("sending_threads_percent", Self.number(sendingShare.map { $0 * 100 })),
            .init("generator_limited", .bool(generatorLimit != nil)),
            .init("generator_limit", .optional(generatorLimit)),
            .init("connections_made", .integer(result.connectionsMade)),
            .init("received_bytes", .integer(result.receivedBytes)),
            .init("outcomes", .object(outcomes.map { .init($0.label, .integer($0.count)) })),
        ]
        if let ns = recorded.secondsFromNs {
            members.append(.init("distributions_from_s", Self.number(Double(ns) / 1e9)))
        }
        if !disturbances.isEmpty {
            members.append(.init("disturbances", .array(disturbances.map(\.json))))
        }
        if let failure {
            members.append(.init("reason", .string(failure.reason)))
            members.append(.init("error", .string(failure.description)))
        }
        return .object(members + further)
    }

    /// Number of requests intended after the warm-up, until the run ended.
    private var intended: UInt64 { result.sent - min(result.sent, result.warmup) + result.unsent }

    /// Number of requests that ended with each status, sorted by label.
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

    /// Rounded to six decimals: of milliseconds, that is nanoseconds.
    private static func number(_ value: Double?) -> JSONValue {
        value.map { .double(($0 * 1e6).rounded() / 1e6) } ?? .null
    }
}

extension LoadPlan {
    package var isOpenLoop: Bool {
        if case .open = model { return true }
        return false
    }

    /// The distinct methods, for example `GET` or `GET, POST`.
    var methods: String { distinct(requests.map(\.method)).joined(separator: ", ") }

    /// The distinct URLs, in the plan's order.
    var urls: [String] { distinct(requests.map { origin.description + $0.uri }) }

    private func distinct(_ texts: [String]) -> [String] {
        var seen: Set<ExactText> = []
        return texts.filter { seen.insert(ExactText($0)).inserted }
    }

    /// The settings of the load, for `run_started.params`.
    package var params: JSONValue {
        var members: [JSONValue.Member] = [
            .init("load_model", .string(isOpenLoop ? "open" : "closed")),
            .init("latency", .string(isOpenLoop ? "corrected" : "uncorrected")),
            .init("method", .string(methods)),
        ]
        switch model {
        case .open(let schedule):
            switch schedule.profile {
            case .constant(let rate): members.append(.init("rate", .double(rate.perSecond)))
            case .stages(let stages):
                members.append(.init("stages", .string(schedule.text)))
                members.append(.init("start_rate", .double(stages.first?.from ?? 0)))
            }
            members.append(.init("arrivals", .string(schedule.arrivals.rawValue)))
            members.append(.init("max_connections", .integer(maxConnections)))
        case .closed(let connections):
            members.append(.init("connections", .integer(connections)))
        }
        if warmup > .zero {
            members.append(.init("warmup_s", .double(warmup.milliseconds / 1e3)))
        }
        if let duration {
            members.append(.init("duration_s", .double(duration.milliseconds / 1e3)))
        }
        if let requestLimit { members.append(.init("requests", .integer(requestLimit))) }
        members.append(.init("timeout_ms", .double(timeout.milliseconds)))
        members.append(.init("body_bytes", .integer(requests.map(\.body.count).max() ?? 0)))
        members.append(.init("routes", .integer(distinct(requests.map(\.route)).count)))
        members.append(.init("request_mix", requestMix))
        members.append(.init("threads", .integer(shards)))
        members.append(.init("generator", .string("tracker load")))
        members.append(.init("generator_version", .string(LoadVersion.text)))
        return .object(members)
    }
}
