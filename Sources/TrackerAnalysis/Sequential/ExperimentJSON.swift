package import TrackerLog

extension Experiment {
    /// The experiment as an object.
    package var json: JSONValue {
        .object([
            .init("metric", .string(settings.metric)), .init("unit", .optional(unit)),
            .init("min_effect", .double(settings.minEffect)),
            .init("min_error_points", .double(settings.minErrorPoints)),
            .init("confidence", .double(SequentialLimits.confidence)),
            .init("seed", .integer(settings.seed)),
            .init("rounds", .integer(rounds.count)),
            .init("incomplete_rounds", .integer(incompleteRounds)),
            .init(
                "variants",
                .array(
                    names.enumerated().map { index, name in
                        .object([
                            .init("variant", .string(ExperimentSettings.letter(index))),
                            .init("name", .string(name)),
                        ])
                    })),
            .init("rows", .array(rows.map(\.json))), .init("outcome", .string(outcome.rawValue)),
            .init("settled", .bool(isSettled)),
        ])
    }
}

extension ExperimentRow {
    fileprivate var json: JSONValue {
        .object([
            .init("number", .string(statistic.rawValue)),
            .init("variant", .string(ExperimentSettings.letter(variant))),
            .init("against", .string(ExperimentSettings.letter(0))),
            .init("a", Self.number(first)), .init("b", Self.number(other)),
            .init("difference", Self.number(difference)),
            .init("lower", Self.number(points.last?.lower)),
            .init("upper", Self.number(points.last?.upper)),
            .init("finding", .string(finding.rawValue)),
            .init(
                "by_round",
                .array(
                    points.map { point in
                        .object([
                            .init("round", .integer(point.round)),
                            .init("difference", Self.number(point.difference)),
                            .init("lower", Self.number(point.lower)),
                            .init("upper", Self.number(point.upper)),
                        ])
                    })),
        ])
    }

    private static func number(_ value: Double?) -> JSONValue {
        value.map(JSONValue.double) ?? .null
    }
}
