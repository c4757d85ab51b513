import Dispatch
import Synchronization
import TrackerLog

/// Folds many small sessions at once, on all threads, each while its folder is open.
///
/// Every other session it leaves to `LiveSessions.fold`: one that is large, that cannot be read, or
/// whose summary depends on the time.
struct SmallFolds: Sendable {
    typealias Key = DataFolder.SessionKey

    /// A session, with its row of the catalogue.
    typealias Session = IndexedSession

    let storage: any Storage
    let snapshots: SnapshotRule
    let threads: Int

    /// - Returns: the new rows, in any order. A session without one is to be folded by itself.
    func rows(of sessions: [Session]) -> [CatalogRecord] {
        let sessions = sessions.sorted { $0.key < $1.key }
        let parts = DataFolder.batches(of: sessions.map(\.key))
        let next = Atomic(0)
        let rows = Mutex<[CatalogRecord]>([])
        DispatchQueue.concurrentPerform(iterations: min(threads, parts.count)) { _ in
            let tools = FoldTools()
            while true {
                let part = next.add(1, ordering: .relaxed).oldValue
                guard part < parts.count else { return }
                let done = fold(sessions[parts[part]], tools)
                rows.withLock { $0 += done }
            }
        }
        return rows.withLock { $0 }
    }

    private func fold(_ sessions: ArraySlice<Session>, _ tools: FoldTools) -> [CatalogRecord] {
        var rows: [CatalogRecord] = []
        // try? is right here: what is not folded is folded by itself, and reports its error.
        try? DataFolder.listEach(sessions.map(\.key), in: storage) { index, result, opened in
            guard case .success(let entries) = result else { return }
            let session = sessions[sessions.startIndex + index]
            if let row = row(session, SessionListing(entries), opened, tools) { rows.append(row) }
        }
        return rows
    }

    private func row(
        _ session: Session, _ listing: SessionListing, _ opened: any Storage, _ tools: FoldTools
    ) -> CatalogRecord? {
        guard !snapshots.mayHaveSnapshot(listing, session.known) else { return nil }
        // Folded in the meantime: what is newly watched is looked at once more.
        if let known = session.known, known.entry.unreadBytes == 0, session.isUpToDate(listing) {
            return known
        }
        let load = SessionLoad(
            session.key, listing, known: session.known, snapshots: snapshots, in: opened)
        load.foldAll(listing, with: tools)
        guard load.index.isWhole, !snapshots.needsSnapshot(load.index) else { return nil }
        let row = load.record(
            of: load.summary(withSeries: false), listing, digest: load.save(writes: false).digest)
        return row.stamp == nil || row.entry.isRunning ? nil : row
    }
}
