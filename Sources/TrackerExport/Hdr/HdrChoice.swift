import TrackerIndexer
import TrackerLog

/// The one metric that a file of HdrHistogram holds, in each run that has it.
struct HdrChoice {
    let metric: String
    let unit: String?
    let curves: [(run: RunSummary, timeline: MetricTimeline)]
    /// Runs that have the metric in a unit that is not converted to this one.
    let unlikeRuns: Int

    /// - Parameter metric: `nil` takes the main metric of the newest run.
    init(_ selection: ExportSelection, metric: String?) throws(ExportError) {
        let runs = selection.runs.map(\.run)
        let first =
            metric.map { name in runs.lazy.reversed().compactMap { $0.timeline(of: name) }.first }
            ?? runs.lazy.reversed().compactMap(\.headline).first
        guard let first = first else { throw .noMetric(metric) }
        self.metric = first.metric
        unit = first.unit ?? MetricUnit.named(by: first.metric)
        curves = runs.compactMap { run in
            run.timeline(of: first.metric, in: first.unit).map { (run, $0) }
        }
        unlikeRuns = runs.count { $0.isUnlike(first.unit, of: first.metric) }
    }

    /// From the unit of the log to whole numbers: nanoseconds for times, bytes for sizes; `nil` for
    /// anything else.
    var scale: (factor: Double, name: String)? {
        guard let known = unit.flatMap(MetricUnit.init) else { return nil }
        switch known.dimension {
        case "time": return (Double(known.size), "nanoseconds")
        case "bytes": return (Double(known.size), "bytes")
        default: return nil
        }
    }
}
