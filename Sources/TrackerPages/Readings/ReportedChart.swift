import TrackerIndexer
import TrackerLog

extension HTMLWriter {
    /// What the tools reported, run by run: hollow dots, because nothing was measured here.
    mutating func reportedChart(_ model: SessionModel) {
        guard let reported = model.reported else { return }
        let name = reported.metric
        let values = model.runs.compactMap { run -> (run: SessionModel.Run, value: Double)? in
            guard run.summary.state == .finished else { return nil }
            return run.summary.reportedNumber(name).map { (run, $0.value) }
        }
        guard values.count > 1 else { return }
        let shown = values.suffix(ViewLimits.fewDots)
        let unit = reported.number.unit
        let metric = MetricChoice(name: name, unit: unit, count: shown.count, isLatency: false)
        let numbers = shown.map(\.value)
        guard let low = numbers.min(), let high = numbers.max() else { return }
        let digits = NumberText.digits(low: low, high: high, unit: unit)
        let dots = shown.map { run, value in
            DotChart.Dot(
                value: value, label: run.name,
                title: "\(NumberText.quantity(value, unit: unit, digits: digits)), \(run.name)",
                link: model.path(metric: nil, run: run.summary.run))
        }
        let chart = DotChart(
            dots: dots, unit: unit,
            scale: LevelScale.scale(low: low, high: high, metric: metric, height: DotChart.height),
            isReported: true)
        let note =
            "one value a run, as the tool gave it"
            + (shown.count < values.count
                ? "; the newest \(shown.count) of \(NumberText.count(values.count))" : "")
        panel("by-run", title: "\(name) run by run", note: note) { out in
            out.dotChart(
                "by-run", chart,
                sentence: "\(NumberText.count(numbers.count)) runs, between"
                    + " \(NumberText.quantity(low, unit: unit, digits: digits)) and"
                    + " \(NumberText.quantity(high, unit: unit, digits: digits))."
                    + " The table has the numbers."
            )
        }
    }
}
