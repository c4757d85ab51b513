import TrackerAnalysis
package import TrackerIndexer
package import TrackerLog

/// The page of a comparison: what changed and how sure that is, first of all.
package func comparePage(_ model: CompareModel, catalog: Catalog, now: Timestamp) -> [UInt8] {
    var out = HTMLWriter(capacity: 64 << 10)
    let sentence = VerdictSentence(model.main)
    let chrome = PageFrame(
        title: "\(sentence.finding)", catalog: catalog, current: .compare, isLive: false, now: now)
    out.page(chrome) { out in
        out.compareContent(model, sentence, catalog)
        out.comparePicker(model.query, catalog, problem: nil)
    }
    return out.bytes
}

/// The page that asks which groups to compare.
/// - Parameter problem: why those in the query cannot be compared.
package func comparePickerPage(
    _ query: CompareQuery, problem: String?, catalog: Catalog, now: Timestamp
) -> [UInt8] {
    var out = HTMLWriter(capacity: 32 << 10)
    let chrome = PageFrame(
        title: "Compare", catalog: catalog, current: .compare, isLive: false, now: now)
    out.page(chrome) { out in
        out.crumb([("Sessions", sessionListPath), ("Compare", nil)])
        out.raw("<header class=\"head\" id=\"head\"><h1>Compare</h1></header>\n")
        out.comparePicker(query, catalog, problem: problem)
    }
    return out.bytes
}

extension HTMLWriter {
    mutating func compareContent(
        _ model: CompareModel, _ sentence: VerdictSentence, _ catalog: Catalog,
        isFile: Bool = false
    ) {
        crumb([("Sessions", sessionListPath), ("Compare", nil)])
        compareHead(model, sentence)
        compareSides(model, catalog)
        compareChoices(model)
        eachOfMany(model)
        fairness(model)
        forest(model, isFile: isFile)
        changeParts(model, isFile: isFile)
        compareCharts(model, isFile: isFile)
        compareMethod(model)
    }

    fileprivate mutating func compareHead(_ model: CompareModel, _ sentence: VerdictSentence) {
        raw("<header class=\"head\" id=\"head\"><h1 class=\"")
        raw(sentence.tone.name)
        raw("\">")
        text(sentence.finding)
        raw(".</h1><p class=\"lead\">")
        badge(model.main, model.main.headline)
        raw(" ")
        text(sentence.certainty)
        if !model.main.isReported {
            let others = model.main.rows.filter { $0.statistic != model.main.headline.statistic }
            let words = others.map {
                ComparisonText.name($0.statistic) + " " + $0.verdict.words.lowercased()
            }
            if !words.isEmpty { text(" Beside it: " + words.joined(separator: ", ") + ".") }
        }
        raw("</p></header>\n")
    }

    /// A and B, each with what it is, and the link that swaps them.
    fileprivate mutating func compareSides(_ model: CompareModel, _ catalog: Catalog) {
        raw("<div class=\"panel sides\" id=\"sides\">")
        compareSide("A", model.a, catalog, model.main.countOfA, model.main.uncountedA.text)
        raw("<a class=\"btn swap\" data-key=\"x\" title=\"Swap A and B (x)\"")
        attribute("href", model.swapped.path)
        raw("><span aria-hidden=\"true\">⇄</span><span class=\"sr\">Swap A and B</span></a>")
        compareSide("B", model.b, catalog, model.main.countOfB, model.main.uncountedB.text)
        raw("</div>\n")
    }

    private mutating func compareSide(
        _ letter: StaticString, _ side: CompareModel.Side, _ catalog: Catalog, _ count: Int,
        _ uncounted: String
    ) {
        raw("<div class=\"side-of\"><span class=\"letter ")
        raw(letter)
        raw("\">")
        raw(letter)
        raw("</span><div><h2>")
        if side.parts.isEmpty {
            text(side.name)
        } else {
            for (index, part) in side.parts.enumerated() {
                if index > 0 { raw(", ") }
                link(
                    sessionPath(user: part.user, session: part.session, run: part.run),
                    class: "link", part.title(in: catalog))
            }
        }
        raw("</h2><p>")
        if !side.parts.isEmpty {
            element("code", side.name)
            raw(" · ")
        }
        if let started = side.started {
            time(started, as: .dateMinute)
            raw(" ")
            zone()
            raw(". ")
        }
        text(VerdictSentence.runs(side.group.runs.count) + ", n = \(NumberText.count(count))")
        for commit in side.commits.prefix(3) {
            raw(", ")
            element("code", String(commit.prefix(12)))
        }
        if side.commits.count > 3 { text(" and \(side.commits.count - 3) more commits") }
        if !uncounted.isEmpty { text("; " + uncounted) }
        raw("</p></div></div>")
    }

