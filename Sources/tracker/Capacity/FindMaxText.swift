import TrackerAnalysis
import TrackerLoad
import TrackerLog

/// The result of `tracker load --find-max`, as text and as JSON.
enum FindMaxText {
    private static let number = NumberFormat.grouped

    static func rate(_ perSecond: Double) -> String { FoundRate.text(perSecond, number) }

    static func intention(
        _ promise: CapacityPromise, from start: Double, plan: CapacityPlan
    ) -> String {
        let arrivals = plan.arrivals == .poisson ? "at random (Poisson)" : "at even intervals"
        return "The highest rate with \(promise.text); from \(rate(start)) on, \(arrivals);"
            + " at most \(time(plan.maxTime)), a step at least \(time(promise.leastStep))"
    }

    static func time(_ duration: Duration) -> String {
        let s = duration.milliseconds / 1e3
        return s < 120
            ? number.fixed(s, digits: 1, trimsZeros: true) + " s"
            : number.fixed(s / 60, digits: 1, trimsZeros: true) + " minutes"
    }

    private static let columns = [14, 9, 12, 12, 12]

    static var head: String {
        row(["rate", "s", "p50", "p99", "errors"]) + "  so far"
    }

    private static func row(_ cells: [String]) -> String {
        zip(columns, cells).map { width, cell in
            String(repeating: " ", count: max(0, width - cell.count)) + cell
        }.joined()
    }

    /// One step: what it measured, and what is known of its rate with it.
    static func line(_ summary: LoadSummary, in search: CapacitySearch) -> String {
        let evidence = search.rates.first { $0.steps.contains { $0.run == summary.run } }
        func latency(_ q: Double) -> String {
            summary.tally.latency.quantileMs(q).map { number.latency(ms: $0) } ?? "-"
        }
        let errors = summary.errorRatePercent.map { number.value($0, digits: 2) + " %" } ?? "-"
        let cells = [
            evidence.map { rate($0.rate) } ?? "-",
            number.fixed(summary.durationS, digits: 1), latency(0.5), latency(0.99), errors,
        ]
        return row(cells) + "  " + (evidence.map(words) ?? "")
    }

    private static func words(_ evidence: RateEvidence) -> String {
        let text = FoundRate.Tried(rate: evidence.rate, finding: evidence.finding.rawValue).words
        return evidence.leftOut == nil ? text : text + "; one step was disturbed and is left out"
    }

    /// The answer, in one sentence or some.
    static func answer(_ outcome: FindMaxOutcome) -> [String] {
        guard let search = outcome.search else { return [] }
        guard !search.rates.isEmpty else {
            return outcome.isOutOfTime ? ["The first step would not have ended in time"] : []
        }
        var found = FoundRate(search)
        found.isOutOfTime = outcome.isOutOfTime
        return found.sentences(
            search.promise.text, isEarly: outcome.isStopped || outcome.failure != nil,
            connections: outcome.summaries.last?.plan.maxConnections, number: number)
    }

    static func json(_ outcome: FindMaxOutcome, _ promise: CapacityPromise) -> JSONValue {
        let found = outcome.search.map { FoundRate($0) }
        var members: [JSONValue.Member] = [
            .init("find_max", .string(promise.text)),
            .init("ending", .optional(ending(outcome, found))),
        ]
        members += FoundRate.numbers(of: found)
        members += [
            .init("rates", .array((outcome.search?.rates ?? []).map(json))),
            .init("runs", .array(outcome.summaries.map(\.json))),
        ]
        if let failure = outcome.failure {
            members.append(.init("error", .string(failure.description)))
        }
        return .object(members)
    }

    private static func ending(
        _ outcome: FindMaxOutcome, _ found: FoundRate?
    ) -> String? {
        if outcome.isStopped { return "stopped" }
        if outcome.failure != nil { return "failed" }
        return outcome.isOutOfTime ? "time" : found?.ending.rawValue
    }

    private static func json(_ evidence: RateEvidence) -> JSONValue {
        .object([
            .init("rate", .double(evidence.rate)),
            .init("finding", .string(evidence.finding.rawValue)),
            .init("load", evidence.load.map(JSONValue.double) ?? .null),
            .init("runs", .array(evidence.steps.map { .string($0.run) })),
            .init("left_out", .optional(evidence.leftOut)),
        ])
    }
}
