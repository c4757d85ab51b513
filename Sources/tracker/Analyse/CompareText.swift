import TrackerAnalysis
import TrackerIndexer
import TrackerLog
import TrackerPages

/// A comparison as text: differences in the environment first, then the numbers.
extension CompareText {
    /// - Parameter parts: where the change is, as text; empty where no label cuts the metric.
    static func text(_ comparison: Comparison, parts: String = "") -> String {
        let unit = comparison.unit.map { " (\($0))" } ?? ""
        var text = head(comparison) + printable("\(comparison.metric)\(unit)")
        text += comparison.isReported ? ", as reported" : ""
        text += ": \(direction(comparison.meaning))"
        text += comparison.isReported ? "\n\n" : "; per second: higher\n\n"
        return text + doubts(comparison)
            + rows(comparison.rows.map { (rowName($0, comparison), $0, comparison.unit) }) + "\n"
            + (parts.isEmpty ? "" : parts + "\n")
            + noise(comparison) + method(comparison)
    }

    /// Numbers that tools reported: a row for each.
    static func text(_ reported: ReportedComparison) -> String {
        guard let first = reported.numbers.first else { return "" }
        var text = head(first)
        text += "As reported by the tools: nothing was measured, so an interval is only known"
        text += " between runs.\n\n"
        let all = reported.numbers.flatMap { number in
            number.rows.map { (rowName($0, number), $0, number.unit) }
        }
        text += doubts(first) + rows(all) + "\n"
        if !reported.omitted.isEmpty {
            text += TextTable.paragraph(
                "\(reported.omitted.count) more numbers are not in the table: --metric NAME"
                    + " compares one of \(reported.omitted.joined(separator: ", "))")
        }
        return text + method(first)
    }

    private static func rowName(_ row: ComparisonRow, _ comparison: Comparison) -> String {
        guard comparison.isReported else { return name(row.statistic) }
        let unit = comparison.unit.map { $0 == "%" ? "" : " (\($0))" } ?? ""
        return comparison.metric + unit
    }

    private static func head(_ comparison: Comparison) -> String {
        var text = printable("A  \(comparison.nameA)")
        text += runs(comparison.runsA, comparison.treesA, comparison.uncountedA) + "\n"
        text += printable("B  \(comparison.nameB)")
        text += runs(comparison.runsB, comparison.treesB, comparison.uncountedB) + "\n"
        return text + LeftOutText.text(comparison.leftOut)
    }

    /// What differs, and reasons to doubt.
    private static func doubts(_ comparison: Comparison) -> String {
        var text = differences(comparison.differences)
        for warning in comparison.warnings { text += "! \(printable(warning))\n" }
        return text + (comparison.warnings.isEmpty ? "" : "\n")
    }

    private static func direction(_ meaning: MetricMeaning) -> String {
        switch meaning.better {
        case .lower?: "lower is better"
        case .higher?: "higher is better"
        case nil: "which way is better is not known"
        }
    }

    private static func runs(
        _ count: Int, _ trees: RunTrees, _ uncounted: UncountedRuns
    ) -> String {
        let counted = [count == 1 ? "" : "\(count) runs", trees.text].filter { !$0.isEmpty }
        let parts = [counted.joined(separator: ": "), uncounted.text].filter { !$0.isEmpty }
        return parts.isEmpty ? "" : "  (\(parts.joined(separator: "; ")))"
    }

    static func differences(_ differences: [EnvironmentDifference]) -> String {
        guard !differences.isEmpty else { return "" }
        var table = TextTable([
            .init("DIFFERS", .left), .init("A", .left, overflow: .wrap(to: 16)),
            .init("B", .left, overflow: .wrap(to: 16)),
        ])
        for difference in differences {
            table.add([difference.name, values(difference.a), values(difference.b)])
        }
        return table.text + "\n"
    }

    private static func values(_ values: [String]) -> String {
        values.isEmpty ? "-" : values.joined(separator: ", ")
    }

    private static func rows(
        _ rows: [(name: String, row: ComparisonRow, unit: String?)]
    ) -> String {
        var table = TextTable([
            .init("", .left), .init("A", .right), .init("B", .right), .init("B TO A", .right),
            .init("95 % INTERVAL", .right), .init("N (A, B)", .right, rank: 1),
            .init("VERDICT", .left, overflow: .wrap(to: 16)),
        ])
        for (name, row, unit) in rows {
            table.add([
                name, cell(row.a, row.statistic, unit), cell(row.b, row.statistic, unit),
                row.difference.map { change($0, row, unit) } ?? "-",
                row.interval.map {
                    "\(change($0.lowerBound, row, unit)) to \(change($0.upperBound, row, unit))"
                } ?? "-",
                "\(row.countA), \(row.countB)", verdict(row.verdict),
            ])
        }
        return table.textWithNote
    }

    /// How much runs differ by themselves, and how that is known; empty where the runs compared
    /// tell it.
    static func noise(_ comparison: Comparison) -> String {
        if case .known(let share) = comparison.settings.runNoise {
            return "Spread between runs: \(NumberFormat.plain.percent(share: share)), as given.\n"
        }
        let told = comparison.rows.compactMap { row in row.noise.map { (row.statistic, $0) } }
        guard !told.isEmpty else { return "" }
        let spreads = told.map { statistic, noise in
            let isPoints = statistic == .errorRate
            return "\(name(statistic)) \(change(noise.spread, isPoints).drop { $0 == "+" })"
        }
        let degrees = told.map(\.1.degrees)
        let few = NumberFormat.plain.fixed(degrees.min() ?? 0, digits: 1)
        let runs = told.map(\.1.runs).max() ?? 0
        return "Spread between runs: \(spreads.joined(separator: ", ")), from \(runs) runs"
            + " (\(comparison.earlierRuns) earlier ones of the target under like conditions),"
            + " at least \(few) degrees of freedom.\n"
    }

    private static func method(_ comparison: Comparison) -> String {
        let settings = comparison.settings
        let effect = NumberFormat.plain.percent(share: settings.minEffect)
        return "\(settings.replicates) draws (A: \(draw(comparison.drawA));"
            + " B: \(draw(comparison.drawB))), seed \(String(comparison.seed, radix: 16))."
            + " Smallest effect that matters: \(effect), errors"
            + " \(NumberFormat.plain.fixed(settings.minErrorPoints, digits: 1)) pp.\n"
    }

    private static func draw(_ kind: Comparison.DrawKind) -> String {
        switch kind {
        case .runs: "whole runs"
        case .blocks(let length, let slotMs):
            "blocks of \(NumberFormat.plain.latency(ms: Double(length * slotMs)))"
        case .nothing: "none"
        }
    }
}