    /// Other metrics, other groups, and the same as a command and as JSON.
    fileprivate mutating func compareChoices(_ model: CompareModel) {
        raw("<div class=\"tools\" id=\"choices\">")
        if !model.metrics.isEmpty {
            raw("<nav class=\"tags\" aria-label=\"Metric\">")
            for metric in model.metrics.prefix(ViewLimits.offeredMetrics) {
                choice(
                    metric, model.with(metric: metric).path,
                    isOn: metric.isExactly(model.main.metric))
            }
            raw("</nav>")
        }
        raw("</div>\n<p class=\"same\" id=\"same\">The same as a command: <code>")
        text(model.query.command)
        raw("</code> · <a class=\"link\"")
        attribute("href", model.query.jsonPath)
        raw(">as JSON</a></p>\n")
    }

    /// How the intervals were computed.
    fileprivate mutating func compareMethod(_ model: CompareModel) {
        let main = model.main
        raw("<p class=\"under\" id=\"method\">")
        text(
            "Intervals of the table hold together in 95 of 100 such tables."
                + " \(NumberText.count(main.settings.replicates)) draws, seed"
                + " \(String(main.seed, radix: 16)); the smallest difference that matters:"
                + " \(NumberFormat.page.percent(share: main.settings.minEffect)), errors"
                + " \(NumberText.fixed(main.settings.minErrorPoints, decimals: 1)) pp."
        )
        let noise = main.rows.compactMap(\.noise)
        if let runs = noise.map(\.runs).max() {
            text(
                " How much runs differ by themselves comes from \(NumberText.count(runs)) runs,"
                    + " \(NumberText.count(main.earlierRuns)) of them earlier ones of the target"
                    + " under like conditions."
            )
        }
        raw("</p>\n")
    }

    /// The form that takes two groups by name.
    fileprivate mutating func comparePicker(
        _ query: CompareQuery, _ catalog: Catalog, problem: String?
    ) {
        let isAsked = problem != nil || query.a == nil
        raw(isAsked ? "<section class=\"panel pick\"" : "<details class=\"panel pick\"")
        raw(" id=\"pick\">")
        raw(
            isAsked
                ? "<h2>Which two?</h2>" : "<summary>Compare something else</summary>")
        if let problem {
            raw("<p class=\"e\" role=\"alert\">")
            text(problem)
            raw("</p>")
        }
        raw("<form method=\"get\"")
        attribute("action", comparePath)
        raw(">")
        pickField("a", "A, before", query.a)
        pickField("b", "B, after", query.b.first)
        raw("<button class=\"btn\" type=\"submit\">Compare</button></form>")
        raw(
            """
            <p>A session as <code>USER/SESSION</code>, one of its runs as \
            <code>USER/SESSION#RUN</code>, <code>baseline</code>, or <code>commit:HASH</code>; \
            several with commas between them.</p><datalist id="groups">
            """
        )
        raw("<option value=\"baseline\">the pinned runs of the target</option>")
        for entry in catalog.entries.prefix(ViewLimits.offeredSessions) {
            raw("<option")
            attribute("value", "\(entry.user)/\(entry.session)")
            raw(">")
            text(entry.title)
            raw("</option>")
        }
        raw("</datalist>")
        raw(isAsked ? "</section>\n" : "</details>\n")
    }

    private mutating func pickField(
        _ name: StaticString, _ label: StaticString, _ value: String?
    ) {
        raw("<label>")
        raw(label)
        raw(" <input list=\"groups\" autocomplete=\"off\" required name=\"")
        raw(name)
        raw("\"")
        attribute("value", value ?? "")
        raw("></label>")
    }
}
