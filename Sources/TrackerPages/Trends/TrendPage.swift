package import TrackerAnalysis
package import TrackerIndexer
package import TrackerLog

/// The numbers of a target over all its runs, and where they changed.
package func trendPage(
    _ trend: Trend, query: TrendQuery, catalog: Catalog, now: Timestamp
) -> [UInt8] {
    var out = HTMLWriter(capacity: 64 << 10)
    let view = TrendView(trend, query: query)
    let chrome = PageFrame(
        title: "Trend of \(TargetText.short(trend.target))", catalog: catalog, current: .trends,
        isLive: false, now: now)
    out.page(chrome) { out in
        out.crumb([("Sessions", sessionListPath), ("Targets", targetsPath), (trend.target, nil)])
        out.trendHead(view)
        out.trendChoices(view)
        out.trendPanel(view)
        out.trendChanges(view)
        out.trendRuns(view)
    }
    return out.bytes
}

/// One number of a trend, prepared for the page.
struct TrendView {
    let trend: Trend
    let query: TrendQuery
    let statistic: Statistic
    /// Runs that have the number, oldest first.
    let points: [(point: Trend.Point, value: Double)]
    let changes: [Trend.Change]
    let level: Trend.Level?

    init(_ trend: Trend, query: TrendQuery) {
        self.trend = trend
        self.query = query
        let known = trend.levels.map(\.statistic)
        let usual: [Statistic] =
            trend.meaning.kind == .duration && !trend.isReported
            ? [.p99, .p95, .p90, .p50, .mean] : [.mean, .errorRate]
        let wanted = query.statistic.flatMap { known.contains($0) ? $0 : nil }
        let statistic = wanted ?? usual.first(where: known.contains) ?? known.first ?? .mean
        self.statistic = statistic
        points = trend.points.compactMap { point in point.values[statistic].map { (point, $0) } }
        changes = trend.changes.filter { $0.statistic == statistic }
        level = trend.levels.first { $0.statistic == statistic }
    }

    func text(_ value: Double) -> String {
        statistic == .perSecond
            ? NumberText.value(value) + "/s" : NumberText.quantity(value, unit: unit)
    }

    var unit: String? {
        switch statistic {
        case .errorRate: "%"
        case .perSecond: "/s"
        default: MetricChoice.unit(of: trend.metric, logged: trend.unit)
        }
    }

    var name: String { trend.name(of: statistic) }

    /// The newest change in a sentence; that there is none, if there is none.
    var sentence: String {
        let runs = VerdictSentence.runs(points.count)
        guard let last = changes.last else {
            let level = level.map { ", now \(text($0.now.mean))" } ?? ""
            return "No change point in \(name) over \(runs)\(level)"
        }
        return words(of: last)
    }

    func words(of change: Trend.Change) -> String {
        let verdict =
            switch change.isBetter {
            case true?: "Better: "
            case false?: "Worse: "
            case nil: "Changed: "
            }
        var text = verdict + "\(name) \(change.isHigher ? "rose" : "fell")"
        if let share = change.point.change {
            let percent =
                statistic == .errorRate
                ? "" : " by " + NumberFormat.page.percent(share: share.magnitude)
            text += percent
        }
        text += ", from \(self.text(change.point.before.mean))"
        text += " to \(self.text(change.point.after.mean))"
        return text
    }

    /// The comparison of what was before with what came after.
    func comparison(_ change: Trend.Change) -> CompareQuery {
        let (a, b) = (change.before, change.after)
        if let from = a.commit, let to = b.commit, from != to {
            return CompareQuery(
                a: "commit:" + from, b: ["commit:" + to], metric: query.metric,
                target: trend.target)
        }
        return CompareQuery(a: a.name, b: [b.name], metric: query.metric)
    }
}

extension HTMLWriter {
    fileprivate mutating func trendHead(_ view: TrendView) {
        raw("<header class=\"head\" id=\"head\"><h1>")
        text(view.sentence)
        raw(".</h1><p class=\"lead\">")
        element("code", view.trend.target)
        text(", \(view.trend.metric): \(VerdictSentence.runs(view.points.count))")
        if let level = view.level {
            text(
                "; the level since the last change is \(view.text(level.now.mean)) over"
                    + " \(VerdictSentence.runs(level.now.count))"
            )
        }
        raw(".")
        let left: [(Int, String)] = [
            (view.trend.leftOut.count, "left out by a person"),
            (view.trend.unfinishedRuns, "not finished"),
            (view.trend.otherRuns, "without this metric"),
            (view.trend.damagedSessions, "sessions with damaged data"),
        ]
        let named = left.filter { $0.0 > 0 }.map { "\(NumberText.count($0.0)) \($0.1)" }
        if !named.isEmpty { text(" Not in it or doubtful: \(named.joined(separator: ", ")).") }
        raw("</p></header>\n")
    }

