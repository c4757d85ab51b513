import TrackerIndexer
package import TrackerLog

/// The output of `tracker compare --json`.
extension Comparison {
    /// `{"a","b","metric","unit",…,"rows":[{"statistic","a","b","difference","low","high",…}]}`.
    ///
    /// Differences are relative (0.1 is ten percent); for the error rate in percentage points, and
    /// where a value is zero or less in the unit of the number: `"difference_is"` says which.
    /// `"in_unit"` is B less A, and `"level_b"` B alone, each with its interval.
    package var json: JSONValue {
        .object([
            .init("a", .string(nameA)), .init("b", .string(nameB)),
            .init("metric", .string(metric)), .init("unit", .optional(unit)),
            .init("reported", .bool(isReported)),
            .init("kind", .optional(meaning.kind?.rawValue)),
            .init("better", .optional(meaning.better?.rawValue)),
            .init("runs_a", .integer(runsA)), .init("runs_b", .integer(runsB)),
            .init("trees_a", treesA.json), .init("trees_b", treesB.json),
            .init("uncounted_a", uncountedA.json), .init("uncounted_b", uncountedB.json),
            .init("left_out", .array(leftOut.map(\.json))),
            .init("drawn_a", drawA.json), .init("drawn_b", drawB.json),
            // A string: many JSON readers round numbers beyond 2^53.
            .init("seed", .string(String(seed, radix: 16))),
            .init("run_noise", .string(settings.runNoise.text)),
            .init("earlier_runs", .integer(earlierRuns)),
            .init("replicates", .integer(settings.replicates)),
            .init("confidence", .double(ComparisonLimits.confidence)),
            .init("min_effect", .double(settings.minEffect)),
            .init("min_error_points", .double(settings.minErrorPoints)),
            .init("differences", .array(differences.map(\.json))),
            .init("warnings", .array(warnings.map(JSONValue.string))),
            .init("include_failures", .bool(settings.includesFailures)),
            .init("failures", failures.json), .init("rows", .array(rows.map(\.json))),
        ])
    }
}

extension Comparison.DrawKind {
    var json: JSONValue {
        switch self {
        case .runs: .object([.init("kind", .string("runs"))])
        case .nothing: .null
        case .blocks(let length, let slotMs):
            .object([
                .init("kind", .string("blocks")), .init("slots", .integer(length)),
                .init("slot_ms", .integer(slotMs)),
            ])
        }
    }
}

extension EnvironmentDifference {
    var json: JSONValue {
        .object([
            .init("name", .string(name)), .init("a", .array(a.map(JSONValue.string))),
            .init("b", .array(b.map(JSONValue.string))),
        ])
    }
}

extension ComparisonRow {
    package var json: JSONValue {
        .object(
            [
                .init("statistic", .string(statistic.rawValue)),
                .init("a", .optional(a)), .init("b", .optional(b)),
                .init("n_a", .integer(countA)), .init("n_b", .integer(countB)),
                .init("difference", .optional(difference)),
                .init("low", .optional(interval?.lowerBound)),
                .init("high", .optional(interval?.upperBound)),
                .init("difference_is", .string(differenceKind)),
                .init("in_unit", inUnit?.json ?? .null), .init("level_b", levelB?.json ?? .null),
                .init("run_noise", noise?.json ?? .null),
                .init("verdict", .string(verdict.words)),
            ] + verdict.jsonMembers)
    }

    private var differenceKind: String {
        statistic == .errorRate ? "points" : isInUnit ? "unit" : "ratio"
    }
}

extension UnitInterval {
    var json: JSONValue {
        .object([
            .init("value", .double(value)), .init("low", .double(interval.lowerBound)),
            .init("high", .double(interval.upperBound)), .init("covers_runs", .bool(coversRuns)),
        ])
    }
}

extension RunNoise {
    /// `spread` is relative; for the error rate in percentage points.
    var json: JSONValue {
        .object([
            .init("spread", .double(spread)), .init("runs", .integer(runs)),
            .init("degrees", .double(degrees)),
        ])
    }
}

extension Verdict {
    /// Why it is inconclusive; empty for the other verdicts.
    fileprivate var jsonMembers: [JSONValue.Member] {
        guard case .inconclusive(let reason) = self else { return [] }
        switch reason {
        case .wide(let further):
            return [
                .init("reason", .string("wide")),
                .init("further_runs", further.map(JSONValue.integer) ?? .null),
            ]
        case .tooFewSamples(let needed):
            return [
                .init("reason", .string("too_few_samples")),
                .init("samples_needed", .integer(needed)),
            ]
        case .tooShort(let slots):
            return [
                .init("reason", .string("too_short")), .init("slots_needed", .integer(slots)),
            ]
        case .moreFailures:
            return [.init("reason", .string("more_failures"))]
        case .noRatio:
            return [.init("reason", .string("no_ratio"))]
        case .noValue:
            return [.init("reason", .string("no_value"))]
        case .oneRun(let further):
            return [
                .init("reason", .string("one_run")), .init("further_runs", .integer(further)),
            ]
        }
    }
}
