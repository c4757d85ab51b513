package import TrackerAnalysis
package import TrackerIndexer
package import TrackerLog

/// The page of one run: its numbers, charts and every metric of it, then what it was measured
/// under, what a file of another tool did not carry, and what was written about it.
/// - Parameters:
///   - query: names the run, which the session has: see `MissingPart`.
///   - fold: see `SessionModel.init`.
package func runPage(
    _ session: PublishedSession, catalog: Catalog, query: SessionQuery, fold: SpanFold? = nil,
    verdict: Result<SessionVerdict, MissingVerdict>? = nil, now: Timestamp
) -> [UInt8] {
    let summary = session.summary
    let model = SessionModel(summary, query: query, fold: fold)
    guard let run = model.only else {
        return missingPage(
            MissingPart(kind: .run, name: query.run ?? ""), of: summary, catalog: catalog, now: now)
    }
    var out = HTMLWriter(capacity: 64 << 10)
    let frame = PageFrame(
        title: model.pageTitle, catalog: catalog, current: .session(summary.user, summary.session),
        isLive: model.isFollowed(now: now), now: now)
    out.page(frame) { out in
        out.runHead(run, model, session)
        let verdict = Experiment(summary.runs) == nil ? verdict : nil
        if let verdict { out.verdict(verdict, of: summary, query: query) }
        out.choices(model, find: query.find, namesRun: false)
        out.spanChoice(model)
        out.numbers(model, verdict?.found)
        out.charts(model, verdict?.found)
        out.metricTable(run, model)
        out.labelTables(model)
        out.runWords(run, model)
        out.attachedProfiles(summary, of: run.summary.run)
    }
    return out.bytes
}

extension HTMLWriter {
    fileprivate mutating func runHead(
        _ run: SessionModel.Run, _ model: SessionModel, _ session: PublishedSession
    ) {
        let summary = run.summary
        crumb([
            ("Sessions", sessionListPath), (model.summary.user.value, nil),
            (model.title, sessionPath(user: model.summary.user, session: model.summary.session)),
            (run.name, nil),
        ])
        raw("<header class=\"head\" id=\"head\"><h1>")
        if summary.state == .running { recordingMark() }
        text(run.name)
        if let test = summary.test { element("small", test) }
        raw("</h1><p class=\"meta\">")
        if let started = summary.started {
            metaSpan(started, summary.finished ?? summary.last)
        }
        let isBad = [.failed, .stopped, .unfinished].contains(summary.state)
        metaItem(isBad ? .warning : .check) { $0.stateText(summary.state) }
        if let load = ConditionText.load(of: [summary]) { metaItem(.load) { $0.text(load) } }
        metaCommits(ConditionText.commits(of: [summary], session: model.summary.commit))
        raw("</p>")
        if let target = summary.target {
            raw("<div class=\"tags\">")
            link(TrendQuery(target: target).path, class: "tag mono", target)
            raw("</div>")
        }
        runNeighbours(run, model)
        runDoubts(run, session)
        raw("</header>\n")
    }

    /// The runs before and after it, and what to compare it with.
    private mutating func runNeighbours(_ run: SessionModel.Run, _ model: SessionModel) {
        guard model.runs.count > 1 else { return }
        raw("<nav class=\"pager\" aria-label=\"Runs of the session\">")
        let metric = model.metric?.id
        let before = run.index > 0 ? model.runs[run.index - 1] : nil
        if let before {
            link(model.path(metric: metric, run: before.summary.run), class: "btn", before.name)
        }
        element(
            "span",
            "Run \(NumberText.count(run.index + 1)) of \(NumberText.count(model.runs.count))")
        if run.index + 1 < model.runs.count {
            let after = model.runs[run.index + 1]
            link(model.path(metric: metric, run: after.summary.run), class: "btn", after.name)
        }
        link(model.path(metric: metric, run: nil), class: "link", "All runs together")
        if let before, !before.summary.run.isEmpty, !run.summary.run.isEmpty {
            let key = "\(model.summary.user)/\(model.summary.session)#"
            let compare = CompareQuery(
                a: key + before.summary.run, b: [key + run.summary.run])
            link(compare.path, class: "link", "Compare with the run before")
        }
        raw("</nav>")
    }

    /// What speaks against its numbers.
    private mutating func runDoubts(_ run: SessionModel.Run, _ session: PublishedSession) {
        let doubts = run.doubts
        let lost = run.summary.lost?.text
        let isPart = session.unreadBytes >= ViewLimits.notedUnreadBytes
        guard !doubts.isEmpty || lost != nil || isPart else { return }
        raw("<ul class=\"panel checks\">")
        if isPart { unreadFinding(session) }
        if let lost { lossFinding(lost) }
        for doubt in doubts { finding(isGood: false, doubt, "") }
        raw("</ul>")
    }
}
