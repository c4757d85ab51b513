package import TrackerIndexer
package import TrackerLog

/// Everything recorded of one target: which sessions, which runs, which of them is the baseline.
///
/// Reads one session at a time: a history of any length needs the memory of its largest session.
/// Sessions that did not change since an earlier question are not opened for the same one again.
package struct TargetHistory: Sendable {
    package let target: String
    /// Sessions with a run of the target, newest first.
    package let sessions: [CatalogEntry]
    /// What could not be read, in words.
    package let problems: [String]
    private let storage: any Storage
    /// Of sessions whose files say the same at every look.
    private let stamps: [DataFolder.SessionKey: UInt64]

    /// - Parameters:
    ///   - user: whose sessions; `nil` takes everybody's.
    ///   - threads: sessions brought up to date at the same time.
    package init(
        target: String, user: UserID? = nil, in storage: any Storage, threads: Int
    ) throws(TargetError) {
        let records: [CatalogRecord]
        let report: IndexReport
        do throws(StorageError) {
            (records, report) = try Indexer(storage: storage, threads: threads).records()
        } catch {
            throw .storage(error)
        }
        let theirs = records.map(\.entry).filter { user == nil || $0.user == user }
        let sessions = theirs.filter { $0.targets.contains(target) }
        guard !sessions.isEmpty else {
            throw .unknownTarget(target, known: Set(theirs.flatMap(\.targets)).sorted())
        }
        self.target = target
        self.sessions = sessions
        self.storage = storage
        let settled = records.compactMap { record in record.stamp.map { (record.key, $0) } }
        stamps = Dictionary(settled) { first, _ in first }
        problems = report.problems
    }

    /// What one session says of the target.
    package func runs(of entry: CatalogEntry) throws(TargetError) -> TargetSession {
        try runs(ofKey: DataFolder.SessionKey(user: entry.user, session: entry.session))
    }

    func runs(ofKey key: DataFolder.SessionKey) throws(TargetError) -> TargetSession {
        do throws(StorageError) {
            let index = try SessionIndex.current(key.user, key.session, in: storage)
            return TargetSession(key, target, index, in: storage)
        } catch {
            throw .storage(error)
        }
    }

    /// The metric that stands for the newest run that has one.
    func newestHeadline() throws(TargetError) -> String? {
        for entry in sessions where !entry.isArchived {
            let newestFirst = try runs(of: entry).runs.reversed()
            if let metric = newestFirst.lazy.compactMap(\.summary.headline?.metric).first {
                return metric
            }
        }
        return nil
    }

    /// What each session says of the target in short, newest first.
    ///
    /// Those that did not change since the last time come from a file of the index.
    func digests(
        metric: String?
    ) throws(TargetError) -> [(entry: CatalogEntry, digest: TargetSessionRuns)] {
        let file = TargetRunCache(target: target, metric: metric)
        let known = file.load(from: storage)
        var all: [(entry: CatalogEntry, digest: TargetSessionRuns)] = []
        // Those of other users too, who are not asked for now.
        var kept = known.filter { key, kept in stamps[key].map { $0 == kept.stamp } ?? false }
        for entry in sessions {
            let key = DataFolder.SessionKey(user: entry.user, session: entry.session)
            if let digest = kept[key] {
                all.append((entry, digest.session))
                continue
            }
            let session = try runs(of: entry)
            let digest = TargetSessionRuns(session, metric: metric)
            all.append((entry, digest))
            // What goes on may end without a change of its files.
            if let stamp = stamps[key], session.isSettled {
                kept[key] = TargetRunCache.Kept(stamp: stamp, session: digest)
            }
        }
        if kept != known { file.save(kept, in: storage) }
        return all
    }

    /// The runs that were pinned last, of all sessions.
    package func baseline() throws(TargetError) -> [TargetRun] {
        var newest: (pin: TargetSession.Pin, entry: CatalogEntry)?
        for (entry, digest) in try digests(metric: nil) {
            guard let pin = digest.pin, newest.map({ pin.at > $0.pin.at }) ?? true else {
                continue
            }
            newest = (pin, entry)
        }
        guard let newest else { throw .noBaseline(target) }
        return try runs(of: newest.entry).pinned(newest.pin)
    }

    /// All finished runs of a commit, oldest first, but those in `excluded`.
    /// - Parameter commit: its first digits, at least `TrendLimits.fewestCommitDigits`.
    package func runs(
        ofCommit commit: String, excluding excluded: Set<String> = []
    ) throws(TargetError) -> [TargetRun] {
        var found: [TargetRun] = []
        for (entry, digest) in try digests(metric: nil).reversed()
        where !entry.isArchived && digest.runs.contains(where: { $0.isOf(commit: commit) }) {
            found += try runs(of: entry).runs.filter {
                $0.isOf(commit: commit) && !excluded.contains($0.name)
            }
        }
        guard !found.isEmpty else { throw .noRuns(of: "commit \(commit)", target) }
        let commits = Set(found.compactMap(\.commit))
        for one in commits where commits.contains(where: { !TargetRun.isSame($0, one) }) {
            throw .ambiguousCommit(commit, commits.sorted())
        }
        return found
    }

    /// The newest groups of runs, newest first: runs of one session that have the same commit.
    /// - Parameter count: at most so many.
    package func newestGroups(
        _ count: Int, excluding excluded: Set<String> = []
    ) throws(TargetError) -> [[TargetRun]] {
        var groups: [[TargetRun]] = []
        for entry in sessions where !entry.isArchived {
            // Sessions are in the order of their starts, and one begun earlier may have the newer
            // run: those that were over before it are not looked into.
            if groups.count >= count {
                groups.sort { $0.started > $1.started }
                groups.removeSubrange(count...)
                if (entry.last ?? .epoch) < groups[count - 1].started { continue }
            }
            var runs = try runs(of: entry).runs.filter { !excluded.contains($0.name) }
            while let newest = runs.last {
                groups.append(runs.filter { $0.commit == newest.commit })
                runs.removeAll { $0.commit == newest.commit }
            }
        }
        groups.sort { $0.started > $1.started }
        return Array(groups.prefix(count))
    }
}

extension TargetSessionRuns.Run {
    fileprivate func isOf(commit: String) -> Bool {
        self.commit.map { TargetRun.isSame($0, commit) } ?? false
    }
}

extension [TargetRun] {
    /// Of the newest.
    fileprivate var started: Timestamp { compactMap(\.summary.started).max() ?? .epoch }
}
