/// Every limit of the log in one place, with its reason. `docs/FORMAT.md` quotes these.
public enum LogLimits {
    /// A reader holds one compressed frame in memory: this bounds it.
    public static let maxFrameBytes = 4 << 20
    /// A 4,006-byte frame can claim 131 MB: what a frame may become is bounded before it is
    /// decompressed.
    public static let maxFrameContentBytes = 16 << 20
    /// What every zstd decompresses without being asked to allow more.
    public static let maxWindowBytes = 8 << 20
    /// A line is parsed in one piece.
    public static let maxLineBytes = 1 << 20
    /// Deeper JSON is an attack or a mistake; recursion stays small.
    public static let maxJSONDepth = 32
    /// Longer numbers carry no information that a double keeps.
    public static let maxNumberBytes = 256
    /// Labels are part of a series' identity: more than this is a log line, not a label set.
    public static let maxLabels = 32
    /// In characters (Unicode scalars).
    public static let maxMetricLength = 128
    /// A run, unit, label name, tag or identity longer than this many UTF-8 bytes is refused.
    public static let maxNameBytes = 1024
    /// Texts of lines (all but time and value) that a reader remembers, to compare them instead of
    /// parsing.
    public static let maxKnownTexts = 16_384
    /// Their bytes.
    public static let maxKnownTextBytes = 4 << 20
    /// The longest directory name an id may become: file systems stop at 255.
    public static let maxDirectoryNameBytes = 200
    /// Rejected bytes a reader may look through for the next good frame before it stops and says
    /// so: looking for frames is quadratic on hostile files.
    public static let resynchroniseBudgetBytes = 16 << 20
    /// Positions that look like a frame's first four bytes, for the same reason.
    public static let resynchroniseBudgetCandidates = 1_000_000
    /// After this many bytes a writer begins a new segment: small enough to copy, few enough files.
    public static let rotateAfterBytes = 64 << 20
    /// After this long a writer begins a new segment, so that a day's log is closed and can be
    /// archived.
    public static let rotateAfterSeconds = 24 * 60 * 60
    /// A segment that nobody holds the lock of is closed when it is older than this.
    public static let closedAfterSeconds = 10 * 60
    /// About this many events make a frame; bytes per event hardly fall beyond it.
    public static let targetFrameEvents = 100
    /// A frame is written at least this often while events come in.
    public static let targetFrameMilliseconds = 1_000
    /// A busy writer cuts a frame at this much text, in the middle of the 64 KiB to 1 MiB that
    /// readers like.
    public static let targetFrameContentBytes = 256 << 10
    /// Level `interval`: `fdatasync` at most this long after the first unsynced frame.
    public static let syncIntervalMilliseconds = 500
    /// What a writer keeps in memory before its policy (`block` or `dropAndCount`) applies.
    public static let maxQueuedBytes = 8 << 20
    /// Frames a writer keeps for the case that their sync fails: beyond it, it syncs at once.
    public static let maxUnsyncedBytes = 8 << 20
    /// How long a `block` policy may hold the caller before the event is dropped and counted.
    public static let maxBlockMilliseconds = 5_000
    /// How long `appendBatch`, `flush` and `close` wait for a disk that says neither yes nor no:
    /// then the caller is told so and goes on.
    public static let maxAnswerMilliseconds = 30_000
    /// How long `fork(2)` in a program that logs waits for the frame that is being written, as the
    /// child inherits the locks taken for it: a disk that hangs must not keep the program.
    public static let maxForkWaitMilliseconds = 1_000
    /// What may wait in `appendBatch` at once: only a disk that gives no answer makes it grow.
    public static let maxWaitingBatchBytes = 64 << 20
    /// A program is told of a trouble of its disk at most this often.
    public static let noticeIntervalMilliseconds = 60_000
    /// Damage beyond this many places in one segment is counted, not listed: a report stays
    /// readable.
    public static let maxListedRegions = 1_000
    /// Bad lines beyond this many places in one segment are counted, not listed.
    public static let maxListedBadLines = 100
    /// A quantile needs this many samples beyond it before it means much; fewer are greyed.
    public static let fewSamplesBeyond = 10
}
