import TrackerAnalysis
import TrackerIndexer
import TrackerLoad
import TrackerLog
import TrackerPages

/// The result of a gate, as text for a terminal and as Markdown for a pull request.
enum GateText {
    static func text(_ gate: Gate) -> String {
        let comparison = gate.comparison
        let unit = comparison.unit.map { " (\($0))" } ?? ""
        var text = "\(word(gate.outcome)): \(printable(gate.target)) against \(against(gate))\n"
        let (before, after) = sides(gate)
        text += "A  \(printable(before))\nB  \(printable(after))\n"
        text += LeftOutText.text(gate.leftOut)
        text += printable("\(comparison.metric)\(unit)") + "\n\n"
        text += CompareText.differences(comparison.differences)
        let told =
            comparison.warnings + [failures(gate)].compactMap(\.self)
            + gate.doubts.map(\.description)
        for line in told { text += "! \(printable(line))\n" }
        if !told.isEmpty { text += "\n" }
        var table = TextTable([
            .init("LIMIT", .left), .init("A", .right), .init("B", .right),
            .init("B TO A", .right), .init("95 % INTERVAL", .right),
            .init("N (A, B)", .right, rank: 1),
            .init("RESULT", .left, overflow: .wrap(to: 16)),
        ])
        for line in gate.lines {
            table.add([line.limit.text] + cells(line, comparison.unit) + [result(line)])
        }
        return text + table.textWithNote + CompareText.noise(comparison)
    }

    static func markdown(_ gate: Gate) -> String {
        let comparison = gate.comparison
        let unit = comparison.unit.map { " (\($0))" } ?? ""
        var text = "**\(word(gate.outcome))**: \(escaped(gate.target)) against \(against(gate))\n\n"
        text += "| \(escaped(comparison.metric + unit)) | before | after | change | 95 % interval |"
        text += " n (before, after) | limit | result |\n"
        text += "| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |\n"
        for line in gate.lines {
            let all =
                [GateLimit.name(of: line.limit.statistic)] + cells(line, comparison.unit)
                + [escaped(line.limit.allowance), result(line)]
            text += "| " + all.joined(separator: " | ") + " |\n"
        }
        let (before, after) = sides(gate)
        text += "\nBefore: \(escaped(before)).\nAfter: \(escaped(after)).\n"
        for line in LeftOutText.lines(gate.leftOut) { text += "- \(escaped(line))\n" }
        for difference in comparison.differences {
            func values(_ values: [String]) -> String {
                values.isEmpty ? "-" : escaped(values.joined(separator: ", "))
            }
            text += "- \(escaped(difference.name)): \(values(difference.a))"
            text += " before, \(values(difference.b)) after\n"
        }
        if let failures = failures(gate) { text += "- :x: \(failures)\n" }
        for doubt in gate.doubts { text += "- :x: \(escaped("\(doubt)"))\n" }
        for warning in comparison.warnings { text += "- :warning: \(escaped(warning))\n" }
        return text
    }

    /// Why a gate fails whatever its limits.
    private static func failures(_ gate: Gate) -> String? {
        guard gate.hasMoreFailures else { return nil }
        let row = gate.comparison.failures
        let (a, b) = (
            CompareText.cell(row.a, .errorRate, nil), CompareText.cell(row.b, .errorRate, nil)
        )
        return "\(b) of the requests of B failed, and \(a) of those of A: the gate fails"
            + " (--include-failures lets them pass)"
    }

    private static func word(_ outcome: Gate.Outcome) -> String {
        switch outcome {
        case .pass: "Pass"
        case .worse: "Worse"
        case .inconclusive: "Inconclusive"
        }
    }

    private static func against(_ gate: Gate) -> String {
        switch gate.reference {
        case .baseline: "the baseline"
        case .last: "the previous measurement"
        case .commit(let commit): "commit \(commit)"
        }
    }

    /// What A and B are.
    private static func sides(_ gate: Gate) -> (a: String, b: String) {
        let found = gate.comparison
        return (
            side(found.nameA, gate.references, [found.treesA.text, found.uncountedA.text]),
            side(found.nameB, gate.candidates, [found.treesB.text, found.uncountedB.text])
        )
    }

    private static func side(_ name: String, _ runs: [TargetRun], _ more: [String]) -> String {
        let commits = runs.compactMap(\.commit).distinctSorted.map { $0.prefix(12) }
        let count = "\(runs.count) run\(runs.count == 1 ? "" : "s")"
        let facts = [count] + commits.map { "commit \($0)" } + more
        return name + " (" + facts.filter { !$0.isEmpty }.joined(separator: ", ") + ")"
    }

    /// A, B, difference, interval and n.
    private static func cells(_ line: Gate.Line, _ unit: String?) -> [String] {
        let row = line.row
        let values = [row.a, row.b].map { CompareText.cell($0, row.statistic, unit) }
        let counts = ["\(row.countA), \(row.countB)"]
        func ends(_ interval: ClosedRange<Double>?, _ text: (Double) -> String) -> String {
            interval.map { "\(text($0.lowerBound)) to \(text($0.upperBound))" } ?? "-"
        }
        switch line.limit.form {
        case .change:
            func change(_ value: Double) -> String { CompareText.change(value, row, unit) }
            return values + [row.difference.map(change) ?? "-", ends(row.interval, change)] + counts
        case .difference:
            func change(_ value: Double) -> String {
                CompareText.inUnit(value, row.statistic, unit)
            }
            return values + [
                row.inUnit.map { change($0.value) } ?? "-", ends(row.inUnit?.interval, change),
            ] + counts
        case .level:
            // Of B alone.
            func level(_ value: Double) -> String { CompareText.level(value, row.statistic, unit) }
            return values + ["-", ends(row.levelB?.interval, level)] + counts
        }
    }

    private static func result(_ line: Gate.Line) -> String {
        guard line.outcome == .inconclusive else { return word(line.outcome) }
        let interval =
            switch line.limit.form {
            case .change: line.row.isInUnit ? line.row.inUnit : nil
            case .difference: line.row.inUnit
            case .level: line.row.levelB
            }
        guard let interval else { return CompareText.verdict(line.row.verdict) }
        return interval.coversRuns
            ? "Inconclusive: the limit is within the interval"
            : "Inconclusive: one run of each says nothing about the next"
    }

    private static func escaped(_ text: String) -> String { ReportMarkdown.escaped(text) }
}
