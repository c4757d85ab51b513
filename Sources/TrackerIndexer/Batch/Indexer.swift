package import TrackerLog

/// Updates the whole index, or rebuilds it.
package struct Indexer: Sendable {
    private let storage: any Storage
    private let threads: Int
    private let snapshots: SnapshotRule

    /// - Parameters:
    ///   - threads: the maximum number of threads that fold.
    ///   - snapshots: which sessions get a snapshot.
    package init(storage: any Storage, threads: Int, snapshots: SnapshotRule = .standard) {
        self.storage = storage
        self.snapshots = snapshots
        self.threads = max(1, threads)
    }

    /// - Parameters:
    ///   - rebuild: ignores all snapshots and folds the whole log.
    ///   - progress: called repeatedly, from any thread.
    ///   - isStopped: called repeatedly, from any thread. After it has returned `true`, the run
    ///     saves what is folded and ends.
    package func run(
        rebuild: Bool, progress: (@Sendable (IndexProgress) -> Void)? = nil,
        isStopped: @escaping @Sendable () -> Bool = { false }
    ) throws(StorageError) -> IndexReport {
        try update(
            IndexRunOptions(rebuild: rebuild, progress: progress, isStopped: isStopped)
        ).report
    }

    private func update(
        _ options: IndexRunOptions
    ) throws(StorageError) -> (records: [CatalogRecord], report: IndexReport) {
        let started = ContinuousClock.now
        let keys = try DataFolder.sessions(in: storage).sessions
        let attempt = IndexLock.attempt(storage)
        var unsaved: IndexReport.Unsaved?
        if case .failure(let failure) = attempt { unsaved = failure.reason }
        let saves = unsaved == nil
        var file = CatalogFile()
        let known = file.load(from: storage)
        let (sessions, gone) = IndexedSession.joined(keys, known)
        let work = IndexRun(
            storage: storage, sessions: sessions, threads: threads, options: options,
            saves: saves, snapshots: snapshots)
        work.run()
        var results = work.results
        results.changes += gone.map(CatalogChange.gone)
        let records = CatalogContent.merged(known, with: results.changes)
        if saves, options.rebuild { IndexFolder.removeDerived(in: storage) }
        if saves, !results.changes.isEmpty {
            let failures = save(results.changes, records, &file)
            results.problems += failures
            results.unsaved += failures
        }
        withExtendedLifetime(attempt) {}
        var report = Self.report(records, problems: results.problems, since: started)
        report.unsaved = unsaved ?? results.unsaved.first.map(IndexReport.Unsaved.failed)
        report.isInterrupted = results.isInterrupted
        return (records, report)
    }

    /// Updates the index and returns the session list, newest first.
    package func catalog() throws(StorageError) -> ([CatalogEntry], IndexReport) {
        let (records, report) = try update(
            IndexRunOptions(rebuild: false, progress: nil, isStopped: { false }))
        return (records.map(\.entry).sorted(by: CatalogEntry.isNewer), report)
    }

    /// Updates the index and returns the catalogue's record of each session, newest first.
    package func records() throws(StorageError) -> ([CatalogRecord], IndexReport) {
        let (records, report) = try update(
            IndexRunOptions(rebuild: false, progress: nil, isStopped: { false }))
        return (records.sorted { CatalogEntry.isNewer($0.entry, $1.entry) }, report)
    }

    private func save(
        _ changes: [CatalogChange], _ records: [CatalogRecord], _ file: inout CatalogFile
    ) -> [String] {
        for case .gone(let key) in changes {
            storage.removeIfThere(DataLayout.snapshot(key.user, key.session))
        }
        do throws(StorageError) {
            if try file.save(changes, all: { records }, in: storage) {
                let kept = records.filter(snapshots.needsSnapshot).map(\.key)
                IndexFolder.removeAll(except: Set(kept), in: storage)
            }
            return []
        } catch {
            return ["\(error)"]
        }
    }

    private static func report(
        _ records: [CatalogRecord], problems: [String],
        since started: ContinuousClock.Instant
    ) -> IndexReport {
        var report = IndexReport()
        report.sessions = records.count
        for record in records {
            report.segments = SaturatingCount.sum(report.segments, record.segments)
            report.frames = SaturatingCount.sum(report.frames, record.frames)
            report.events = SaturatingCount.sum(report.events, record.entry.eventCount)
            report.badLines = SaturatingCount.sum(report.badLines, record.entry.badLineCount)
            report.badRegions = SaturatingCount.sum(report.badRegions, record.entry.badRegionCount)
            report.missingFrames = SaturatingCount.sum(
                report.missingFrames, record.entry.missingFrames)
        }
        report.digest = digest(of: records)
        report.problems = problems
        report.seconds = (ContinuousClock.now - started) / .seconds(1)
        return report
    }

    /// - Parameter records: ordered by key.
    static func digest(of records: [CatalogRecord]) -> String {
        var text: [UInt8] = []
        for record in records {
            text.append(contentsOf: record.key.user.directoryName.utf8)
            text.append(0x2F)
            text.append(contentsOf: record.key.session.directoryName.utf8)
            text.append(contentsOf: " \(record.digest ?? 0)\n".utf8)
        }
        return XXHash64.hex(XXHash64.hash(text))
    }
}

extension CatalogRecord {
    package var key: DataFolder.SessionKey { entry.key }
}
