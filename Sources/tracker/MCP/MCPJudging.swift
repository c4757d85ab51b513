import TrackerAnalysis
import TrackerIndexer
import TrackerLog
import TrackerPages

/// The tools that give a verdict.
struct MCPJudging {
    let context: DataContext

    private let number = NumberFormat.plain
    /// An agent takes a number for a finding unless it is told otherwise.
    private static let noConclusion =
        "No conclusion about the whole: no evidence that it changed, nor that it did not."

    init(_ context: DataContext) { self.context = context }

    func compare(_ arguments: MCPArguments) throws -> [String] {
        var settings = ComparisonSettings(metric: arguments.text("metric"))
        if let effect = arguments.text("min_effect") {
            guard let rule = RunNoiseRule(effect), case .known(let share) = rule else {
                throw MCPRefusal("min_effect must be a share such as 2%")
            }
            settings.minEffect = share
        }
        let text = try WhyCommand.text(
            [arguments.required("a"), arguments.required("b")], target: arguments.text("target"),
            settings, in: context)
        guard case .inconclusive = text.comparison.headline.verdict else { return text.lines }
        return [Self.noConclusion] + text.lines
    }

    func trend(_ arguments: MCPArguments) throws -> [String] {
        let storage = try context.openForReading()
        let trend = try withTarget { () throws(TargetError) in
            let history = try TargetHistory(
                target: arguments.required("target"), in: storage, threads: IndexCommand.coreCount)
            return try Trend(of: history, metric: arguments.text("metric"))
        }
        let unit = trend.unit
        var lines = [
            "\(trend.target): \(trend.metric)\(unit.map { " (\($0))" } ?? ""),"
                + " \(trend.points.count) run\(trend.points.count == 1 ? "" : "s")"
        ]
        for level in trend.levels {
            let now = level.now
            let mean = value(now.mean, level.statistic, unit)
            lines.append(
                "\(CompareText.name(level.statistic)): now \(mean)"
                    + (now.standardDeviation.map { " ± \(value($0, level.statistic, unit))" } ?? "")
                    + " (n ="
                    + " \(now.count) of \(level.runs) runs), \(level.changes)"
                    + " change\(level.changes == 1 ? "" : "s")")
        }
        for change in trend.changes.suffix(MCPLimits.maxChanges).reversed() {
            lines.append(line(change, unit))
        }
        if trend.changes.isEmpty {
            lines.append(
                trend.points.count < 2 * ComparisonLimits.minRunsToResample
                    ? "No change was found, and few runs show one: \(Self.noConclusion)"
                    : "No change was found in \(trend.points.count) runs.")
        }
        return lines
    }

    private func line(_ change: Trend.Change, _ unit: String?) -> String {
        let (before, after) = (change.point.before, change.point.after)
        let way = change.isHigher ? "higher" : "lower"
        let word = change.isBetter.map { $0 ? "better" : "worse" } ?? way
        let verdict =
            change.isSettled
            ? word
            : "perhaps \(word), not settled:"
                + " \(change.furtherRuns) more run\(change.furtherRuns == 1 ? "" : "s")"
        return "Change of \(CompareText.name(change.statistic)): \(verdict):"
            + " \(value(before.mean, change.statistic, unit)) (n = \(before.count) runs) to"
            + " \(value(after.mean, change.statistic, unit)) (n = \(after.count)), since"
            + " \(change.after.name)" + (change.after.commit.map { ", commit \($0)" } ?? "")
            + (change.hasMoreFailures ? "; more requests failed" : "")
            + (change.isLike ? "" : "; under other conditions, which says nothing of the target")
    }

    private func value(_ value: Double?, _ statistic: Statistic, _ unit: String?) -> String {
        value.map { CompareText.level($0, statistic, unit) } ?? "none"
    }

    func gate(_ arguments: MCPArguments) throws -> [String] {
        let limits: [GateLimit]
        do throws(GateLimitError) {
            limits = try GateLimit.parse(arguments.list("max"), least: arguments.list("min"))
        } catch {
            throw MCPRefusal("\(error)")
        }
        let reference = try Self.reference(arguments.required("against"))
        let storage = try context.openForReading()
        let history = try withTarget { () throws(TargetError) in
            try TargetHistory(
                target: arguments.required("target"), in: storage, threads: IndexCommand.coreCount)
        }
        let gate: Gate
        do throws(GateError) {
            gate = try Gate(
                history, against: reference, limits: limits, metric: arguments.text("metric"))
        } catch {
            throw MCPRefusal("\(error)")
        }
        return lines(gate)
    }

    private func lines(_ gate: Gate) -> [String] {
        let comparison = gate.comparison
        var lines: [String] = []
        if gate.outcome == .inconclusive { lines.append(Self.noConclusion) }
        lines.append(
            "\(gate.outcome.rawValue): \(gate.target), \(comparison.metric); A \(comparison.nameA)"
                + " (\(comparison.runsA) runs), B \(comparison.nameB) (\(comparison.runsB) runs)")
        for line in gate.lines {
            let row = line.row
            let change = row.difference.map { CompareText.change($0, row, comparison.unit) } ?? "-"
            let interval =
                row.interval.map { ends in
                    "\(CompareText.change(ends.lowerBound, row, comparison.unit)) to"
                        + " \(CompareText.change(ends.upperBound, row, comparison.unit))"
                } ?? "none"
            lines.append(
                "\(line.limit.text): \(line.outcome.rawValue);"
                    + " \(value(row.a, row.statistic, comparison.unit)) to"
                    + " \(value(row.b, row.statistic, comparison.unit)) (\(change),"
                    + " 95 % interval \(interval)); n = \(row.countA) and \(row.countB);"
                    + " \(CompareText.verdict(row.verdict))")
        }
        if gate.hasMoreFailures { lines.append("More requests fail: the gate fails.") }
        lines += gate.doubts.map { "Doubt: \($0)" }
        lines += comparison.warnings.map { "Doubt: \($0)" }
        return lines + comparison.differences.map { "Differs: \($0.name)" }
    }

    private static func reference(_ text: String) throws(MCPRefusal) -> Gate.Reference {
        switch text {
        case "baseline": return .baseline
        case "last": return .last
        default:
            guard (TrendLimits.minCommitDigits...64).contains(text.utf8.count),
                text.allSatisfy(\.isHexDigit)
            else {
                throw MCPRefusal(
                    "against must be baseline, last, or a commit of at least"
                        + " \(TrendLimits.minCommitDigits) hex digits")
            }
            return .commit(text)
        }
    }
}
