/// What can be written.
package enum ExportFormat: String, Sendable, CaseIterable {
    case csv
    case runsCSV = "runs-csv"
    case json, ndjson, openmetrics, hgrm, hlog, sqlite, postgresql
    case githubActionBenchmark = "github-action-benchmark"
    case githubActionBenchmarkBigger = "github-action-benchmark-bigger"
    case bencher

    /// Not for a terminal.
    package var isBinary: Bool { self == .sqlite }

    /// Made of the lines of the log, not of the summary.
    package var isOfEvents: Bool { self == .csv || self == .ndjson }
}
