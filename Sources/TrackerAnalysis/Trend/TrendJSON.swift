import TrackerIndexer
package import TrackerLog

extension Trend {
    /// `{"target","metric","unit","runs":[…],"levels":[…],"changes":[…]}`, oldest first.
    /// - Parameter bisect: the `git bisect` commands that find the commit of a change.
    package func json(bisect: (Change) -> [String]) -> JSONValue {
        .object([
            .init("target", .string(target)), .init("metric", .string(metric)),
            .init("unit", .optional(unit)),
            .init("reported", .bool(isReported)),
            .init("kind", .optional(meaning.kind?.rawValue)),
            .init("better", .optional(meaning.better?.rawValue)),
            .init("window", .integer(TrendLimits.window)),
            .init("max_p", .double(TrendLimits.maxPValue)),
            .init("left_out", .array(leftOut.map(\.json))),
            .init("left_out_unfinished", .integer(unfinishedRuns)),
            .init("left_out_other", .integer(otherRuns)),
            .init("left_out_unlike_unit", .integer(unlikeUnitRuns)),
            .init("converted_runs", .integer(convertedRuns)),
            .init("damaged_sessions", .integer(damagedSessions)),
            .init("small_changes", .integer(smallChanges)),
            .init("runs", .array(points.map(\.json))),
            .init("levels", .array(levels.map(\.json))),
            .init("changes", .array(changes.map { $0.json(bisect: bisect($0)) })),
        ])
    }
}

extension Trend.Point {
    var json: JSONValue {
        .object([
            .init("run", .string(name)), .init("commit", .optional(commit)),
            .init("started", .optional(started)), .init("n", .integer(count)),
            .init("records_missing", .bool(isLossy)),
            .init(
                "values",
                .object(
                    Statistic.allCases.compactMap { statistic in
                        values[statistic].map { .init(statistic.rawValue, .double($0)) }
                    })),
        ])
    }
}

extension Trend.Level {
    var json: JSONValue {
        .object([
            .init("statistic", .string(statistic.rawValue)), .init("runs", .integer(runs)),
            .init("now", now.json), .init("change_points", .integer(changes)),
        ])
    }
}

extension Trend.Change {
    func json(bisect: [String]) -> JSONValue {
        .object([
            .init("statistic", .string(statistic.rawValue)),
            .init("is_better", isBetter.map(JSONValue.bool) ?? .null),
            .init("is_higher", .bool(isHigher)), .init("is_like", .bool(isLike)),
            .init("more_failures", .bool(hasMoreFailures)),
            .init("is_settled", .bool(isSettled)),
            .init("before", point.before.json), .init("after", point.after.json),
            .init("change", .optional(point.change)), .init("p", .double(point.pValue)),
            .init("last_before", before.json), .init("first_after", after.json),
            .init("differences", .array(differences.map(\.json))),
            .init("bisect", .array(bisect.map(JSONValue.string))),
        ])
    }
}

extension ChangePoint {
    /// For a series of plain values.
    package var json: JSONValue {
        .object([
            .init("index", .integer(index)), .init("before", before.json),
            .init("after", after.json), .init("change", .optional(change)),
            .init("p", .double(pValue)),
        ])
    }
}

extension ChangePoint.Level {
    var json: JSONValue {
        .object([
            .init("n", .integer(count)), .init("mean", .double(mean)),
            .init("standard_deviation", .optional(standardDeviation)),
        ])
    }
}

extension Gate {
    /// `{"result","target","against","limits":[…],"comparison":{…}}`.
    package var json: JSONValue {
        .object([
            .init("result", .string(outcome.rawValue)), .init("target", .string(target)),
            .init("against", .string(reference.text)),
            .init("runs_before", .array(references.map { .string($0.name) })),
            .init("runs_after", .array(candidates.map { .string($0.name) })),
            .init("left_out", .array(leftOut.map(\.json))),
            .init("doubts", .array(doubts.map(\.json))),
            .init("limits", .array(lines.map(\.json))),
            .init("comparison", comparison.json),
        ])
    }
}

extension Gate.Reference {
    var text: String {
        switch self {
        case .baseline: "baseline"
        case .last: "last"
        case .commit(let commit): commit
        }
    }
}

extension Gate.Line {
    var json: JSONValue {
        .object([
            .init("limit", .string(limit.text)),
            .init("statistic", .string(limit.statistic.rawValue)),
            .init("of", .string(limit.formName)), .init("amount", .double(limit.amount)),
            .init("result", .string(outcome.rawValue)), .init("row", row.json),
        ])
    }
}

extension GateLimit {
    /// `change` (relative, or points of the error rate), `difference` or `level`: those in the unit
    /// of the number.
    fileprivate var formName: String {
        switch form {
        case .change: "change"
        case .difference: "difference"
        case .level: "level"
        }
    }
}