    fileprivate mutating func trendChoices(_ view: TrendView) {
        raw("<div class=\"tools\" id=\"choices\"><nav class=\"tags\" aria-label=\"Number\">")
        for level in view.trend.levels {
            raw("<a class=\"tag")
            if level.statistic == view.statistic { raw(" on\" aria-current=\"true") }
            raw("\"")
            attribute("href", view.query.with(level.statistic).path)
            raw(">")
            text(ComparisonText.name(level.statistic))
            if level.changes > 0 { text(" (\(level.changes))") }
            raw("</a>")
        }
        raw("</nav></div>\n<p class=\"same\" id=\"same\">The same as a command: <code>")
        text(view.query.command)
        raw("</code> · <a class=\"link\"")
        attribute("href", view.query.jsonPath)
        raw(">as JSON</a></p>\n")
    }

    fileprivate mutating func trendPanel(_ view: TrendView) {
        var note = "one dot a run, oldest first; dashed: the level"
        if !view.changes.isEmpty { note += ", and where it changed" }
        panel("trend", title: "\(view.name) run by run", note: note) { out in
            out.trendChart(view)
            out.trendLinks("trend", of: "The numbers run by run", .runs, view.query)
        }
    }

    /// Runs with their day on the axis: more than fit beside each other in a wide window.
    private static let trendDates = 12

    private mutating func trendChart(_ view: TrendView) {
        let values = view.points.map(\.value)
        let height = TimeChart.valueHeight
        let low = min(values.min() ?? 0, 0)
        let high = values.max() ?? 1
        let scale =
            low < 0
            ? Scale(.linear, low: low, high: max(high, 0), start: height, end: 0)
            : Scale.fromZero(to: high, height: height, ticks: 5)
        let last = Double(max(values.count - 1, 1))
        func x(_ index: Int) -> Double {
            10 + Double(index) / last * (TimeAxis.width - 20)
        }
        let starts = view.changes.compactMap { change in
            view.points.firstIndex { $0.point.name.isExactly(change.after.name) }
        }
        let ticks = scale.ticks(5)
        openFigure("trend", view.sentence + ". The table of runs below has the numbers.")
        plot(height: height) { out in
            out.grid(scale, ticks: ticks, height: height)
            var marks = SVGPath()
            for start in starts {
                let at = (x(start) + x(max(start - 1, 0))) / 2
                marks.move(at, 0)
                marks.line(at, height)
            }
            out.path("turn", marks)
            var levels = SVGPath()
            var from = 0
            for end in starts + [values.count] where end > from {
                let mean = values[from..<end].reduce(0, +) / Double(end - from)
                levels.move(x(from), scale.position(of: mean))
                levels.line(x(end - 1) + 0.1, scale.position(of: mean))
                from = end
            }
            out.path("lA", levels)
            var dots = SVGPath()
            for (index, value) in values.enumerated() {
                dots.dot(x(index), scale.position(of: value))
            }
            out.path("pt", dots)
        } labels: { out in
            out.valueLabels(ticks, scale, height: height, unit: view.unit)
            let hidden = max(0, view.points.count - ViewLimits.trendLinks)
            for (index, entry) in view.points.enumerated().dropFirst(hidden) {
                let commit = entry.point.commit.map { ", " + $0.prefix(12) } ?? ""
                out.dotLink(
                    left: x(index) / TimeAxis.width * 100,
                    top: scale.position(of: entry.value) / height * 100,
                    "\(view.text(entry.value)), \(entry.point.name)\(commit)",
                    to: entry.point.path)
            }
        }
        let step = max(1, values.count / Self.trendDates)
        bottomLabels(
            stride(from: 0, to: values.count, by: step).compactMap { index in
                view.points[index].point.started.map { (x(index), ClockText.date($0)) }
            })
        closeFigure()
    }
}

extension Trend.Point {
    /// The page of its run.
    var path: String { sessionPath(user: key.user, session: key.session, run: run) }
}
