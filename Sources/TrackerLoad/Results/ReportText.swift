import TrackerLog

/// A run's progress and result as text for a terminal.
package enum ReportText {
    private static let number = NumberFormat.grouped

    /// One line without newline, as `12.3 s  2,460 requests  200/s attempted  p50 4.1 ms …`.
    package static func progress(_ progress: LoadProgress) -> String {
        var parts = [
            "\(number.fixed(Double(progress.elapsedNs) / 1e9, digits: 1)) s",
            "\(number.count(progress.total)) requests",
            "\(number.count(progress.lastSecondCount))/s attempted",
        ]
        if let p50 = progress.lastSecondP50Ms { parts.append("p50 \(number.latency(ms: p50))") }
        if let p99 = progress.lastSecondP99Ms { parts.append("p99 \(number.latency(ms: p99))") }
        parts.append("\(number.count(progress.failures)) errors")
        return parts.joined(separator: "  ")
    }

    /// The whole result: several lines, each with a newline.
    package static func result(_ summary: LoadSummary) -> String {
        let state = summary.state.rawValue + (summary.failure.map { ": \($0.reason)" } ?? "")
        var lines = ["Run \(summary.run) of session \(summary.session): \(state)"]
        func add(_ title: String, _ text: String) {
            lines.append("  " + title + String(repeating: " ", count: 12 - title.count) + text)
        }
        add("Target", summary.target)
        add("Load", load(summary.plan))
        add("Requests", requests(summary))
        add("Throughput", rate(summary.throughput, summary) + ", successes only")
        add("Attempted", rate(summary.attempted, summary))
        let isOpen = summary.plan.isOpenLoop
        add(isOpen ? "Response" : "Latency", latencies(summary.tally.latency))
        if isOpen { add("Service", latencies(summary.tally.service)) }
        if summary.tally.failures > 0 { add("Failed", latencies(summary.tally.failedLatency)) }
        if let lag = summary.sendLagP99Ms {
            add(
                "Send lag",
                "p99 \(number.latency(ms: lag)) (generator delay, part of the response time)")
        }
        let failures = summary.tally.outcomes.keys.compactMap { outcome -> Outcome.Failure? in
            guard case .failure(let reason) = outcome else { return nil }
            return reason
        }
        let statuses = summary.outcomes.map { "\($0.label) × \(number.count($0.count))" }
        if !statuses.isEmpty { add("Status", statuses.joined(separator: "  ")) }
        for failure in failures.sorted(by: { $0.rawValue < $1.rawValue }) {
            let reason = failure == .tls ? summary.result.tlsFailure.map { "\($0); " } ?? "" : ""
            lines.append("    \(failure.rawValue): \(reason)\(failure.explanation)")
        }
        lines += notes(summary).map { "  " + $0 }
        return lines.map { $0 + "\n" }.joined()
    }

    private static func load(_ plan: LoadPlan) -> String {
        var text =
            switch plan.model {
            case .open(let schedule): "open loop, \(rates(schedule))"
            case .closed(let connections):
                "closed loop, \(connections) connection\(connections == 1 ? "" : "s")"
            }
        text += ", \(plan.methods)"
        if plan.requests.count > 1 {
            let weights = plan.requests.map { "\($0.weight)" }
            text += ", \(weights.count) URLs"
            if Set(weights).count > 1 { text += " \(weights.joined(separator: ":"))" }
        }
        if plan.warmup > .zero {
            text += ", warm-up \(DurationText.text(of: plan.warmup))"
        }
        if let duration = plan.duration { text += ", for \(DurationText.text(of: duration))" }
        if let limit = plan.requestLimit { text += ", \(number.count(limit)) requests" }
        return text
    }

    private static func rates(_ schedule: Schedule) -> String {
        let text =
            switch schedule.profile {
            case .constant(let rate):
                "\(number.fixed(rate.perSecond, digits: 2, trimsZeros: true)) requests a second"
            case .stages: "stages \(schedule.text)"
            }
        return text + (schedule.arrivals == .poisson ? " at random (Poisson)" : "")
    }

    private static func requests(_ summary: LoadSummary) -> String {
        var parts = [
            "\(number.count(summary.tally.total)) ended",
            "\(number.count(summary.tally.successes)) ok",
        ]
        let share = summary.errorRatePercent.map { " (\(number.fixed($0, digits: 2)) %)" } ?? ""
        parts.append("\(number.count(summary.tally.failures)) failed\(share)")
        if summary.plan.isOpenLoop {
            parts.append("\(number.count(summary.result.unsent)) never sent")
        }
        if summary.result.warmup > 0 {
            parts.append("\(number.count(summary.result.warmup)) more in the warm-up")
        }
        if summary.result.unfinished > 0 {
            parts.append("\(number.count(summary.result.unfinished)) unfinished at the stop")
        }
        return parts.joined(separator: ", ")
    }

    private static func rate(_ perSecond: Double, _ summary: LoadSummary) -> String {
        "\(number.fixed(perSecond, digits: 1))/s over "
            + number.latency(ms: summary.durationS * 1e3)
    }

    private static func latencies(_ counts: LatencyCounts) -> String {
        guard let mean = counts.meanMs else { return "no request succeeded" }
        var parts = ["mean \(number.latency(ms: mean))"]
        for (name, q) in LoadSummary.quantiles {
            guard let value = counts.quantileMs(q) else { continue }
            let isThin = counts.hasFewSamples(beyond: q)
            let title = name == "p999" ? "p99.9" : name
            parts.append("\(title) \(number.latency(ms: value))\(isThin ? "*" : "")")
        }
        parts.append("max \(number.latency(ms: counts.maxMs))")
        parts.append("(n = \(number.count(counts.count)))")
        return parts.joined(separator: "  ")
    }

    private static func notes(_ summary: LoadSummary) -> [String] {
        var notes: [String] = []
        if summary.tally.total > 0 && summary.tally.total < 10_000 {
            notes.append("* fewer than ten requests were slower: unreliable")
        }
        guard summary.tally.total > 0 else { return notes }
        notes.append(
            summary.plan.isOpenLoop
                ? "Response counts from the intended start, service from the actual start."
                : "Latency is uncorrected: while a response is late, nothing else is sent.")
        return notes
    }
}
