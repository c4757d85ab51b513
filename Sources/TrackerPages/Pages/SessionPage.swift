package import TrackerAnalysis
package import TrackerIndexer
package import TrackerLog

/// The page of one session: verdict, key figures, charts, tables, notes and data health.
/// - Parameters:
///   - verdict: `nil` shows none.
///   - fold: see `SessionModel.init`.
///   - forms: to change the session; `nil` shows none.
package func sessionPage(
    _ session: PublishedSession, catalog: Catalog, query: SessionQuery, fold: SpanFold? = nil,
    verdict: Result<SessionVerdict, MissingVerdict>? = nil, forms: EditForms? = nil,
    now: Timestamp
) -> [UInt8] {
    let model = SessionModel(session.summary, query: query, fold: fold)
    var out = HTMLWriter(capacity: 128 << 10)
    let chrome = PageFrame(
        title: model.pageTitle, catalog: catalog,
        current: .session(session.summary.user, session.summary.session),
        isLive: model.isFollowed(now: now), now: now)
    out.page(chrome) { out in
        out.sessionContent(session, model, verdict, query, forms, now)
    }
    return out.bytes
}

extension HTMLWriter {
    mutating func sessionContent(
        _ session: PublishedSession, _ model: SessionModel,
        _ verdict: Result<SessionVerdict, MissingVerdict>?, _ query: SessionQuery,
        _ forms: EditForms?, _ now: Timestamp
    ) {
        sessionHead(session, model, now: now)
        let experiment = Experiment(model.summary.runs)
        // The runs of an experiment are of several variants: together they are no side of anything.
        let verdict = experiment == nil ? verdict : nil
        if let experiment { self.experiment(experiment) }
        if let curve = RateCurve(model.summary.runs) { rateCurve(curve) }
        if let verdict { self.verdict(verdict, of: model.summary, query: query) }
        choices(model, find: query.find, namesRun: true)
        spanChoice(model)
        numbers(model, verdict?.found)
        charts(model, verdict?.found)
        runTable(model)
        labelTables(model)
        reported(model)
        notesAndConditions(model)
        attachedProfiles(model.summary)
        if let forms { edits(forms, model) }
        health(session, now: now)
    }

    fileprivate mutating func sessionHead(
        _ session: PublishedSession, _ model: SessionModel, now: Timestamp
    ) {
        let summary = model.summary
        crumb([
            ("Sessions", sessionListPath), (summary.user.value, nil), (summary.session.value, nil),
        ])
        raw("<header class=\"head\" id=\"head\"><h1>")
        if model.isRecording(now: now) { recordingMark() }
        text(model.title)
        raw("</h1><p class=\"meta\">")
        if let first = summary.first { metaSpan(first, summary.last) }
        if summary.health.hasNoPlausibleTime {
            metaItem(.clock) { $0.text("no clock should say so: the date is not to be believed") }
        }
        if let load = ConditionText.load(of: model.runs.map(\.summary)) {
            metaItem(.load) { $0.text(load) }
        }
        metaCommits(ConditionText.commits(of: model.runs.map(\.summary), session: summary.commit))
        if let host = summary.host { metaItem(.machine) { $0.text(host) } }
        raw("</p>")
        if !model.targets.isEmpty || !summary.tags.isEmpty {
            raw("<div class=\"tags\">")
            for target in model.targets.prefix(4) {
                link(TrendQuery(target: target).path, class: "tag mono", target)
            }
            for tag in summary.tags {
                link(
                    SessionListModel.path(filter: SessionListModel.filter(tag: tag)), class: "tag",
                    tag)
            }
            raw("</div>")
        }
        doubts(session)
        raw("</header>\n")
    }

    /// What is not in the numbers of the session, above everything that depends on it.
    private mutating func doubts(_ session: PublishedSession) {
        let health = session.summary.health
        let isPart = session.unreadBytes >= ViewLimits.notedUnreadBytes
        guard isPart || !health.isWhole || health.lost.text != nil else { return }
        raw("<ul class=\"panel checks\">")
        if isPart { unreadFinding(session) }
        if let lost = health.lost.text {
            lossFinding(lost)
        } else if !health.isWhole {
            // Nothing tells how many.
            finding(
                isGood: false, "Some records of this session could not be used.",
                "The numbers are those of the others. Data health, below, lists each one and why.")
        }
        raw("</ul>")
    }

