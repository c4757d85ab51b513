import TrackerLoad
import TrackerLog

/// The result of `tracker load --find-max`, as text and as JSON.
enum FindMaxText {
    private static let number = NumberFormat.grouped

    static func rate(_ perSecond: Double) -> String {
        number.fixed(perSecond, digits: 3, trimsZeros: true) + "/s"
    }

    static func intention(
        _ promise: CapacityPromise, from start: Double, plan: CapacityPlan
    ) -> String {
        let arrivals = plan.arrivals == .poisson ? "at random (Poisson)" : "at even intervals"
        return "The highest rate with \(promise.text); from \(rate(start)) on, \(arrivals)"
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
        let text =
            switch evidence.finding {
            case .likelyKept, .kept: "kept"
            case .likelyBroken, .broken: "broken"
            case .unclear: "near the limit"
            case .open: "not clear yet"
            }
        return evidence.leftOut == nil ? text : text + "; one step was disturbed and is left out"
    }

    /// The answer, in one sentence or some.
    static func answer(_ outcome: FindMaxOutcome) -> [String] {
        guard let search = outcome.search, !search.rates.isEmpty else { return [] }
        let result = search.result
        var lines: [String] = []
        let early = outcome.isStopped || outcome.failure != nil ? "So far: " : ""
        switch result.ending {
        case .found:
            let between = result.interval.map {
                " (95 % interval \(rate($0.lowerBound)) to \(rate($0.upperBound)))"
            }
            lines.append(
                "\(early)\(search.promise.text) is kept up to \(result.rate.map(rate) ?? "-")"
                    + (between ?? ""))
            if let kept = result.kept, let broken = result.broken {
                lines.append(
                    "It was kept at \(rate(kept)), and at \(rate(broken)) \(result.condition ?? "")"
                        + " was not")
            }
        case .neverBroken:
            lines.append(
                "\(early)\(search.promise.text) was kept at each rate, the highest of them "
                    + (result.kept.map(rate) ?? "-"))
        case .neverKept:
            lines.append(
                "\(early)\(search.promise.text) was not kept at any rate, the lowest of them "
                    + (search.rates.first.map { rate($0.rate) } ?? "-"))
        }
        switch result.limit {
        case .generator:
            lines.append(
                "The generator may have been the limit, not the target: "
                    + "\(result.generatorLimit ?? ""). The target may take more")
        case .connections:
            lines.append(
                "All connections were busy: give more with --max-connections. The target may take"
                    + " more")
        case .target, nil: break
        }
        return lines
    }

    static func json(_ outcome: FindMaxOutcome, _ promise: CapacityPromise) -> JSONValue {
        let result = outcome.search?.result
        func optional(_ value: Double?) -> JSONValue { value.map(JSONValue.double) ?? .null }
        var members: [JSONValue.Member] = [
            .init("find_max", .string(promise.text)),
            .init("ending", .optional(ending(outcome, result))),
            .init("rate", optional(result?.rate)),
            .init(
                "interval",
                result?.interval.map {
                    .array([.double($0.lowerBound), .double($0.upperBound)])
                } ?? .null),
            .init("kept", optional(result?.kept)), .init("broken", optional(result?.broken)),
            .init("condition", .optional(result?.condition)),
            .init("limit", .optional(result?.limit?.rawValue)),
            .init("generator_limit", .optional(result?.generatorLimit)),
            .init("rates", .array((outcome.search?.rates ?? []).map(json))),
            .init("runs", .array(outcome.summaries.map(\.json))),
        ]
        if let failure = outcome.failure {
            members.append(.init("error", .string(failure.description)))
        }
        return .object(members)
    }

    private static func ending(
        _ outcome: FindMaxOutcome, _ result: CapacityResult?
    ) -> String? {
        if outcome.isStopped { return "stopped" }
        return outcome.failure == nil ? result?.ending.rawValue : "failed"
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
