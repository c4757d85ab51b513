import TrackerAnalysis
import TrackerIndexer
import TrackerLog
import TrackerPages

/// A trend as text.
enum TrendText {
    private static let number = NumberFormat.plain

    static func text(_ trend: Trend, _ bisect: TrendBisect) -> String {
        let unit = trend.unit.map { " (\($0))" } ?? ""
        var text = printable("\(trend.target)  \(trend.metric)\(unit)")
        text += (trend.isReported ? ", as reported by the runs" : "") + "\n"
        text += "\(trend.points.count) run\(trend.points.count == 1 ? "" : "s")"
        if let first = trend.points.first?.started, let last = trend.points.last?.started {
            text += ", \(day(first)) to \(day(last)) (UTC)"
        }
        text += "\n" + leftOut(trend) + LeftOutText.text(trend.leftOut) + "\n"
        var table = TextTable([
            ("", .left), ("RUNS", .right), ("LEVEL NOW", .right), ("STD DEV", .right),
            ("SINCE RUNS", .right), ("CHANGE POINTS", .right),
        ])
        for level in trend.levels {
            table.add([
                GateLimit.name(of: level.statistic), "\(level.runs)", number.value(level.now.mean),
                level.now.standardDeviation.map { number.value($0) } ?? number.missing,
                "\(level.now.count)", "\(level.changes)",
            ])
        }
        text += table.text
        for change in trend.changes { text += "\n" + self.text(change, bisect) }
        if trend.changes.isEmpty { text += "\nNo change point found.\n" }
        return text + small(trend)
    }

    private static func small(_ trend: Trend) -> String {
        guard trend.smallChanges > 0 else { return "" }
        let count =
            trend.smallChanges == 1
            ? "1 change point is" : "\(trend.smallChanges) change points are"
        let percent = number.fixed(ComparisonLimits.minEffect * 100, digits: 0)
        let points = number.fixed(ComparisonLimits.minErrorPoints, digits: 1)
        return "\n\(count) not listed: below \(percent) %, for errors \(points) pp.\n"
    }

    static func values(_ points: [ChangePoint]) -> String {
        var table = TextTable([
            ("INDEX", .right), ("BEFORE", .right), ("AFTER", .right), ("CHANGE", .right),
            ("P", .right),
        ])
        for point in points {
            table.add([
                "\(point.index)", number.value(point.before.mean), number.value(point.after.mean),
                point.change.map { CompareText.change($0, false) } ?? "-", shortP(point.pValue),
            ])
        }
        return table.text
    }

    private static func leftOut(_ trend: Trend) -> String {
        var parts: [String] = []
        if trend.unfinishedRuns > 0 { parts.append("\(trend.unfinishedRuns) not finished") }
        if trend.otherRuns > 0 {
            parts.append(
                "\(trend.otherRuns) without the metric"
                    + (trend.isReported ? ", or that measured it" : ", or that only report it"))
        }
        if trend.unlikeUnitRuns > 0 {
            parts.append(
                "\(trend.unlikeUnitRuns) with the metric in a unit that is not converted to"
                    + " \(printable(trend.unit ?? "none"))")
        }
        var text = parts.isEmpty ? "" : "skipped: \(parts.joined(separator: ", "))\n"
        if trend.convertedRuns > 0, let unit = trend.unit {
            text += "converted to \(printable(unit)): \(trend.convertedRuns)\n"
        }
        let lossy = trend.points.filter(\.isLossy)
        if let newest = lossy.last {
            let runs = lossy.count == 1 ? "1 run" : "\(lossy.count) runs"
            text +=
                printable("! records are missing of \(runs), the newest \(newest.name)")
                + ": their numbers are of what is left\n"
        }
        if trend.damagedSessions > 0 {
            text += "! damaged: \(trend.damagedSessions) sessions; `tracker verify` lists where\n"
        }
        return text
    }

