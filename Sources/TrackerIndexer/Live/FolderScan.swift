import TrackerLog

/// Compares the folders of all sessions with the rows of the catalogue, a part at a time, so that
/// sessions that somebody waits for are folded between the parts.
struct FolderScan {
    typealias Key = DataFolder.SessionKey
    typealias Instant = ContinuousClock.Instant

    /// Everything that was in the log at this time is seen by the scan.
    let startedAt: Timestamp
    private let sessions: [Key]
    private let parts: [Range<Int>]
    private var next = 0
    /// Time spent in the scan itself, without the folds between its parts.
    private(set) var took = Duration.zero

    /// - Parameter sessions: sorted.
    init(_ sessions: [Key], startedAt: Timestamp) {
        self.sessions = sessions
        self.startedAt = startedAt
        parts = DataFolder.batches(of: sessions)
    }

    var isComplete: Bool { next == parts.count }
    var sessionCount: Int { sessions.count }
    /// Sessions that are already compared.
    var comparedCount: Int { isComplete ? sessions.count : parts[next].lowerBound }

    /// Lists folders until the deadline, at least one batch of them.
    /// - Parameter body: called for each session whose folder could be listed.
    mutating func advance(
        until deadline: Instant, in storage: any Storage,
        _ body: (Key, SessionListing) -> Void
    ) {
        let started = ContinuousClock.now
        while !isComplete {
            let keys = Array(sessions[parts[next]])
            next += 1
            // try? is right here: the next scan finds that the user's folder is gone.
            try? DataFolder.listEach(keys, in: storage) { index, result, _ in
                if case .success(let entries) = result {
                    body(keys[index], SessionListing(entries))
                }
            }
            if ContinuousClock.now >= deadline { break }
        }
        took += ContinuousClock.now - started
    }
}
