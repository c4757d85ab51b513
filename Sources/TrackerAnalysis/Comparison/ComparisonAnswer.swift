import TrackerIndexer
package import TrackerLog

/// What is known of two groups: a metric that was measured, or all numbers that both report.
///
/// The command, the page and the JSON for programs ask here, so that they give the same numbers.
package enum ComparisonAnswer: Sendable {
    case measured(Comparison)
    case reported(ReportedComparison)

    /// - Parameter history: earlier runs that have this metric; `nil` is the metric compared.
    package init(
        _ a: ComparisonGroup, _ b: ComparisonGroup, settings: ComparisonSettings,
        history: (String?) throws -> RunHistory
    ) throws {
        let reported = try ReportedComparison(
            a, b, settings: settings, history: { try history($0) })
        if let reported {
            self = .reported(reported)
        } else {
            self = .measured(
                try Comparison(
                    a, b, settings: settings, history: try history(settings.metric)))
        }
    }

    /// One for each number, the one that stands for the runs first; never empty.
    package var comparisons: [Comparison] {
        switch self {
        case .measured(let comparison): [comparison]
        case .reported(let reported): reported.numbers
        }
    }

    /// The one that stands for the runs.
    package var main: Comparison { comparisons[0] }

    package var json: JSONValue {
        switch self {
        case .measured(let comparison): comparison.json
        case .reported(let reported): reported.json
        }
    }
}

extension ComparisonAnswer {
    /// With `"where"`: which part moved the whole, `null` where no label cuts it into parts.
    package func json(_ parts: ChangeParts?) -> JSONValue {
        guard case .object(let members) = json else { return json }
        return .object(members + [.init("where", parts?.json ?? .null)])
    }
}

extension Comparison {
    /// The row that one sentence is about.
    ///
    /// It depends on what the metric is and on how many samples there are, not on the result: of
    /// several rows the one with the largest difference would be chance. The exception is that more
    /// requests failed: then the times of the rest say little.
    package var headline: ComparisonRow {
        if failures.verdict == .worse { return failures }
        let order: [Statistic] =
            meaning.kind == .duration ? [.p99, .p95, .p90, .p50, .mean] : [.mean]
        for statistic in order {
            guard let row = rows.first(where: { $0.statistic == statistic }) else { continue }
            if case .inconclusive(.tooFewSamples) = row.verdict { continue }
            return row
        }
        return rows.first ?? failures
    }

    /// The name of the number of a row where the metric names it: a reported number; `nil` for a
    /// statistic of the metric, and for the requests that failed beside a reported number.
    package func reportedName(of row: ComparisonRow) -> String? {
        isReported && rows.contains { $0.statistic == row.statistic } ? metric : nil
    }

    /// The metrics that both groups measured, in the order of A.
    package static func commonMetrics(_ a: ComparisonGroup, _ b: ComparisonGroup) -> [String] {
        let inB = Set(b.runs.flatMap { $0.timelines.map { ExactText($0.metric) } })
        var seen: Set<ExactText> = []
        return a.runs.flatMap { $0.timelines.map(\.metric) }.filter {
            inB.contains(ExactText($0)) && seen.insert(ExactText($0)).inserted
        }
    }
}

extension Verdict.Reason {
    /// What is missing, in words.
    package var words: String {
        switch self {
        case .wide(let further?):
            "about \(further) more run\(further == 1 ? "" : "s") of each"
        case .wide(nil): "more than \(ComparisonLimits.maxFurtherRuns) more runs"
        case .tooFewSamples(let needed): "too few samples, needs \(needed)"
        case .tooShort(let slots): "too short, needs \(slots) seconds"
        case .moreFailures: "more requests failed"
        case .noRatio: "a value is zero or less: no ratio"
        case .noValue:
            "a side has no such number: nothing succeeded there, no time passed, or a sum is beyond"
                + " the largest number"
        case .oneRun(let further):
            Self.few(max(1, ComparisonLimits.minRunsToResample - further))
                + " \(further) more run\(further == 1 ? "" : "s") of each"
        }
    }

    private static func few(_ runs: Int) -> String {
        runs == 1
            ? "one run of each says nothing about the next;"
            : "\(runs) runs on a side say too little about the next;"
    }
}
