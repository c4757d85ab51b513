/// What an index run found.
package struct IndexReport: Sendable {
    package var sessions = 0
    package var segments = 0
    package var frames = 0
    package var events = 0
    package var badLines = 0
    package var badRegions = 0
    package var missingFrames = 0
    package var seconds = 0.0
    /// 16 hex digits over the folded states of all sessions: equal logs give equal digests.
    package var digest = ""
    /// Whether it was told to stop: the rest is folded by the next run.
    package var isInterrupted = false
    /// Whether the index was written; not so while a server keeps it.
    package var isSaved = false
    /// What could not be read or written, in words.
    package var problems: [String] = []

    package init() {}
}

/// How far an index run is.
package struct IndexProgress: Sendable {
    package var sessionsDone: Int
    package var sessions: Int
    /// Folded in this run.
    package var events: Int
    /// Of the files, compressed.
    package var bytesDone: Int
    /// To fold in this run.
    package var bytes: Int
    /// Since the run began.
    package var seconds: Double
}

/// What an index run is asked to do.
struct IndexRunOptions: Sendable {
    var rebuild: Bool
    var progress: (@Sendable (IndexProgress) -> Void)?
    var isStopped: @Sendable () -> Bool
}