    /// What is missing, among the checks of a page.
    mutating func lossFinding(_ lost: String) {
        finding(
            isGood: false, lost.asSentence + ".",
            "The numbers are those of what is left: \(RunSummary.lowerBound).")
    }

    /// Before the name of what is being recorded.
    mutating func recordingMark() {
        raw("<i class=\"dot\"></i><span class=\"sr\">Recording: </span>")
    }

    /// When it began, and how long it took.
    mutating func metaSpan(_ first: Timestamp, _ last: Timestamp?) {
        metaItem(.clock) { out in
            out.time(first, as: .dateMinute)
            out.raw(" ")
            out.zone()
            if let last, last > first {
                out.text(", \(ClockText.duration(last.milliseconds(since: first))) long")
            }
        }
    }

    mutating func metaCommits(_ commits: [String]) {
        guard !commits.isEmpty else { return }
        metaItem(.commit) { out in
            for (index, commit) in commits.prefix(ConditionText.maxValues).enumerated() {
                if index > 0 { out.raw(", ") }
                out.element("code", commit)
            }
            let more = commits.count - ConditionText.maxValues
            if more > 0 { out.text(" and \(NumberText.count(more)) more") }
        }
    }

    mutating func metaItem(_ icon: Icon, _ body: (inout HTMLWriter) -> Void) {
        raw("<span>")
        self.icon(icon, size: 14)
        raw("<span>")
        body(&self)
        raw("</span></span>")
    }

    private mutating func noSamples(_ model: SessionModel) {
        let hasEnded = !model.runs.isEmpty && model.runs.allSatisfy { $0.summary.state != .running }
        let isOfSpan = model.span?.isUsable == true
        let (title, why) =
            isOfSpan
            ? ("No samples in this span", "The whole time has more: see above.")
            : hasEnded
                ? ("No samples", "The runs of this session ended before anything was measured.")
                : (
                    "No samples yet",
                    "Nothing has been measured in this session so far. Samples appear here within a"
                        + " second of being logged."
                )
        raw("<div class=\"panel empty\" id=\"kpis\"><h2>")
        text(title)
        raw("</h2><p>")
        text(why)
        raw("</p></div>\n")
    }

    /// How many runs have samples of the metric.
    func runsText(_ model: SessionModel) -> String {
        let measured = model.runs.count { $0.total != nil }
        let runs = model.only == nil ? max(measured, 1) : 1
        return (runs == 1 ? "in 1 run" : "over \(NumberText.count(runs)) runs")
            + (model.isLowerBound ? ", at least" : "")
    }

    /// The key figures at the top, each with its sample count.
    /// - Parameter verdict: puts the change under each figure that it is about.
    mutating func numbers(_ model: SessionModel, _ verdict: SessionVerdict?) {
        guard let total = model.total, let metric = model.metric else {
            if !reportedNumbers(model) { noSamples(model) }
            return
        }
        guard model.style?.shape == .requests else {
            return levelFigures(model, metric, total, verdict)
        }
        raw("<dl class=\"panel kpis\" id=\"kpis\">")
        let over = runsText(model)
        keyFigure(
            "Throughput", NumberText.rate(model.perSecond), "/s", over,
            change: change(verdict, metric, .perSecond, model))
        let names: [(String, Double)] = [
            ("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p99.9", 0.999),
        ]
        let values = total.successes.quantiles(names.map(\.1))
        for (index, name) in names.enumerated() {
            let isFew = total.successes.hasFewSamples(beyond: name.1)
            let shown =
                index < values.count ? NumberText.parts(values[index], unit: metric.unit) : nil
            keyFigure(
                name.0, shown?.number ?? NumberText.none, shown?.unit ?? metric.unitText,
                "n = \(NumberText.count(total.successes.count))" + (isFew ? ", too few" : ""),
                isFew: isFew,
                change: Statistic(rawValue: name.0).flatMap { change(verdict, metric, $0, model) })
        }
        errorFigure(total, change: change(verdict, metric, .errorRate, model))
        raw("</dl>\n")
        panelLinks(.figures, model)
    }

