package import TrackerLog

/// One session, brought up to date: its snapshot is loaded, what is newer in its files is folded
/// step by step, and a summary, a row of the catalogue and a new snapshot are made of it.
///
/// Whoever needs the numbers of a session goes this way. An index run, the live index, a page and
/// `tracker merge` differ in how much they fold at a time, and in whether they save.
/// Used by one thread at a time.
package final class SessionLoad {
    package let index: SessionIndex
    private let storage: any Storage

    /// Loads the snapshot of a session, or begins with nothing where there is none.
    /// - Parameter rebuild: whether to begin with nothing all the same.
    package convenience init(
        _ key: DataFolder.SessionKey, rebuild: Bool = false, in storage: any Storage
    ) {
        let loaded =
            rebuild ? nil : Snapshot.load(user: key.user, session: key.session, from: storage)
        self.init(loaded ?? SessionIndex(user: key.user, session: key.session), in: storage)
    }

    /// Goes on from what is folded.
    init(_ index: SessionIndex, in storage: any Storage) {
        self.index = index
        self.storage = storage
    }

    /// Folds one step: about as much as the strategy takes at a time. What is left stands in the
    /// index's `unreadBytes`.
    /// - Parameters:
    ///   - listing: of the session's folder.
    ///   - progress: see `FoldStrategy`.
    /// - Returns: whether anything changed.
    @discardableResult
    func step(
        _ listing: SessionListing, with strategy: some FoldStrategy,
        progress: @Sendable (_ bytes: Int, _ events: Int) -> Void = { _, _ in }
    ) -> Bool {
        strategy.fold(index, listing, in: storage, folded: progress)
    }

    /// Folds step by step until nothing is left that can be read.
    /// - Parameter shouldContinue: asked between two steps. `false` leaves the rest unread.
    package func foldAll(
        _ listing: SessionListing, with strategy: some FoldStrategy,
        progress: @Sendable (_ bytes: Int, _ events: Int) -> Void = { _, _ in },
        shouldContinue: () -> Bool = { true }
    ) {
        while true {
            let before = (index.foldedBytes, index.unreadBytes)
            step(listing, with: strategy, progress: progress)
            // A file that cannot be read does not keep the others from the page.
            guard index.unreadBytes > 0, before != (index.foldedBytes, index.unreadBytes),
                shouldContinue()
            else { return }
        }
    }

    /// What a save came to.
    struct Saved {
        /// See `SessionIndex.digest`: of what was folded, whether or not it was saved.
        var digest: UInt64
        /// Without its snapshot the session is folded again next time. Its numbers are right all
        /// the same: the log is the truth.
        var problem: StorageError?
    }

    /// Writes the snapshot.
    /// - Parameters:
    ///   - writes: `false` only computes the digest: somebody else keeps the index.
    ///   - isAlone: see `Snapshot.save`.
    func save(writes: Bool = true, isAlone: Bool = true) -> Saved {
        let encoded = index.state.encoded()
        guard writes else { return Saved(digest: encoded.contentHash) }
        do throws(StorageError) {
            try Snapshot.save(index, state: encoded.text, in: storage, isAlone: isAlone)
            return Saved(digest: encoded.contentHash)
        } catch {
            return Saved(digest: encoded.contentHash, problem: error)
        }
    }

    /// - Parameter withSeries: see `SessionState.summary`. A row of the catalogue needs none.
    package func summary(withSeries: Bool = true) -> SessionSummary {
        index.summary(now: .now, in: storage, withSeries: withSeries)
    }

    /// The catalogue's row of a summary.
    /// - Parameters:
    ///   - listing: that was folded.
    ///   - digest: `nil` while the session is not saved.
    func record(
        of summary: SessionSummary, _ listing: SessionListing, digest: UInt64?
    ) -> CatalogRecord {
        CatalogRecord(
            entry: CatalogEntry(summary), stamp: index.isSettled(summary) ? listing.stamp : nil,
            digest: digest, segments: index.segments, frames: index.frames)
    }
}

extension SessionIndex {
    /// The session as it is now: its snapshot, and what is newer folded in memory. Nothing is
    /// written.
    package static func current(
        _ user: UserID, _ session: SessionID, in storage: any Storage
    ) throws(StorageError) -> SessionIndex {
        let listing = try SessionListing(user, session, in: storage)
        let load = SessionLoad(DataFolder.SessionKey(user: user, session: session), in: storage)
        load.foldAll(listing, with: FoldTools())
        return load.index
    }
}
