import TrackerAnalysis
import TrackerIndexer
import TrackerLog

/// What `tracker ab` found, on the page of its session.
extension HTMLWriter {
    /// Variants, verdicts, and the rounds with the interval after each of them.
    mutating func experiment(_ experiment: Experiment) {
        let rounds = experiment.rounds.count
        var note = "\(NumberText.count(rounds)) round\(rounds == 1 ? "" : "s")"
        if experiment.incompleteRounds > 0 {
            note += ", \(NumberText.count(experiment.incompleteRounds)) more without all runs"
        }
        note += "; all intervals hold together at 95 %, at every look"
        if let headline = experiment.rows.first?.statistic {
            experimentAnswer(experiment, experiment.rows.filter { $0.statistic == headline })
        }
        panel("experiment", title: "Which is better", note: note) { out in
            out.raw("<ul class=\"checks\">")
            for (index, name) in experiment.names.enumerated() {
                out.raw("<li><b>")
                out.text(ExperimentSettings.letter(index))
                out.raw("</b> ")
                out.element("code", name)
                out.raw("</li>")
            }
            out.raw("</ul>")
            out.findings(experiment)
            for row in experiment.rows where !row.points.isEmpty {
                out.rounds(row, experiment.settings)
            }
            if rounds > 0 { out.roundTable(experiment) }
        }
    }

    /// The finding of the first number, of each variant, in the first line of the page.
    private mutating func experimentAnswer(_ experiment: Experiment, _ rows: [ExperimentRow]) {
        for row in rows {
            let text = ExperimentRowText(row, experiment)
            raw("<section class=\"verdict ")
            raw(Self.tone(row.finding))
            raw("\"")
            attribute("id", "answer-\(row.variant)")
            attribute("aria-label", "Verdict on \(ExperimentSettings.letter(row.variant))")
            raw("><div><p><b>")
            self.text(text.answer)
            raw("</b></p><p>")
            self.text(text.certainty)
            raw("</p></div></section>\n")
        }
    }

    private mutating func findings(_ experiment: Experiment) {
        scrollingTable("experiment-table", label: "Findings") { $0.findingRows(experiment) }
    }

    private mutating func findingRows(_ experiment: Experiment) {
        raw(
            """
            <thead><tr><th scope="col">Number</th><th scope="col">Variant</th>\
            <th scope="col" class="n lo">Median of A</th><th scope="col" class="n lo">Its median\
            </th><th scope="col" class="n">To A, by rounds</th><th scope="col" class="n lo">\
            95 % interval</th><th scope="col">Finding</th></tr></thead><tbody>
            """)
        for row in experiment.rows {
            let text = ExperimentRowText(row, experiment)
            raw("<tr><th scope=\"row\">")
            self.text(text.name)
            raw("</th><td>")
            self.text(ExperimentSettings.letter(row.variant))
            raw("</td>")
            cell("n lo", text.level(row.first))
            cell("n lo", text.level(row.other))
            cell("n", text.difference(row.difference))
            cell("n lo", text.interval(row.points.last))
            raw("<td><span class=\"badge ")
            raw(Self.tone(row.finding))
            raw("\">")
            self.text(text.finding)
            raw("</span></td></tr>\n")
        }
        raw("</tbody>")
    }

    private static func tone(_ finding: ExperimentFinding) -> StaticString {
        switch finding {
        case .better: "good"
        case .worse: "bad"
        case .equal: "flat"
        case .open: "open"
        }
    }

    private static let roundsHeight = 150.0

    /// A dot for each round, and the ends of the interval as it closed.
    private mutating func rounds(_ row: ExperimentRow, _ settings: ExperimentSettings) {
        let text = ExperimentRowText(row, settings, unit: nil)
        let height = Self.roundsHeight
        let scale = Self.scale(row, margin: settings.margin(of: row.statistic), height: height)
        let last = Double(row.points.last?.round ?? 1)
        let across = Scale(.linear, low: 0, high: last + 1, start: 0, end: TimeAxis.width)
        let ticks = scale.ticks(5)
        raw("<figure class=\"chart\"")
        attribute("aria-label", "\(text.title), round by round: \(text.finding)")
        raw("><p class=\"cap-y\">")
        self.text(text.title)
        raw(" <small>dots: rounds; lines: 95 % interval after each</small></p>")
        raw("<div class=\"plots\">")
        plot(height: height) { out in
            out.grid(scale, ticks: ticks, height: height)
            var zero = SVGPath()
            zero.move(0, scale.position(of: 0))
            zero.line(TimeAxis.width, scale.position(of: 0))
            out.path("gM", zero)
            for end in [\ExperimentPoint.lower, \ExperimentPoint.upper] {
                var line = SVGPath()
                line.polyline(
                    row.points.compactMap { point in
                        point[keyPath: end].map {
                            Point(
                                across.position(of: Double(point.round)), scale.position(of: $0))
                        }
                    })
                out.path("lB", line)
            }
            // After few rounds the lines are hardly more than this.
            if let point = row.points.last, let lower = point.lower, let upper = point.upper {
                var bar = SVGPath()
                let x = across.position(of: Double(point.round))
                bar.move(x, scale.position(of: lower))
                bar.line(x, scale.position(of: upper))
                out.path("lB", bar)
            }
            var dots = SVGPath()
            for point in row.points {
                dots.dot(
                    across.position(of: Double(point.round)), scale.position(of: point.difference))
            }
            out.path("pt", dots)
        } labels: { out in
            let factor = row.statistic == .errorRate ? 1.0 : 100
            out.raw("<div class=\"y\">")
            for tick in ticks {
                out.raw("<span")
                out.placed("top", scale.position(of: tick), of: height)
                out.raw(">")
                out.text(
                    NumberText.tick(tick * factor) + (row.statistic == .errorRate ? " pp" : "%"))
                out.raw("</span>")
            }
            out.raw("</div>")
        }
        let roundTicks = across.ticks(6).filter { $0 >= 1 && $0 == $0.rounded() && $0 <= last }
        bottomLabels(roundTicks.map { (across.position(of: $0), "round \(Int($0))") })
        raw("</div></figure>")
    }

