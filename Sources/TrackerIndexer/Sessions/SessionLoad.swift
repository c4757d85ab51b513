package import TrackerLog

/// Brings one session up to date: loads its snapshot, folds step by step what is newer in its
/// files, then makes the summary, the row of the catalogue and the new snapshot.
///
/// The only way to the numbers of a session. An index run, the live index, a page and
/// `tracker merge` differ in how much they fold per step, and in whether they save.
/// Used by one thread at a time.
package final class SessionLoad {
    package let index: SessionIndex
    private let storage: any Storage
    private let snapshots: SnapshotRule
    /// Whether the session has a usable snapshot in the index.
    private var hasSnapshot: Bool

    /// Loads the snapshot of a session, or starts with an empty state if there is none.
    /// - Parameter rebuild: ignores the snapshot.
    package convenience init(
        _ key: DataFolder.SessionKey, rebuild: Bool = false,
        snapshots: SnapshotRule = .standard, in storage: any Storage
    ) {
        let loaded =
            rebuild ? nil : Snapshot.load(user: key.user, session: key.session, from: storage)
        self.init(
            loaded ?? SessionIndex(user: key.user, session: key.session),
            hasSnapshot: loaded != nil, snapshots: snapshots, in: storage)
    }

    /// As above, but does not look for the snapshot of a session that needs none.
    /// - Parameter known: its row of the catalogue.
    convenience init(
        _ key: DataFolder.SessionKey, _ listing: SessionListing, known: CatalogRecord?,
        rebuild: Bool = false, snapshots: SnapshotRule, in storage: any Storage
    ) {
        let mayHave = snapshots.mayHaveSnapshot(listing, known)
        self.init(key, rebuild: rebuild || !mayHave, snapshots: snapshots, in: storage)
    }

    /// Continues from a folded index.
    init(
        _ index: SessionIndex, hasSnapshot: Bool = false, snapshots: SnapshotRule = .standard,
        in storage: any Storage
    ) {
        self.index = index
        self.hasSnapshot = hasSnapshot
        self.snapshots = snapshots
        self.storage = storage
    }

    /// Folds one step, of the strategy's size. The rest is counted in the index's `unreadBytes`.
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

    /// Folds step by step until nothing readable is left.
    /// - Parameter shouldContinue: called between two steps. `false` leaves the rest unread.
    package func foldAll(
        _ listing: SessionListing, with strategy: some FoldStrategy,
        progress: @Sendable (_ bytes: Int, _ events: Int) -> Void = { _, _ in },
        shouldContinue: () -> Bool = { true }
    ) {
        while true {
            let before = (index.foldedBytes, index.unreadBytes)
            step(listing, with: strategy, progress: progress)
            // An unreadable file must not hide the others: stop once a step makes no progress.
            guard index.unreadBytes > 0, before != (index.foldedBytes, index.unreadBytes),
                shouldContinue()
            else { return }
        }
    }

    /// The result of a save.
    struct Saved {
        /// See `SessionIndex.digest`. Computed whether or not the snapshot was saved.
        var digest: UInt64
        /// Length of the state as text.
        var stateBytes: Int
        /// The snapshot could not be saved. The numbers are right all the same; the session is
        /// folded again next time.
        var problem: StorageError?
    }

    /// Writes the snapshot, or removes the one that it has loaded if the session needs none now.
    /// - Parameters:
    ///   - writes: `false` only computes the digest: another process holds the lock of the index.
    ///   - isAlone: see `Snapshot.save`.
    func save(writes: Bool = true, isAlone: Bool = true) -> Saved {
        let encoded = index.state.encoded()
        var saved = Saved(digest: encoded.contentHash, stateBytes: encoded.text.count)
        guard writes else { return saved }
        guard snapshots.needsSnapshot(index) else {
            if hasSnapshot { storage.removeIfThere(DataLayout.snapshot(index.user, index.session)) }
            hasSnapshot = false
            return saved
        }
        do throws(StorageError) {
            try Snapshot.save(index, state: encoded.text, in: storage, isAlone: isAlone)
            hasSnapshot = true
        } catch {
            saved.problem = error
        }
        return saved
    }

    /// - Parameter withSeries: see `SessionState.summary`. A row of the catalogue needs no series.
    package func summary(withSeries: Bool = true) -> SessionSummary {
        index.summary(now: .now, in: storage, withSeries: withSeries)
    }

    /// The catalogue's row of a summary.
    /// - Parameters:
    ///   - listing: the one that was folded.
    ///   - digest: `nil` while the session is not saved.
    func record(
        of summary: SessionSummary, _ listing: SessionListing, digest: UInt64?
    ) -> CatalogRecord {
        var entry = CatalogEntry(summary)
        entry.foldedBytes = index.foldedBytes
        entry.unreadBytes = index.unreadBytes
        return CatalogRecord(
            entry: entry, stamp: index.isSettled(summary) ? listing.stamp : nil,
            digest: digest, segments: index.segments, frames: index.frames)
    }
}

extension SessionIndex {
    /// The current state of a session: its snapshot, with newer events folded in memory. Writes
    /// nothing.
    package static func current(
        _ user: UserID, _ session: SessionID, in storage: any Storage
    ) throws(StorageError) -> SessionIndex {
        let listing = try SessionListing(user, session, in: storage)
        let load = SessionLoad(DataFolder.SessionKey(user: user, session: session), in: storage)
        load.foldAll(listing, with: FoldTools())
        return load.index
    }
}
