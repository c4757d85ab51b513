package import TrackerAnalysis
package import TrackerIndexer
import TrackerLog

/// A session or a comparison as Markdown, for a pull request.
package enum ReportMarkdown {
    package static func text(_ answer: ComparisonAnswer) -> String {
        let main = answer.main
        let headline = main.headline
        let name = CompareText.name(headline, of: main)
        var text = "**\(verdict(headline))** (\(escaped(name))): "
        text += "\(escaped(main.nameB)) against \(escaped(main.nameA))\n\n"
        text += "| | A | B | B to A | 95 % interval | n (A, B) | verdict |\n"
        text += "| --- | ---: | ---: | ---: | ---: | ---: | --- |\n"
        for comparison in answer.comparisons {
            for row in comparison.rows { text += line(row, comparison) }
        }
        text += "\nA: \(side(main.nameA, main.runsA)). B: \(side(main.nameB, main.runsB)). "
        text +=
            main.isReported
            ? "As reported by the tools: nothing was measured here.\n"
            : "Metric: \(escaped(main.metric))\(main.unit.map { " in \(escaped($0))" } ?? "").\n"
        for difference in main.differences {
            func values(_ values: [String]) -> String {
                values.isEmpty ? "-" : escaped(values.joined(separator: ", "))
            }
            text += "- \(escaped(difference.name)): \(values(difference.a)) in A,"
            text += " \(values(difference.b)) in B\n"
        }
        for warning in main.warnings { text += "- :warning: \(escaped(warning))\n" }
        return text
    }

    /// What is in view: with a run chosen only that, with a span only what was measured in it.
    /// - Parameter found: `nil` where a verdict is of more than that.
    package static func text(
        _ model: SessionModel, _ found: Result<SessionVerdict, MissingVerdict>?
    ) -> String {
        var summary = model.summary
        summary.runs = model.inView.map(\.summary)
        guard let covered = model.covered, model.span?.isUsable == true else {
            return text(summary, found)
        }
        let ends = [covered.startMs, covered.endMs].map {
            ClockText.machine(Timestamp(clamping: $0))
        }
        return text(summary, found)
            + "\nOnly what was measured from \(ends[0]) to \(ends[1]) is in the table.\n"
    }

    package static func text(
        _ summary: SessionSummary, _ found: Result<SessionVerdict, MissingVerdict>?
    ) -> String {
        let id = "\(summary.user)/\(summary.session)"
        var text = "**\(escaped(summary.name ?? summary.session.value))** (\(escaped(id)))\n\n"
        text += "| run | metric | n | errors | p50 | p90 | p99 | max | per second |\n"
        text += "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n"
        for run in summary.runs.suffix(listedRuns) {
            for timeline in run.timelines { text += line(timeline, run) }
        }
        let reported = summary.runs.suffix(listedRuns).filter { !$0.reportedNumbers.isEmpty }
        if !reported.isEmpty { text += "\n| run | reported | value |\n| --- | --- | ---: |\n" }
        for run in reported {
            for number in run.reportedNumbers.prefix(listedNumbers) {
                let value = NumberFormat.plain.reported(number.value, unit: number.unit)
                text += "| \(escaped(run.run)) | \(escaped(number.name)) | \(escaped(value)) |\n"
            }
        }
        let more = summary.runs.count - listedRuns
        if more > 0 { text += "\nThe newest \(listedRuns) of \(summary.runs.count) runs.\n" }
        if text.contains("| \\~") {
            text += "\n\\~: fewer than \(LogLimits.fewSamplesBeyond) samples are beyond it.\n"
        }
        if let lost = summary.health.lost.text { text += "\n:warning: \(escaped(lost))\n" }
        let doubts = summary.runs.suffix(listedRuns).flatMap(doubts)
        if !doubts.isEmpty { text += "\n" }
        for doubt in doubts { text += "- :warning: \(escaped(doubt))\n" }
        let implausible = summary.health.implausibleTimes
        if implausible > 0 {
            text += "\n:warning: events with an implausible time: \(implausible)\n"
        }
        if case .success(let verdict) = found {
            text += "\nAgainst \(escaped(verdict.nameA)):\n\n" + self.text(verdict.answer)
        }
        return text
    }

    private static let listedRuns = 20
    /// Numbers of one report.
    private static let listedNumbers = 20

    /// Why the numbers of a run are not those of one that ended as it should.
    private static func doubts(_ run: RunSummary) -> [String] {
        var texts = run.ownDoubts
        switch run.state {
        case .finished, .unannounced, .beyondLimit: break
        default: texts.append(run.state.rawValue + (run.failure.map { ": \($0)" } ?? ""))
        }
        if let leftOut = run.leftOut { texts.append(leftOut.text) }
        return texts.map { run.run.isEmpty ? $0 : "\(run.run): \($0)" }
    }

    private static func line(_ row: ComparisonRow, _ comparison: Comparison) -> String {
        let unit = comparison.unit
        let interval = row.interval.map {
            "\(CompareText.change($0.lowerBound, row, unit)) to"
                + " \(CompareText.change($0.upperBound, row, unit))"
        }
        let cells = [
            CompareText.name(row, of: comparison),
            value(row.a, row, unit), value(row.b, row, unit),
            row.difference.map { CompareText.change($0, row, unit) } ?? "-", interval ?? "-",
            "\(row.countA), \(row.countB)", verdict(row),
        ]
        return "| " + cells.map(escaped).joined(separator: " | ") + " |\n"
    }

    private static func value(
        _ value: Double?, _ row: ComparisonRow, _ unit: String?
    ) -> String {
        guard let value else { return "-" }
        switch row.statistic {
        case .errorRate: return CompareText.cell(value, row.statistic, unit)
        case .perSecond: return CompareText.cell(value, row.statistic, unit) + " /s"
        default:
            // A cell of a table of one unit has it only where it is another, as a size has.
            return NumberFormat.plain.quantity(
                value, unit: unit, digits: ComparisonLimits.shownDigits)
        }
    }

    private static func verdict(_ row: ComparisonRow) -> String {
        CompareText.verdict(row.verdict)
    }

    private static func side(_ name: String, _ runs: Int) -> String {
        "\(escaped(name)), \(runs) run\(runs == 1 ? "" : "s")"
    }

    private static func line(_ timeline: MetricTimeline, _ run: RunSummary) -> String {
        let (total, unit) = (timeline.total, timeline.unit)
        let values = total.successes
        func cell(_ value: Double?) -> String {
            value.map { NumberFormat.plain.quantity($0, unit: unit) } ?? "-"
        }
        func quantile(_ q: Double) -> String {
            (values.count > 0 && values.hasFewSamples(beyond: q) ? "~" : "")
                + cell(values.quantile(q))
        }
        let seconds = Interval.totalMs(timeline.activity(in: run)) / 1_000
        let rate = seconds > 0 ? Double(total.succeeded) / seconds : nil
        let cells = [
            run.run.isEmpty ? "without a run" : run.run, timeline.metric, "\(total.count)",
            "\(total.errors)", quantile(0.5), quantile(0.9), quantile(0.99), cell(values.highest),
            rate.map { NumberFormat.plain.value($0) } ?? "-",
        ]
        return "| " + cells.map(escaped).joined(separator: " | ") + " |\n"
    }

    /// Escapes text from the log, so that Markdown sees no markup in it.
    package static func escaped(_ text: String) -> String {
        VisibleText.escaped(text).reduce(into: "") { result, character in
            switch character {
            case "<": result += "&lt;"
            case "&": result += "&amp;"
            case "\\", "`", "*", "_", "[", "]", "(", ")", "|", "~", "#", "!", ">", "@":
                result += "\\\(character)"
            default: result.append(character)
            }
        }
    }
}
