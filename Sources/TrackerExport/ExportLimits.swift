/// Every limit of the exports, with its reason.
package enum ExportLimits {
    /// Bytes that are handed on at once: large enough for a system call, small in memory.
    static let pieceBytes = 256 << 10
    /// Columns of labels of a table: spreadsheets take 16,384 columns, and nobody reads as many.
    package static let maxLabelColumns = 1_000
    /// Significant digits of an HdrHistogram: its steps are then finer than the log's buckets, so
    /// that each value stays in its bucket.
    static let hdrDigits = 3
    /// The largest value that HdrHistogram's 63 bits and three digits can hold.
    static let maxHdrValue = Double(1 << 62)
    /// Rows for each halving of the distance to 100 % in a table of percentiles: what HdrHistogram
    /// itself writes by default.
    static let percentileTicks = 5
    /// The size of a page that is a file: what mail and issue trackers take without a word.
    package static let reportBytes = 300_000
    /// Bytes of lines that are compressed to see whether they fit into a page. Samples take about
    /// ten bytes each, compressed: more than this never fits.
    static let maxEmbeddedLines = 16 << 20
    /// Of zstd: its smallest output without much memory for who reads it.
    static let embeddedLevel: Int32 = 19
    /// Sessions of one export: each summary is held in memory.
    package static let maxSessions = 1_000
}
