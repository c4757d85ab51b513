import TrackerIndexer
package import TrackerLog

extension ChangeParts {
    /// `{"labels","measured_against","common",…,"parts":[{"labels","mean","errors",…}]}`.
    ///
    /// Changes are relative, those of errors in percentage points; contributions are in the unit
    /// of the metric, and in points.
    package var json: JSONValue {
        .object([
            .init("labels", .array(names.map(JSONValue.string))),
            .init("measured_against", .optional(yardstick.name)),
            .init("common", .optional(common)),
            .init("mean_a", .double(meanA)), .init("mean_b", .double(meanB)),
            .init("error_rate_a", .double(errorRateA)), .init("error_rate_b", .double(errorRateB)),
            .init("named", .integer(named.count)),
            .init("sentence", .string(sentence(.plain))),
            .init("parts", .array(parts.map(\.json))),
            .init("others", .integer(otherCount)),
            .init("others_contribution", .double(otherContribution)),
        ])
    }
}

extension ChangePart {
    fileprivate var json: JSONValue {
        .object([
            .init("labels", .object(labels.map { .init($0.name, .string($0.value)) })),
            .init("named", .bool(isNamed)),
            .init("n_a", .integer(countA)), .init("n_b", .integer(countB)),
            .init("mean_a", .optional(meanA)), .init("mean_b", .optional(meanB)),
            .init("mean", mean.json),
            .init("requests_a", .integer(requestsA)), .init("requests_b", .integer(requestsB)),
            .init("failed_a", .integer(failedA)), .init("failed_b", .integer(failedB)),
            .init("errors", errors.json),
        ])
    }
}

extension ChangePart.Move {
    fileprivate var json: JSONValue {
        .object([
            .init("change", .optional(change)), .init("apart", .optional(apart)),
            .init("low", .optional(interval?.lowerBound)),
            .init("high", .optional(interval?.upperBound)),
            .init("contribution", .double(contribution)), .init("named", .bool(isNamed)),
        ])
    }
}
