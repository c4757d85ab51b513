package import TrackerImport
package import TrackerLog

/// Why something could not be exported.
package enum ExportError: Error, Sendable, Hashable, CustomStringConvertible {
    case storage(StorageError)
    case sqlite(SQLiteError)
    /// The sessions have runs of the same name, and a file tells runs apart by their names alone.
    case sameRun(String)
    case tooManyLabels(Int)
    /// The format holds one metric, and the runs have none of that name.
    case noMetric(String?)
    /// What the format holds are times or sizes in whole numbers.
    case notHdr(metric: String, unit: String?)
    case nothing(String)

    package var description: String {
        switch self {
        case .storage(let error): "\(error)"
        case .sqlite(let error): "\(error)"
        case .sameRun(let run):
            "run \(run) is in more than one of the sessions, and the file tells runs apart by their"
                + " names: export one session at a time"
        case .tooManyLabels(let count):
            "the samples have more than \(count) names of labels, and each is a column: use"
                + " --format ndjson"
        case .noMetric(let name):
            (name.map { "no run has samples of the metric \($0)" } ?? "no run has samples")
                + ": `tracker show` lists the metrics"
        case .notHdr(let metric, let unit):
            "HdrHistogram holds whole nanoseconds or bytes, and \(metric) is in"
                + " \(unit ?? "no unit"): use --format hgrm, csv or ndjson"
        case .nothing(let what): what
        }
    }
}
