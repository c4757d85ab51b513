/// Every limit of the importers, with its reason.
package enum ImportLimits {
    /// A format is recognised by this much of a file: enough for notes and prompts before a report.
    package static let headBytes = 64 << 10
    /// A line is held as a whole. OTLP writes an export of many metrics as one line.
    package static let maxLineBytes = 16 << 20
    /// Lines of one row of a table, where a quoted cell has line breaks: a quote that is never
    /// closed must not swallow the rest of a file.
    package static let maxRecordLines = 1_000
    /// A JSON document is held as a whole, and as values it takes many times its size.
    package static let maxDocumentBytes = 128 << 20
    /// Cells of a first row by which two rows in one line are told: one or two may be a heading.
    package static let minJoinedCells = 3
    /// Bytes of content for one byte of a compressed file. gzip reaches 1,032, and results of a
    /// load test about 60: beyond this it is a bomb.
    package static let maxRatio = 2_000
    /// The ratio is not looked at before this much: short files of one repeated line are real.
    package static let ratioFromBytes = 64 << 20
    /// The largest window of a zstd frame, as a power of two: 128 MiB, what `zstd -d` accepts.
    package static let maxWindowLog: Int32 = 27
    /// Bytes that an xz file may ask for: `xz -9` needs 65 MiB.
    package static let maxXZMemory: UInt64 = 128 << 20
    /// Decompressed bytes that are handed on at once.
    package static let pieceBytes = 256 << 10
    /// Losses that are listed with their place; the rest is only counted.
    package static let maxListedLosses = 20
    /// Runs of one file: a file of more is no list of test results.
    package static let maxRuns = 5_000
    /// Names of metrics listed in the loss report.
    package static let maxListedMetrics = 40
    /// Bytes of a label's value; URLs with a query can be of any length.
    package static let maxLabelBytes = 512
    /// Bytes of a text that an error or a loss quotes.
    package static let maxQuotedBytes = 80
    /// Bytes of a text, and members, that a run keeps where its line would be longer than the log
    /// takes.
    package static let maxLongTextBytes = 4 << 10
    package static let maxMembers = 100
    /// Sets of labels that a reader remembers, so that their text is read once.
    package static let maxKnownLabels = 16_384
    /// Series that are counted by second. The index lists 10,000 of a session; of the others the
    /// labels are left out.
    package static let maxCountedSeries = 20_000
    /// Distributions that are kept until their second is over.
    package static let maxOpenCounts = 20_000
    /// A sample may arrive this many seconds after those of its second were written.
    package static let countsSlackSeconds: Int64 = 30
    /// Rows that a reader keeps of one thread to find which are parts of another: a page with more
    /// embedded files than this is rare, and each costs a comparison with the others.
    package static let maxJMeterParts = 64
    /// Samples without a time that are kept until the first one that has it: such rows are few, or
    /// all of the file.
    package static let maxUntimedSamples = 10_000
    /// Routes whose reported numbers are kept with the run: all in one line of the log.
    package static let maxReportedParts = 200
    /// Requests of a status: a thousand million a second for thirty years.
    package static let maxCount = 1e18
    /// Points of a percentile spectrum: wrk2 prints fewer than 400.
    package static let maxSpectrumPoints = 10_000
    /// Texts that a binary log of Gatling numbers: names and messages, each once.
    package static let maxNumberedTexts = 262_144
    /// Nighthawk's lengths are seconds, Fortio's nanoseconds: no test lasts eleven days, and none
    /// of a millisecond has results.
    package static let maxNighthawkSeconds = 1e6
    /// Bytes of one histogram of an HdrHistogram log, decompressed: five digits over the whole
    /// range of 64 bits take 55 MiB as fixed counts, three digits 1 MiB. Beyond it is a bomb.
    package static let maxHistogramBytes = 64 << 20
    /// Seconds since 1970 that no test has, but milliseconds do: the year 5138.
    package static let maxEpochSeconds = 1e11
    /// Series of a file whose last value is remembered, to subtract it from the next.
    package static let maxKnownSeries = 100_000
    /// Spans that are recognised when they come again: an exporter sends those anew that it got no
    /// answer for.
    package static let maxKnownSpans = 100_000
    /// Messages within one of protobuf: each is a value of some 40 bytes while its list is read,
    /// and an empty one takes two bytes of the body.
    package static let maxWireMessages = 2_000_000
    /// Attributes of a resource, point or span that are read: SDKs send 128 at most. Each is
    /// compared with those before it.
    package static let maxAttributes = 128
    /// Bars of one histogram, positive or negative: SDKs make 160 at most.
    package static let maxBars = 2_000
    /// Buckets of the log that one histogram of wider bars may become: 8,192 take all from
    /// 1 to 2^64. More do not fit into a line of the log, and no time or size is spread so far.
    package static let maxBucketsOfBars = 16_384
    /// Times of the last points of a series that counts nothing up, to find one that came twice.
    package static let rememberedTimes = 8
    /// A series whose last point is this much older than the newest one makes place for another,
    /// once there are too many.
    package static let seriesIdleMs = 3_600_000.0
    /// Bytes of a file that is read as a whole because its reader has no smaller piece: the XML of
    /// Taurus has a few kilobytes for each label.
    package static let maxWholeFileBytes = 16 << 20
    /// Events that name a session and are kept until its import ends, so that one which was
    /// interrupted has no name: a person renames a session a few times.
    package static let maxHeldNames = 1_000
    /// Columns of a row of the guide's table, all texts together: a report of `POST /api/track` has
    /// at most 8 MiB.
    package static let maxTableRowBytes = 16 << 20
}
