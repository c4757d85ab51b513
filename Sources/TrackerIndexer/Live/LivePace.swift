import Glibc
import TrackerLog

/// Intervals, time budgets and sizes of the live index.
enum LivePace {
    /// A running session is published at most this often; the eye follows no faster.
    static let publishInterval = Duration.milliseconds(200)
    /// File sizes are compared this often, to find changes that no watch reported.
    static let scanInterval = Duration.seconds(1)
    /// A scan or a publication of many rows is followed by a pause of at least this many times its
    /// duration.
    static let pauseFactor = 20
    /// After a crash, at most the events of this time are folded again.
    static let saveInterval = Duration.seconds(10)
    /// Snapshots that are due are looked for this often.
    static let saveCheckInterval = Duration.seconds(1)
    /// A save within a run is followed by a pause of at least this many times its duration: a
    /// snapshot grows with the files, and must not be most of the work.
    static let savePauseFactor = 20
    /// Bytes of a session folded per step: a few hundredths of a second.
    static let stepBytes = 1 << 20
    /// Time for which one pass folds sessions that somebody waits for.
    static let wantedBudget = Duration.milliseconds(100)
    /// Time for which one pass folds everything else, before it checks for changes again.
    static let foldBudget = Duration.milliseconds(150)
    /// Time for which one pass compares folders, before it folds what was found or asked for.
    static let scanBudget = Duration.milliseconds(50)
    /// Time for which one pass writes snapshots.
    static let saveBudget = Duration.milliseconds(30)
    /// An unfinished run is published again this often: its writer may be gone.
    static let refreshInterval = Duration.seconds(60)
    /// A session that takes long to fold and publish is published at intervals of at least this
    /// many times that, while nobody asks for it: the cost of a session with very many runs must
    /// not be most of the machine's work.
    static let publishPauseFactor = 10
    /// At the latest then, however long it takes.
    static let maxPublishInterval = Duration.seconds(5)
    /// While this server takes reports and nobody reads, a pass is followed by a pause of so many
    /// times its duration: the index then takes a quarter of a core from those who send, and what
    /// they wait for is not the index.
    static let intakePauseFactor = 3
    /// At the longest: an open page that follows the session waits for it.
    static let maxIntakePause = Duration.milliseconds(500)
    /// A reader waits this long for what was acknowledged before it asked: nobody notices less, and
    /// behind a session of gigabytes an answer that says what is missing is better than none.
    static let maxReaderWait = Duration.milliseconds(200)
    /// Sessions whose state stays loaded, to continue their fold: more than a person or a service
    /// writes to at the same time.
    static let maxLoadedSessions = 128
    /// Bytes of their states as text, as last saved. In memory a state takes a few times as much.
    static let maxLoadedBytes = 32 << 20
    /// Sessions whose folders are watched: those that were modified last. Some watches are left for
    /// the folders of users.
    static let maxWatchedSessions = FolderWatcher.maxWatches - 1_000
    /// Sessions of the backlog that are folded at once, while they are small: a hundredth of a
    /// second.
    static let backlogBatch = 512
    /// Threads that fold them. A server that starts has nobody else to work for.
    static let backlogThreads = max(1, min(sysconf(Int32(_SC_NPROCESSORS_ONLN)), 8))
    /// Rows that are published at once in any case. More wait until the pause after the last
    /// publication is over, because the list is put in order for them.
    static let fewRows = 16
}
