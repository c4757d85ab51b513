/// Every limit of the log, with its reason. `docs/FORMAT.md` quotes these.
public enum LogLimits {
    /// Bounds the one compressed frame that a reader holds in memory.
    public static let maxFrameBytes = 4 << 20
    /// A frame of 4,006 bytes can claim 131 MB: the size is checked before anything is
    /// decompressed.
    public static let maxFrameContentBytes = 16 << 20
    /// The largest window that every zstd decoder accepts by default.
    public static let maxWindowBytes = 8 << 20
    /// A line is parsed as a whole, in memory.
    public static let maxLineBytes = 1 << 20
    /// Deeper JSON is an attack or a mistake; recursion stays small.
    public static let maxJSONDepth = 32
    /// Digits beyond this change no double.
    public static let maxNumberBytes = 256
    /// Labels identify a series: a line with more is a log record, not a sample.
    public static let maxLabels = 32
    /// In characters (Unicode scalars).
    public static let maxMetricLength = 128
    /// UTF-8 bytes of a run, unit, label name, tag or identity; longer ones are refused.
    public static let maxNameBytes = 1024
    /// Line templates (all but time and value) that a reader keeps, to compare lines instead of
    /// parsing them.
    public static let maxKnownTexts = 16_384
    /// Bytes of all templates together.
    public static let maxKnownTextBytes = 4 << 20
    /// The longest directory name of an id: file systems allow 255.
    public static let maxDirectoryNameBytes = 200
    /// Bytes that a reader may examine in vain for the next good frame before it gives up with
    /// `budget`: the search is quadratic on hostile files.
    public static let resynchroniseBudgetBytes = 16 << 20
    /// Candidate frames (occurrences of the magic number) that it may try, for the same reason.
    public static let resynchroniseBudgetCandidates = 1_000_000
    /// A writer starts a new segment at this size: small enough to copy, large enough to keep files
    /// few.
    public static let rotateAfterBytes = 64 << 20
    /// A writer starts a new segment at this age, so that a day's log is closed and can be
    /// archived.
    public static let rotateAfterSeconds = 24 * 60 * 60
    /// A segment without a lock and unchanged for this long counts as closed.
    public static let closedAfterSeconds = 10 * 60
    /// About this many events make a frame; larger frames hardly save bytes per event.
    public static let targetFrameEvents = 100
    /// A frame is written at least this often while events arrive.
    public static let targetFrameMilliseconds = 1_000
    /// A busy writer ends a frame at this much text: within the 64 KiB to 1 MiB that readers handle
    /// best.
    public static let targetFrameContentBytes = 256 << 10
    /// While so many `appendBatch` calls share a frame, more come at once: the next frame waits for
    /// them. Fewer callers than this never wait for each other.
    public static let fewestGatheredBatches = 4
    /// So long it waits: less than a disk takes to sync, and frames of three calls become frames of
    /// ten.
    public static let gatherMicroseconds = 500
    /// Bytes of batches that one of many sessions writes before the others have their turn: its
    /// frames take some milliseconds.
    static let maxRoundBytes = 1 << 20
    /// So many segments are synced one by one, each some milliseconds; more with one sync of the
    /// file system, which also writes what other programs have not synced.
    static let mostSingleSyncs = 8
    /// Segments that are synced at the same time: the disk commits them together.
    static let syncThreads = 8
    /// Level `interval`: `fdatasync` at most this long after the first unsynced frame.
    public static let syncIntervalMilliseconds = 500
    /// Queued bytes from which a writer applies its policy (`block` or `dropAndCount`).
    public static let maxQueuedBytes = 8 << 20
    /// Unsynced frames that a writer keeps in case their sync fails; beyond this it syncs at once.
    public static let maxUnsyncedBytes = 8 << 20
    /// How long the policy `block` may block the caller before the event is dropped and counted.
    public static let maxBlockMilliseconds = 5_000
    /// How long `appendBatch`, `flush` and `close` wait for a disk that does not answer before they
    /// throw `noAnswer`.
    public static let maxAnswerMilliseconds = 30_000
    /// How long `fork(2)` waits for the frame being written, because the child inherits the locks
    /// held for it. Bounded, so that a disk that hangs does not block the program.
    public static let maxForkWaitMilliseconds = 1_000
    /// Bytes of all waiting `appendBatch` calls: they pile up only when a disk does not answer.
    public static let maxWaitingBatchBytes = 64 << 20
    /// A program is notified of a disk problem at most this often.
    public static let noticeIntervalMilliseconds = 60_000
    /// Bad regions listed for each segment; the rest is only counted, so that reports stay
    /// readable.
    public static let maxListedRegions = 1_000
    /// Bad lines listed for each segment; the rest is only counted.
    public static let maxListedBadLines = 100
    /// A quantile needs this many samples beyond it before it means much; fewer are greyed.
    public static let fewSamplesBeyond = 10
}