    /// The dots and the smallest difference that matters; an end far outside is cut off.
    private static func scale(_ row: ExperimentRow, margin: Double, height: Double) -> Scale {
        let values = row.points.map(\.difference)
        let low = min(values.min() ?? 0, -margin)
        let high = max(values.max() ?? 0, margin)
        let space = (high - low) / 4
        return Scale(.linear, low: low - space, high: high + space, start: height, end: 0)
    }

    private mutating func roundTable(_ experiment: Experiment) {
        let columns: [StaticString] = ["|Round", "Number", "Variant", "|To A", "|95 % interval"]
        chartTable(id: "experiment", columns: columns) { out in
            for row in experiment.rows {
                let text = ExperimentRowText(row, experiment)
                for point in row.points.suffix(ViewLimits.trendRows) {
                    out.raw("<tr><td class=n>")
                    out.text(NumberText.count(point.round))
                    out.raw("</td><td>")
                    out.text(text.name)
                    out.raw("</td><td>")
                    out.text(ExperimentSettings.letter(row.variant))
                    out.raw("</td><td class=n>")
                    out.text(text.difference(point.difference))
                    out.raw("</td><td class=n>")
                    out.text(text.interval(point))
                    out.raw("</td></tr>\n")
                }
            }
        }
    }
}

/// The words and numbers of a row.
private struct ExperimentRowText {
    private let row: ExperimentRow
    private let settings: ExperimentSettings
    private let unit: String?

    init(_ row: ExperimentRow, _ settings: ExperimentSettings, unit: String?) {
        self.row = row
        self.settings = settings
        self.unit = unit
    }

    init(_ row: ExperimentRow, _ experiment: Experiment) {
        self.init(row, experiment.settings, unit: experiment.unit)
    }

    private var isPoints: Bool { row.statistic == .errorRate }

    var name: String { GateLimit.name(of: row.statistic) }

    /// `B is better than A: mean −33.7% round by round`.
    var answer: String {
        let letter = ExperimentSettings.letter(row.variant)
        let change = row.difference.map { ": \(name) \(difference($0)), round by round" } ?? ""
        switch row.finding {
        case .better: return "\(letter) is better than A\(change)."
        case .worse: return "\(letter) is worse than A\(change)."
        case .equal:
            let margin = size(settings.margin(of: row.statistic))
            return "\(letter) and A are equal within \(margin)\(change)."
        case .open: return "Which of A and \(letter) is better is not settled\(change)."
        }
    }

    /// `95 % interval −36.0% to −29.4%, after 8 rounds.`
    var certainty: String {
        guard let last = row.points.last else { return "No round has this number of both." }
        let rounds = row.points.count
        return "95 % interval \(interval(last)), after \(NumberText.count(rounds))"
            + " round\(rounds == 1 ? "" : "s")."
    }

    var title: String { "\(name), \(ExperimentSettings.letter(row.variant)) to A" }

    func level(_ value: Double?) -> String {
        guard let value else { return "–" }
        switch row.statistic {
        case .errorRate: return NumberText.quantity(value, unit: "%")
        case .perSecond: return NumberText.quantity(value, unit: "/s")
        default: return NumberText.quantity(value, unit: unit)
        }
    }

    func difference(_ value: Double?) -> String {
        guard let value else { return "–" }
        return NumberFormat.page.signed(value) { size($0) }
    }

    private func size(_ value: Double) -> String {
        isPoints
            ? NumberFormat.page.fixed(value, digits: 2) + " pp"
            : NumberFormat.page.percent(share: value)
    }

    func interval(_ point: ExperimentPoint?) -> String {
        guard let point, point.lower != nil || point.upper != nil else { return "open" }
        let ends = [point.lower, point.upper].map { $0.map(difference) ?? "open" }
        return ends.joined(separator: " to ")
    }

    var finding: String {
        row.finding == .equal
            ? "Equal within \(size(settings.margin(of: row.statistic)))" : row.finding.words
    }
}