    mutating func charts(_ model: SessionModel, _ verdict: SessionVerdict?) {
        guard let total = model.total, let metric = model.metric, let style = model.style else {
            return reportedChart(model)
        }
        if let few = model.few, !few.shown.isEmpty {
            fewValues(
                few,
                FewValuesLabels(
                    metric: metric, style: style, names: model.runs.map(\.name),
                    links: model.runs.map { model.path(metric: metric.id, run: $0.summary.run) },
                    isOneRun: model.only != nil || model.runs.count == 1)
            ) { $0.panelLinks(.overTime, model) }
        } else if let chart = model.chart, !chart.isEmpty {
            timePanel(model, chart, metric, total)
        } else if model.runsWithoutCurve > 0 {
            panel("over-time", title: metric.title + " over time", note: "not kept") { out in
                out.raw("<p class=\"under\">")
                out.text("\(SessionModel.withoutCurveText) The numbers are those of all samples.")
                out.raw("</p>")
            }
        }
        // Without a success there is no curve: how long failures took is in the tables. A few
        // values are all shown already.
        guard total.successes.count >= (style.shape == .few ? ViewLimits.fewValues : 1) else {
            return
        }
        raw("<div class=\"two\" id=\"shape\" data-live=\"parts\">")
        let ownUnit = NumberText.ownsUnit(metric.unit) ? nil : metric.unit
        let unit = (ownUnit ?? "value") + " by percentile"
        let inView = model.only.map { [$0] } ?? model.runs
        let isThin = inView.count > 1 && inView.count <= ViewLimits.maxThinCurves
        let before = before(verdict, metric)
        let reference =
            verdict?.reference == .baseline ? "the baseline" : "the last like session"
        let dashed = before == nil ? "" : "; dashed is \(reference)"
        panel(
            "curve", title: "Percentile curve",
            note: unit + (isThin ? "; thin lines are single runs" : "") + dashed
        ) { out in
            out.percentileChart(
                total.successes, runs: isThin ? inView.compactMap(\.total?.successes) : [],
                before: before, metric: metric)
            out.panelLinks(.curve, model)
        }
        distributionPanel(model, metric, total.successes, before: before, dashed: dashed)
        raw("</div>\n")
    }

    /// The distribution of all samples in view, or of the column that is pinned.
    private mutating func distributionPanel(
        _ model: SessionModel, _ metric: MetricChoice, _ all: Population, before: Population?,
        dashed: String
    ) {
        let pinned = model.pinned?.column
        let values = pinned?.aggregate?.successes ?? all
        guard let distribution = Distribution(values, isLatency: metric.isLatency) else { return }
        let by = NumberText.ownsUnit(metric.unit) ? "" : metric.unit.map { " by " + $0 } ?? ""
        let originMs = model.chart?.columns.axis.originMs ?? 0
        let at = pinned.map { column in
            let length = column.interval.lengthMs
            return " at \(ClockText.elapsed(column.interval.startMs - originMs))"
                + (length > 0 ? ", \(ClockText.wholeSeconds(length))" : "")
        }
        // A column has nothing before it that it could be compared with.
        let behind = pinned == nil ? before : nil
        panel(
            "distribution", title: "Distribution" + (at ?? ""),
            note: "share of \(NumberText.count(values.count)) \(metric.noun)\(by)"
                + (behind == nil ? "" : dashed)
        ) { out in
            if pinned != nil {
                out.raw("<p class=\"under\">Of the pinned column only. ")
                out.link(model.path(view: .heat), class: "link", "Of the whole time")
                out.raw("</p>")
            }
            out.distributionChart(
                distribution, marks: QuantileMark.usual(values), behind: behind, metric: metric)
            out.panelLinks(.distribution, model)
        }
    }

