package import TrackerIndexer
package import TrackerLog

/// Everything recorded for one target: its sessions, their runs, the baseline.
///
/// Reads one session at a time: a history of any length needs the memory of its largest session.
/// Sessions that did not change since the same query are not opened again: see `TargetRunCache`.
package struct TargetHistory: Sendable {
    package let target: String
    /// Sessions with a run of the target, newest first.
    package let sessions: [CatalogEntry]
    /// What could not be read, as text.
    package let problems: [String]
    private let storage: any Storage
    /// Stamps of the sessions whose summary depends on their files alone.
    private let stamps: [DataFolder.SessionKey: UInt64]

    /// - Parameters:
    ///   - user: the owner of the sessions; `nil` takes those of all users.
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
        let entries = records.map(\.entry).filter { user == nil || $0.user == user }
        let sessions = entries.filter { $0.mayHave(target: target) }
        guard !sessions.isEmpty else {
            throw .unknownTarget(target, known: entries.flatMap(\.targets).distinctSorted)
        }
        self.target = target
        self.sessions = sessions
        self.storage = storage
        let settled = records.compactMap { record in record.stamp.map { (record.key, $0) } }
        stamps = Dictionary(settled) { first, _ in first }
        problems = report.problems
    }

    /// The runs of the target in one session.
    package func runs(of entry: CatalogEntry) throws(TargetError) -> TargetSession {
        try runs(ofKey: entry.key)
    }

    func runs(ofKey key: DataFolder.SessionKey) throws(TargetError) -> TargetSession {
        do throws(StorageError) {
            let index = try SessionIndex.current(key.user, key.session, in: storage)
            return TargetSession(key, target, index, in: storage)
        } catch {
            throw .storage(error)
        }
    }

    /// The headline metric of the newest run that has one; where nothing was measured, the number
    /// that stands for the newest run that reports any.
    func newestHeadline() throws(TargetError) -> String? {
        var reported: String?
        for entry in sessions where !entry.isArchived {
            let newestFirst = try runs(of: entry).runs.reversed()
            if let metric = newestFirst.lazy.compactMap(\.summary.headline?.metric).first {
                return metric
            }
            reported =
                reported ?? newestFirst.lazy.compactMap(\.summary.mainReported?.name).first
        }
        return reported
    }

    /// A session, and the runs of the target in it.
    typealias Digest = (entry: CatalogEntry, digest: TargetSessionRuns)

    /// The runs of the target in each session, without their samples; newest session first.
    ///
    /// Sessions that did not change since the last time come from `TargetRunCache`.
    /// - Parameter isEnough: asked of each session; no older one is looked at once it says so.
    func digests(
        metric: String?, until isEnough: (TargetSessionRuns) -> Bool = { _ in false }
    ) throws(TargetError) -> [Digest] {
        let file = TargetRunCache(target: target, metric: metric)
        let known = file.load(from: storage)
        var all: [Digest] = []
        // Includes other users' sessions, which this query may not cover.
        var kept = known.filter { key, kept in stamps[key].map { $0 == kept.stamp } ?? false }
        for entry in sessions {
            let key = entry.key
            if let digest = kept[key] {
                all.append((entry, digest.session))
                if isEnough(digest.session) { break }
                continue
            }
            let session = try runs(of: entry)
            let digest = TargetSessionRuns(session, metric: metric)
            // What was made in a hurry must not be kept.
            guard !WorkBudget.hasStopped else { throw .outOfTime }
            all.append((entry, digest))
            // A running run may end without a change of the session's files.
            if let stamp = stamps[key], session.isSettled {
                kept[key] = TargetRunCache.Kept(stamp: stamp, session: digest)
            }
            if isEnough(digest) { break }
        }
        if kept != known { file.save(kept, in: storage) }
        return all
    }

    /// The runs of the target that were left out, newest session first; without archived sessions.
    package func leftOut() throws(TargetError) -> [LeftOutRun] {
        Self.leftOut(in: try digests(metric: nil))
    }

    /// The same, of digests that are at hand.
    static func leftOut(in digests: [Digest]) -> [LeftOutRun] {
        digests.filter { !$0.entry.isArchived }.flatMap { entry, digest in
            digest.leftOut.map { run in
                LeftOutRun(
                    key: entry.key, run: run.run, commit: run.commit, started: run.started,
                    why: run.why)
            }
        }
    }

    /// The runs of the newest pin in all sessions.
    package func baseline() throws(TargetError) -> [TargetRun] {
        var newest: (pin: TargetSession.Pin, entry: CatalogEntry)?
        for (entry, digest) in try digests(metric: nil) {
            guard let pin = digest.pin, newest.map({ pin.isNewer(than: $0.pin) }) ?? true else {
                continue
            }
            newest = (pin, entry)
        }
        guard let newest else { throw .noBaseline(target) }
        // The pin before it must not count silently.
        guard !newest.entry.isArchived else {
            let key = newest.entry.key
            throw .baselineArchived(target, "\(key.user)/\(key.session)")
        }
        let session = try runs(of: newest.entry)
        let pinned = session.pinned(newest.pin)
        guard !pinned.isEmpty else {
            throw .baselineLeftOut(
                target,
                session.leftOut.first { newest.pin.run == nil || $0.run.isExactly(newest.pin.run) })
        }
        return pinned
    }

    /// All finished runs of a commit, oldest first, without those in `excluded`.
    /// - Parameter commit: its first digits, at least `TrendLimits.minCommitDigits`.
    package func runs(
        ofCommit commit: String, excluding excluded: Set<ExactText> = []
    ) throws(TargetError) -> [TargetRun] {
        var found: [TargetRun] = []
        for (entry, digest) in try digests(metric: nil).reversed()
        where !entry.isArchived && digest.runs.contains(where: { $0.isOf(commit: commit) }) {
            found += try runs(of: entry).runs.filter {
                $0.isOf(commit: commit) && !excluded.contains(ExactText($0.name))
            }
        }
        guard !found.isEmpty else { throw .noRuns(of: "commit \(commit)", target) }
        let commits = found.compactMap(\.commit).distinctSorted
        for one in commits where commits.contains(where: { !TargetRun.isSame($0, one) }) {
            throw .ambiguousCommit(commit, commits)
        }
        return found
    }

    /// The newest run that is not finished, if it was started after this.
    func newestUnfinished(after start: Timestamp) throws(TargetError) -> TargetRun? {
        var newest: TargetRun?
        for (entry, digest) in try digests(metric: nil)
        where !entry.isArchived
            && digest.unfinished.contains(where: { $0.started ?? .epoch > start })
        {
            for run in try runs(of: entry).unfinished {
                guard let started = run.summary.judgedStart, started > start,
                    started > newest?.summary.judgedStart ?? .epoch
                else { continue }
                newest = run
            }
        }
        return newest
    }

    /// The newest groups of runs, newest first: runs of one session that have the same commit.
    /// - Parameter count: the most groups to return.
    package func newestGroups(
        _ count: Int, excluding excluded: Set<ExactText> = []
    ) throws(TargetError) -> [[TargetRun]] {
        var groups: [[TargetRun]] = []
        for entry in sessions where !entry.isArchived {
            // Sessions are sorted by their start, and one that started earlier may have the newer
            // run. Sessions that ended before the oldest group kept so far are not read.
            if groups.count >= count {
                groups.sort { $0.started > $1.started }
                groups.removeSubrange(count...)
                if let last = entry.last, last < groups[count - 1].started { continue }
            }
            var runs = try runs(of: entry).runs.filter {
                !excluded.contains(ExactText($0.name))
            }
            while let newest = runs.last {
                groups.append(runs.filter { $0.commit.isExactly(newest.commit) })
                runs.removeAll { $0.commit.isExactly(newest.commit) }
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

extension RunSummary {
    /// By which a gate takes the newest run: where nothing tells when it was written, as it says,
    /// which is a doubt then (`GateDoubt.noTime`).
    var judgedStart: Timestamp? { listedStart ?? started }
}

extension [TargetRun] {
    /// The start of the newest run; `nil` if none has one.
    var newestStart: Timestamp? { compactMap(\.summary.judgedStart).max() }

    fileprivate var started: Timestamp { newestStart ?? .epoch }
}
