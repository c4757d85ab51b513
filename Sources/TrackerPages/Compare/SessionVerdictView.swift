import TrackerAnalysis
import TrackerIndexer
import TrackerLog

/// The change of a key figure: what stands below it.
struct FigureChange: Sendable {
    var comparison: Comparison
    var row: ComparisonRow
}

extension Result where Success == SessionVerdict {
    /// The verdict, if there is one.
    var found: SessionVerdict? {
        switch self {
        case .success(let verdict): verdict
        case .failure: nil
        }
    }
}

extension HTMLWriter {
    /// Whether the session is better than what was before, in the first line of its page.
    mutating func verdict(
        _ verdict: Result<SessionVerdict, MissingVerdict>, of summary: SessionSummary,
        query: SessionQuery
    ) {
        switch verdict {
        case .success(let found): foundVerdict(found, query: query)
        case .failure(let missing):
            missingVerdict(missing.why, of: summary, isOfRun: query.run != nil)
        }
    }

    private mutating func foundVerdict(_ verdict: SessionVerdict, query: SessionQuery) {
        let main = verdict.answer.main
        let sentence = VerdictSentence(main)
        raw("<section class=\"verdict ")
        raw(sentence.tone.name)
        raw("\" id=\"verdict\" aria-label=\"Verdict\"><div><p><b>")
        text(sentence.finding)
        raw(".</b> ")
        badge(main, main.headline)
        raw("</p><p>Against ")
        switch verdict.reference {
        case .baseline: raw("the baseline of its target. ")
        case .lastLike(let key):
            raw("the last session of its target under like conditions, ")
            link(
                sessionPath(user: key.user, session: key.session), class: "link",
                "\(key.user)/\(key.session)")
            raw(". ")
        }
        text(sentence.certainty)
        if let doubt = main.warnings.first { text(" To doubt it: \(doubt).") }
        raw("</p></div>")
        let compare = CompareQuery(
            a: verdict.nameA, b: [verdict.nameB], metric: query.metric == nil ? nil : main.metric,
            target: verdict.reference == .baseline ? verdict.target : nil)
        raw("<a class=\"link\" data-key=\"c\"")
        attribute("href", compare.path)
        raw(">See the comparison</a></section>\n")
    }

    private mutating func missingVerdict(
        _ why: SessionVerdict.Missing, of summary: SessionSummary, isOfRun: Bool
    ) {
        raw("<section class=\"verdict none\" id=\"verdict\" aria-label=\"Verdict\"><p>")
        switch why {
        case .recording:
            raw("<b>No verdict yet:</b> a run has no end. It comes when the run ends.")
        case .nothingFinished:
            raw("<b>No verdict:</b> ")
            if summary.runs.allSatisfy(\.run.isEmpty) {
                raw(
                    """
                    these values were logged outside of a run, and a verdict compares runs that \
                    ended.
                    """)
            } else if summary.runs.allSatisfy({ $0.state == .unannounced }) {
                raw(
                    """
                    no start and no end of a run was recorded, and a verdict compares runs that \
                    ended.
                    """)
            } else if isOfRun {
                raw("this run did not end as it should.")
            } else if summary.runs.contains(where: { $0.state == .finished }) {
                raw("each run that ended as it should was left out.")
            } else {
                raw("no run of the session ended as it should.")
            }
        case .noTarget:
            raw(
                """
                <b>No verdict:</b> the runs name no target, so nothing says which other sessions \
                are of the same thing. Two can be named on the page <a class="link" \
                href="/compare">Compare</a>.
                """
            )
        case .severalTargets:
            raw(
                """
                <b>No verdict on all runs together:</b> they are of several targets. Choose one \
                run below.
                """
            )
        case .isBaseline(let target):
            raw("<b>This is the baseline</b> that other sessions of ")
            element("code", target)
            raw(" are compared with.")
        case .first(let target):
            raw("<b>Nothing to compare with yet:</b> no earlier session of ")
            element("code", target)
            raw(" was measured under like conditions.")
            comparisonWithin(summary)
        case .failed(let problem):
            raw("<b>No verdict:</b> ")
            text(problem)
            raw(".")
        }
        raw("</p></section>\n")
    }

    /// A session may hold both sides itself: a run before a change, and one after it.
    private mutating func comparisonWithin(_ summary: SessionSummary) {
        let ended = summary.runs.filter { $0.state == .finished }
        guard ended.count > 1, let first = ended.first, let last = ended.last else { return }
        let key = "\(summary.user)/\(summary.session)#"
        raw(" <a class=\"link\" data-key=\"c\"")
        attribute("href", CompareQuery(a: key + first.run, b: [key + last.run]).path)
        raw(">Compare its first and last run</a>")
    }

    /// The change of a figure, where the comparison has the very number that is shown.
    func change(
        _ verdict: SessionVerdict?, _ metric: MetricChoice, _ statistic: Statistic,
        _ model: SessionModel
    ) -> FigureChange? {
        guard let main = verdict?.answer.main, Self.isSame(main, metric), let total = model.total,
            let row = main.rows.first(where: { $0.statistic == statistic }),
            row.countB == (statistic == .errorRate ? total.count : total.successes.count)
        else { return nil }
        return FigureChange(comparison: main, row: row)
    }

    private static func isSame(_ main: Comparison, _ metric: MetricChoice) -> Bool {
        !main.isReported && main.metric.isExactly(metric.name)
            && main.unit.isExactly(metric.loggedUnit)
    }

    /// The samples that a session is compared with, of the metric in view.
    func before(_ verdict: SessionVerdict?, _ metric: MetricChoice) -> Population? {
        guard let verdict, Self.isSame(verdict.answer.main, metric) else { return nil }
        return verdict.before.flatMap { $0.count > 0 ? $0 : nil }
    }
}
