/// The result of an index run: totals over all sessions.
package struct IndexReport: Sendable {
    package var sessions = 0
    package var segments = 0
    package var frames = 0
    package var events = 0
    package var badLines = 0
    package var badRegions = 0
    package var missingFrames = 0
    package var seconds = 0.0
    /// Hash over the digests of all sessions, 16 hex digits. Equal logs give equal digests.
    package var digest = ""
    /// Whether the run was stopped before it had folded everything. The next run continues.
    package var isInterrupted = false
    /// Why the index was not written, or not all of it; `nil` if it was. The numbers are right all
    /// the same, and the next run makes up for it.
    package var unsaved: Unsaved?
    package var isSaved: Bool { unsaved == nil }
    /// Messages about what could not be read or written.
    package var problems: [String] = []

    package enum Unsaved: Sendable, Hashable {
        /// Another process holds the lock of the index: it saves.
        case held
        /// What failed first. `problems` has all messages.
        case failed(String)
    }

    package init() {}
}

/// The progress of an index run.
package struct IndexProgress: Sendable {
    package var sessionsDone: Int
    package var sessions: Int
    /// Events folded in this run.
    package var events: Int
    /// Bytes of segment files folded in this run, compressed as they are.
    package var bytesDone: Int
    /// Bytes of segment files to fold in this run.
    package var bytes: Int
    /// Since the start of the run.
    package var seconds: Double
}

/// The options of an index run.
struct IndexRunOptions: Sendable {
    var rebuild: Bool
    var progress: (@Sendable (IndexProgress) -> Void)?
    var isStopped: @Sendable () -> Bool
}
