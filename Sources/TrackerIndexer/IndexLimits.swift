/// Every limit of the index in one place, with its reason.
package enum IndexLimits {
    /// Series (metric and labels of a run) kept apart in one session: beyond it a label holds
    /// something unbounded, like a user id, and memory must not follow. What is over goes to one
    /// overflow series.
    package static let maxSeriesPerSession = 10_000
    /// Metrics of runs with their own curve over time; each may hold a histogram a second.
    package static let maxTimelinesPerSession = 4_000
    /// Time buckets of all curves of a session together; then the longest have half as many, and so
    /// on. About 40 MiB at worst.
    package static let maxTimeBucketsPerSession = 250_000
    /// What a curve may have when there are as many curves as may be.
    static let fewestTimeBuckets = maxTimeBucketsPerSession / maxTimelinesPerSession
    /// Runs listed one by one in a session: 48 days of a run every seven minutes.
    package static let maxRunsPerSession = 10_000
    /// Notes and other edits kept in one session.
    package static let maxEditsPerSession = 10_000
    /// A file of the index that is larger was not written by this program, and is made anew.
    package static let maxIndexFileBytes = 256 << 20
    /// The same of its text, where it is compressed.
    package static let maxIndexTextBytes = 1 << 30
    /// How much of a session's files is folded before anything else is looked at: a signal to stop,
    /// the time to save. Under a tenth of a second, also where lines take two bytes each.
    static let foldStepBytes = 2 << 20
    /// With more sessions than this for each thread, all threads are busy anyway.
    static let fewSessionsPerThread = 8
    /// Smaller sessions are folded by one thread: merging costs as much.
    static let fewestSharedBytes = 8 << 20
    /// Of a session that all threads fold: segments for each, then what they made is merged.
    static let segmentsPerThread = 4
    /// A curve has at most this many buckets; then their width doubles. 20 minutes at one second.
    package static let maxTimeBuckets = 1_200
    /// The narrowest time bucket.
    package static let baseBucketMs = 1_000
    /// Times are folded into years 1970 to 9999; what is outside is held at the nearest end.
    package static let maxTimestampMs = 253_402_300_799_000.0
    /// Changes behind the rows of a catalogue, before it is written anew: below this reading them
    /// takes no time, beyond it at most as long as the rows themselves.
    static let fewCatalogBytes = 64 << 10
    /// Folders of sessions that a thread looks at before it takes more: fewer keep threads equally
    /// busy, more open the folder above less often.
    static let sessionsPerLook = 64
    /// Points of the small curve in the session list: one a pixel pair.
    package static let sparklinePoints = 48
    /// A line of a state file that says what follows. The longest lists the bad regions of a
    /// segment, as many as `LogLimits.maxListedRegions`, and takes a tenth of it.
    package static let maxStateFileLineBytes = 2 << 20
}