    private static func text(_ change: Trend.Change, _ bisect: TrendBisect) -> String {
        let isPoints = change.statistic == .errorRate
        let (before, after) = (change.point.before.mean, change.point.after.mean)
        let relative = isPoints ? after - before : change.point.change
        var text = "\(GateLimit.name(of: change.statistic))"
        if !change.isSettled { text += " perhaps" }
        text += " \(word(change)):"
        text += " \(number.value(before)) to \(number.value(after))"
        if let relative { text += " (\(CompareText.change(relative, isPoints)))" }
        text += ", p \(shortP(change.point.pValue))\n"
        if !change.isSettled {
            text +=
                "  not told: runs differ as much by themselves, or nothing says how much;"
                + " \(change.furtherRuns) more run\(change.furtherRuns == 1 ? "" : "s")\n"
        }
        if !change.isLike { text += "  under other conditions: this says nothing of the target\n" }
        if change.hasMoreFailures { text += "  more requests failed\n" }
        text += point("last before ", change.before) + point("first after ", change.after)
        for difference in change.differences where difference.name != "commit" {
            let a = difference.a.joined(separator: ", ")
            let b = difference.b.joined(separator: ", ")
            text += printable("  differs      \(difference.name): \(a) to \(b)") + "\n"
        }
        for line in bisect.lines(change) { text += "  \(printable(line))\n" }
        return text
    }

    private static func word(_ change: Trend.Change) -> String {
        switch change.isBetter {
        case true?: "better"
        case false?: "worse"
        case nil: change.isHigher ? "higher" : "lower"
        }
    }

    private static func point(_ title: String, _ point: Trend.Point) -> String {
        let commit = point.commit.map { "commit \($0)" } ?? "no commit"
        let time = point.started.map { ", \($0)" } ?? ""
        return printable("  \(title) \(point.name), \(commit)\(time)") + "\n"
    }

    private static func day(_ time: Timestamp) -> String { String(time.description.prefix(10)) }

    private static func shortP(_ value: Double) -> String {
        value < 1e-9 ? "< 0.000000001" : number.fixed(value, digits: 9)
    }
}

/// The `git bisect` commands that find the commit of a change for the worse.
struct TrendBisect {
    let target: String
    /// `nil` for the default.
    let metric: String?
    /// The data folder; `nil` for the default.
    let folder: String?

    /// Empty if a commit is unknown, both are the same, or the change is for the better.
    ///
    /// The limit is half of the change: commits with the change exceed it, others do not.
    func lines(_ change: Trend.Change) -> [String] {
        guard change.isSettled, change.isBetter == false, let good = change.before.commit,
            let bad = change.after.commit,
            good != bad, let limit = limit(of: change)
        else { return [] }
        var words = ["--target", target, "--against", good, "--max", limit]
        if let metric { words += ["--metric", metric] }
        if let noise = Self.runNoise(change.point) { words += ["--run-noise", noise] }
        if let folder { words += ["--data", folder] }
        let gate = (words + ["--bisect"]).map(ShellQuoting.quoted).joined(separator: " ")
        return [
            "git bisect start \(ShellQuoting.quoted(bad)) \(ShellQuoting.quoted(good))",
            "git bisect run tracker gate \(gate) --measure 'BUILD, START AND LOAD IT'",
        ]
    }

    /// How much runs of the same level differ, as an option: the trend has seen many, the gate sees
    /// one or two of each commit. `nil` if both levels have too few runs.
    private static func runNoise(_ point: ChangePoint) -> String? {
        let levels = [point.before, point.after].filter { $0.mean > 0 }
        let degrees = levels.reduce(-Double(levels.count)) { $0 + Double($1.count) }
        guard degrees > 0 else { return nil }
        let squares = levels.reduce(0) { sum, level in
            let relative = (level.standardDeviation ?? 0) / level.mean
            return sum + Double(level.count) * relative * relative
        }
        let percent = 100 * (squares / degrees).squareRoot()
        guard percent < 100 else { return nil }
        return "\(NumberFormat.plain.fixed(max(percent, 0.1), digits: 1))%"
    }

    private func limit(of change: Trend.Change) -> String? {
        let name = GateLimit.name(of: change.statistic)
        if change.statistic == .errorRate {
            let points = (change.point.after.mean - change.point.before.mean) / 2
            return "\(name):+\(NumberFormat.plain.fixed(max(points, 0.01), digits: 2))pp"
        }
        let (before, after) = (change.point.before.mean, change.point.after.mean)
        guard before != 0 else { return nil }
        let share = (after - before).magnitude / before.magnitude
        let sign = change.isHigher ? "+" : "-"
        return "\(name):\(sign)\(NumberFormat.plain.fixed(max(share * 50, 0.1), digits: 1))%"
    }
}
