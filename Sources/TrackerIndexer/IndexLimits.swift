import TrackerLog

/// All limits of the index, with their reasons.
package enum IndexLimits {
    /// Characters of a filter of the session list that come from a browser or a program; nobody
    /// types a longer one.
    package static let maxQueryCharacters = 500
    /// Words of such a filter: each is looked for in every session of the list.
    package static let maxQueryWords = 20
    /// Separate series (metric and labels of a run) in one session. A log with more has a label
    /// with unbounded values, like a user id, and memory must not grow with it. All further series
    /// share one overflow accumulator.
    package static let maxSeriesPerSession = 10_000
    /// A series has no longer run, metric, unit and labels together: with the most series that is
    /// 40 MiB, and no label may take all memory. Longer ones share the overflow accumulator.
    package static let maxSeriesKeyBytes = 4 << 10
    /// What the overflow holds, for people.
    package static let overflowText =
        "series beyond the \(NumberFormat.grouped.count(maxSeriesPerSession)) kept of a session, or"
        + " with names and labels of more than \(NumberFormat.grouped.count(maxSeriesKeyBytes))"
        + " bytes, together"
    /// Samples of runs whose numbers are not kept, for people.
    package static func uncountedText(_ samples: Int) -> String {
        let (all, limit) = (NumberFormat.grouped, maxTotalBytesPerSession >> 20)
        return "\(all.count(samples)) samples are in no number of a metric of a run: the numbers"
            + " of all runs take more than \(limit) MiB, and those of some metrics of some runs"
            + " are left out; `tracker cat` has them"
    }
    /// Curves over time, one per metric of a run; each may have a histogram per second. Of more,
    /// each is kept as one histogram, without its course over time.
    package static let maxTimelinesPerSession = 4_000
    /// Memory of these histograms with their names, about: twice what thirteen metrics of a run
    /// every five minutes take in a month.
    package static let maxTotalBytesPerSession = 192 << 20
    /// Events folded between two looks at what they take.
    static let eventsPerTotalsCheck = 64 << 10
    /// Time buckets of all curves of a session together. With more, the longest curves are halved,
    /// repeatedly. About 40 MiB at worst.
    package static let maxTimeBucketsPerSession = 250_000
    /// Time buckets that a curve may have even with the maximum number of curves.
    static let fewestTimeBuckets = maxTimeBucketsPerSession / maxTimelinesPerSession
    /// Runs listed one by one in a session: 48 days of a run every seven minutes.
    package static let maxRunsPerSession = 10_000
    /// A line of a run that was read and is no longer than this cannot be too long when it is
    /// written again: each of its bytes becomes six at most, and the names of fields that it left
    /// out fit into the rest.
    static let maxSurelyShortLineBytes = (LogLimits.maxLineBytes - 1_024) / 6
    /// Notes and other edits kept in one session.
    package static let maxEditsPerSession = 10_000
    /// What the details of all runs of a session take in memory, about: parameters, environment and
    /// what was reported, six kilobytes for each of the most runs, and those of a run of
    /// `tracker load` take two. Of further runs the short ones are kept: see `RunTable`.
    package static let maxDetailBytesPerSession = 64 << 20
    /// Each value of the details counts so much beside its text: it is a node of a tree.
    static let bytesPerDetail = 64
    /// Details of a run that are kept in any case, those that come first and fit: what a report of
    /// the guide says of itself. For the most runs together 40 MiB.
    package static let maxShortDetailBytes = 4 << 10
    /// Texts of the edits of a session together: of the most edits each a long paragraph.
    package static let maxEditBytesPerSession = 16 << 20
    /// Summaries that stay in memory: those written or read most recently.
    static let maxKeptSummaries = 64
    /// What they take, about, but for the latest: one with the most runs and curves may take as
    /// much by itself, and 64 of those would fill most machines.
    static let maxSummaryBytes = 256 << 20
    /// Edits that are not kept, for people.
    package static func unkeptEditsText(_ edits: Int) -> String {
        let (all, limit) = (NumberFormat.grouped, maxEditBytesPerSession >> 20)
        return "\(all.count(edits)) earlier notes or other edits are left out: the latest"
            + " \(all.count(maxEditsPerSession)) that take no more than \(limit) MiB are kept;"
            + " `tracker cat` has them"
    }
    /// Metrics whose meaning a session declares: as many as it has curves, at a few hundred bytes.
    package static let maxDeclaredMetrics = 4_000
    /// Why a generator may have been the limit of a run: `tracker load` writes half of it.
    static let maxGeneratorReason = 300
    /// What disturbed a run: the kinds that `tracker load` knows.
    static let maxDisturbances = 32
    /// Why a run failed, in the session list: a line or two. Each row of the list holds it.
    static let maxFailureCharacters = 200
    /// A session of at most so many bytes of segments, so many files and so many events gets no
    /// snapshot: it is read again, which costs less than a file for each of very many sessions.
    package static let maxBytesWithoutSnapshot = 16 << 10
    package static let maxFilesWithoutSnapshot = 4
    package static let maxEventsWithoutSnapshot = 2_000
    /// A larger index file was not written by this program; it is rebuilt.
    package static let maxIndexFileBytes = 256 << 20
    /// The same for the decompressed text.
    package static let maxIndexTextBytes = 1 << 30
    /// Bytes of a session's files folded between two checks for a stop signal or a save that is
    /// due. Less than a tenth of a second, even with lines of two bytes.
    static let foldStepBytes = 2 << 20
    /// A step is at least so large for each thousand files of the session: it looks through the
    /// list of all files, so more files have to mean larger steps, or the whole would cost their
    /// square.
    private static let stepBytesPerThousandFiles = 256 << 10

    static func fewestStepBytes(files: Int) -> Int { files / 1_000 * stepBytesPerThousandFiles }

    /// Opening a file takes as long as folding about so many bytes.
    static let fileStepBytes = 4 << 10
    /// With more sessions per thread than this, all threads are busy anyway.
    static let fewSessionsPerThread = 8
    /// Smaller sessions are folded by one thread: merging would cost as much.
    static let fewestSharedBytes = 8 << 20
    /// Segments per thread that are folded in parallel before the states are merged; more if they
    /// are small.
    static let segmentsPerThread = 4
    /// Bytes per thread that small segments are folded up to before the states are merged: about a
    /// second.
    package static let bytesPerThread = 16 << 20
    /// Buckets of a curve; with more, their width doubles. 20 minutes at one second.
    package static let maxTimeBuckets = 1_200
    /// The narrowest time bucket.
    package static let baseBucketMs = 1_000
    /// Times are clamped to the years 1970 to 9999.
    package static let maxTimestampMs = 253_402_300_799_000.0
    /// 2000-01-01. Before it, a clock was never set, or seconds were taken for milliseconds.
    static let earliestPlausibleMs = 946_684_800_000.0
    /// 2100-01-01. From then on, a clock is wrong, or microseconds were taken for milliseconds.
    static let endOfPlausibleMs = 4_102_444_800_000.0
    /// How much later than its header an event may be stamped: clocks differ, and time zones are
    /// mistaken, by up to 14 hours.
    static let plausibleLeadMs = 86_400_000.0
    /// A section of fewer lines has no neighbours to judge a line by.
    static let fewestLinesForStray = 10
    /// One line of so many may be far from the others: more are not strays.
    static let linesForStray = 50
    /// Lines of a section that may wait until it has been read: each is parsed twice.
    static let maxStrayLines = 1_000
    /// Lines at the beginning of a section that say when it was measured.
    static let linesThatDate = 32
    /// Changes appended to the catalogue before it is rewritten. Reading less than this takes no
    /// time; above it, changes may grow to the size of the rows.
    static let fewCatalogBytes = 64 << 10
    /// A save of more rows than these, and than half of all, rewrites the catalogue.
    static let fewCatalogRows = 256
    /// Session folders that a thread checks before it takes more. Fewer balance the threads better,
    /// more open the parent folder less often.
    static let sessionsPerBatch = 64
    /// What the targets of a session take in its row of the list, and its tags, commits and tests
    /// each: some hundred of them. A server holds all rows, and each run may name others.
    package static let maxRowNameBytes = 8 << 10
    /// What each counts beside its text.
    static let bytesPerRowName = 16
    /// Of a session's name, and of that of a reported number, in its row: it is read in a list.
    package static let maxRowTextBytes = 1 << 10
    /// Points of the small curve in the session list: one per two pixels.
    package static let sparklinePoints = 48
    /// A header line of a state file. The longest lists `LogLimits.maxListedRegions` bad regions
    /// and takes a tenth of this.
    package static let maxStateFileLineBytes = 2 << 20
    /// A note or reason is read on a page and in a terminal; a longer text is a file.
    package static let maxEditBytes = 64 << 10
    /// A clock that is further ahead is wrong: no edit is stamped after it.
    static let maxEditClockLeadMs = 86_400_000.0
    /// Hex digits of an edit's id: two of a session are never the same by chance.
    package static let editIDDigits = 10
}
