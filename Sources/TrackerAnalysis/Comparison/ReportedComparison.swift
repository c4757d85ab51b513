import TrackerIndexer
package import TrackerLog

/// All numbers that two groups report, side by side: only where nothing was measured.
package struct ReportedComparison: Sendable {
    /// One for each number, in the order of the first group; never empty. Its first is that of
    /// the number that stands for the runs.
    package var numbers: [Comparison]
    /// Names of numbers that both groups report and that are left out: there are too many.
    package var omitted: [String]

    /// - Parameter history: earlier runs by the name of a number.
    /// - Returns: `nil` if a metric was asked for, or the groups have one that was measured.
    package init?(
        _ a: ComparisonGroup, _ b: ComparisonGroup, settings: ComparisonSettings,
        history: (String) throws -> RunHistory
    ) throws {
        guard settings.metric == nil else { return nil }
        let first = try Comparison.metric(a, b, wanted: nil)
        let names = Comparison.reportedNames(a, b)
        guard names.contains(where: first.isExactly) else { return nil }
        let others = names.filter { !$0.isExactly(first) }
        let compared = [first] + others.prefix(ComparisonLimits.maxReported - 1)
        omitted = Array(others.dropFirst(ComparisonLimits.maxReported - 1))
        numbers = []
        for name in compared {
            var settings = settings
            settings.metric = name
            settings.tables = compared.count
            numbers.append(
                try Comparison(a, b, settings: settings, history: try history(name)))
        }
    }

    /// `{…of the first number…,"reported_numbers":[{"metric","unit","better","row"},…]}`.
    package var json: JSONValue {
        guard let first = numbers.first, case .object(let members) = first.json else {
            return .null
        }
        let rows = numbers.flatMap { comparison in
            comparison.rows.map { row in
                JSONValue.object([
                    .init("metric", .string(comparison.metric)),
                    .init("unit", .optional(comparison.unit)),
                    .init("better", .optional(comparison.meaning.better?.rawValue)),
                    .init("row", row.json),
                ])
            }
        }
        return .object(
            members + [
                .init("reported_numbers", .array(rows)),
                .init("omitted", .array(omitted.map(JSONValue.string))),
            ])
    }
}