    private mutating func timePanel(
        _ model: SessionModel, _ chart: TimeChart, _ metric: MetricChoice, _ total: Aggregate
    ) {
        let level =
            model.style?.shape == .level ? LevelChart(chart, metric: metric) : nil
        let unit = NumberText.ownsUnit(metric.unit) ? nil : metric.unit
        var note = [unit, "columns of \(ClockText.wholeSeconds(chart.columns.columnMs))"]
            .compactMap { $0 }
        let heat =
            model.view == .heat && model.style?.shape == .requests ? HeatMap(chart) : nil
        if let heat, heat.columnMs > chart.columns.columnMs {
            note.append("cells of \(ClockText.wholeSeconds(heat.columnMs))")
        }
        if level != nil { note.append("mean, and from lowest to highest") }
        let scale = level?.scale ?? chart.valueScale
        if scale.kind == .linear, scale.low > 0 { note.append("the axis does not begin at zero") }
        if scale.kind == .logarithmic { note.append("log scale") }
        if chart.columns.axis.spans.count > 1 { note.append("idle time left out") }
        if !chart.columns.lost.isEmpty { note.append("hatched: no data, its records are missing") }
        if chart.hiddenSpans > 0 {
            note.append("the last \(ViewLimits.maxTimeSpans) periods of activity")
        }
        if model.runsWithoutCurve > 0 {
            note.append(
                "\(NumberText.count(model.runsWithoutCurve)) runs are not drawn:"
                    + " \(SessionModel.withoutCurveText)")
        }
        if chart.hiddenBands > 0 { note.append("\(NumberText.count(chart.hiddenBands)) runs") }
        let inView = model.only.map { [$0] } ?? model.runs
        let labels = TimeChartLabels(
            sentence: level?.sentence(metric: metric)
                ?? chart.sentence(metric: metric, total: total, perSecond: model.perSecond),
            metric: metric, names: model.runs.map(\.name),
            links: model.runs.map { model.path(metric: metric.id, run: $0.summary.run) },
            flags: model.runs.map(\.isFlagged), pins: pins(model, chart),
            processes: metric.isLatency
                ? ProcessCurve.all(inView.map(\.summary), axis: chart.columns.axis) : [],
            level: level, heat: heat, pinned: model.pinned,
            pinPath: heat == nil ? nil : model.path(view: .heat),
            rates: metric.isLatency ? model.runs.map { ConditionText.rate(of: $0.summary) } : [],
            hasErrors: model.style?.hasErrors ?? true)
        panel(
            "over-time", title: metric.title + " over time", note: note.joined(separator: ", "),
            end:
                """
                <div class="end" data-scripted hidden><span class="lo" data-hint>Drag to zoom, \
                arrow keys to step, Enter marks</span><a class="btn small" data-span \
                hidden>Numbers of this span</a><button class="btn small" type="button" data-reset \
                hidden>Show all</button></div>
                """
        ) { out in
            if model.style?.shape == .requests { out.viewSwitch(model) }
            if level == nil, let widening = chart.wideningText {
                out.element("p", class: "under", widening)
            }
            out.timeChart(chart, labels)
            out.panelLinks(heat == nil ? .overTime : .heatMap, model)
            if !labels.processes.isEmpty { out.panelLinks(.resources, model) }
        }
    }

    /// Notes about a time within the chart.
    private func pins(_ model: SessionModel, _ chart: TimeChart) -> [TimePin] {
        let spans = chart.columns.axis.spans
        let found = model.summary.notes.compactMap { note -> TimePin? in
            guard let from = note.from,
                spans.contains(where: {
                    $0.interval.startMs <= from.milliseconds
                        && from.milliseconds <= $0.interval.endMs
                })
            else { return nil }
            let short = note.text.prefix(ViewLimits.pinCharacters)
            return TimePin(
                at: from, text: short.count < note.text.count ? short + "…" : String(short))
        }
        return Array(found.prefix(ViewLimits.maxPins))
    }
}
