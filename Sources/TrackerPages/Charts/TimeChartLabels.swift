import TrackerIndexer
import TrackerLog

/// A mark on the chart for a note about a time.
struct TimePin: Sendable, Hashable {
    var at: Timestamp
    var text: String
}

/// Texts and links of the drawing.
struct TimeChartLabels: Sendable {
    var sentence: String
    var metric: MetricChoice
    var names: [String]
    /// Link to the page of each run alone.
    var links: [String]
    /// Whether each run ended abnormally.
    var flags: [Bool]
    var pins: [TimePin]
    /// Curves of the processes watched meanwhile.
    var processes: [ProcessCurve] = []
    /// Of a metric that is no latency: drawn instead of the percentiles.
    var level: LevelChart?
    /// Drawn instead of the percentiles.
    var heat: HeatMap?
    /// The column whose distribution is shown.
    var pinned: TimeChart.Point?
    /// The page in which columns can be pinned: the moment is put behind it.
    var pinPath: String?
    /// The requests per second that each run was asked for.
    var rates: [Double?] = []
    /// Whether errors have a plot.
    var hasErrors = true

    /// Which runs a column is of.
    func runText(_ runs: [Int]) -> String {
        guard let first = runs.first else { return NumberText.none }
        return runs.count == 1 ? names[first] : "\(runs.count) runs"
    }
}
