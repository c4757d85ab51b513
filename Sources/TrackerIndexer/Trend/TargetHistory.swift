public import TrackerLog

/// Everything recorded of one target: which sessions, which runs, which of them is the baseline.
///
/// Reads one session at a time: a history of any length needs the memory of its largest session.
public struct TargetHistory: Sendable {
    public let target: String
    /// Sessions with a run of the target, newest first.
    public let sessions: [CatalogEntry]
    /// What could not be read, in words.
    public let problems: [String]
    private let storage: any Storage

    /// - Parameters:
    ///   - user: whose sessions; `nil` takes everybody's.
    ///   - threads: sessions brought up to date at the same time.
    public init(
        target: String, user: UserID? = nil, in storage: any Storage, threads: Int
    ) throws(TargetError) {
        let entries: [CatalogEntry]
        let report: IndexReport
        do throws(StorageError) {
            (entries, report) = try Indexer(storage: storage, threads: threads).catalog()
        } catch {
            throw .storage(error)
        }
        let theirs = entries.filter { user == nil || $0.user == user }
        let sessions = theirs.filter { $0.targets.contains(target) }
        guard !sessions.isEmpty else {
            throw .unknownTarget(target, known: Set(theirs.flatMap(\.targets)).sorted())
        }
        self.target = target
        self.sessions = sessions
        self.storage = storage
        problems = report.problems
    }

    /// What one session says of the target.
    public func runs(of entry: CatalogEntry) throws(TargetError) -> TargetSession {
        let key = DataFolder.SessionKey(user: entry.user, session: entry.session)
        do throws(StorageError) {
            let index = try SessionIndex.current(entry.user, entry.session, in: storage)
            return TargetSession(key, target, index, in: storage)
        } catch {
            throw .storage(error)
        }
    }

    /// The runs that were pinned last, of all sessions.
    public func baseline() throws(TargetError) -> [TargetRun] {
        var newest: (pin: TargetSession.Pin, runs: [TargetRun])?
        for entry in sessions {
            let session = try runs(of: entry)
            guard let pin = session.pin, newest.map({ pin.atMs > $0.pin.atMs }) ?? true else {
                continue
            }
            newest = (pin, session.pinned(pin))
        }
        guard let newest else { throw .noBaseline(target) }
        return newest.runs
    }

    /// All finished runs of a commit, oldest first, but those in `excluded`.
    /// - Parameter commit: its first digits, at least `TrendLimits.fewestCommitDigits`.
    public func runs(
        ofCommit commit: String, excluding excluded: Set<String> = []
    ) throws(TargetError) -> [TargetRun] {
        var found: [TargetRun] = []
        for entry in sessions.reversed() where !entry.isArchived {
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
    public func newestGroups(
        _ count: Int, excluding excluded: Set<String> = []
    ) throws(TargetError) -> [[TargetRun]] {
        var groups: [[TargetRun]] = []
        for entry in sessions where !entry.isArchived {
            // Sessions are in the order of their starts, and one begun earlier may have the newer
            // run: those that were over before it are not looked into.
            if groups.count >= count {
                groups.sort { $0.startedMs > $1.startedMs }
                groups.removeSubrange(count...)
                if (entry.lastMs ?? 0) < groups[count - 1].startedMs { continue }
            }
            var runs = try runs(of: entry).runs.filter { !excluded.contains($0.name) }
            while let newest = runs.last {
                groups.append(runs.filter { $0.commit == newest.commit })
                runs.removeAll { $0.commit == newest.commit }
            }
        }
        groups.sort { $0.startedMs > $1.startedMs }
        return Array(groups.prefix(count))
    }
}

/// One finished run of a target.
public struct TargetRun: Sendable {
    public var key: DataFolder.SessionKey
    public var summary: RunSummary

    /// `USER/SESSION#RUN`.
    public var name: String { "\(key.user)/\(key.session)#\(summary.run)" }
    public var commit: String? { summary.commit }

    /// Whether its commit begins with these digits, or is itself a shortened one of theirs.
    public func isOf(commit: String) -> Bool {
        self.commit.map { Self.isSame($0, commit) } ?? false
    }

    static func isSame(_ a: String, _ b: String) -> Bool {
        let (a, b) = (a.lowercased(), b.lowercased())
        return min(a.utf8.count, b.utf8.count) >= TrendLimits.fewestCommitDigits
            && (a.hasPrefix(b) || b.hasPrefix(a))
    }
}

extension [TargetRun] {
    /// Of the newest.
    fileprivate var startedMs: Double { compactMap(\.summary.startedMs).max() ?? 0 }
}

/// What one session says of a target.
public struct TargetSession: Sendable {
    /// A person said that these runs are the ones to compare with.
    struct Pin: Sendable {
        var atMs: Double
        /// `nil` pins all runs of the session.
        var run: String?
    }

    /// Finished ones, oldest first.
    public let runs: [TargetRun]
    /// Runs of the target that are not finished, or failed, or were stopped.
    public let unfinishedCount: Int
    public let isWhole: Bool
    /// The last that speaks of a finished run of the target.
    let pin: Pin?

    init(
        _ key: DataFolder.SessionKey, _ target: String, _ index: SessionIndex,
        in storage: any Storage
    ) {
        let summary = index.summary(nowMs: WallClock.nowMs(), in: storage)
        let all = summary.runs.filter { $0.target == target }
        let finished = all.filter { $0.state == .finished }.map { run in
            var run = run
            run.commit = run.commit ?? summary.commit
            return TargetRun(key: key, summary: run)
        }
        let names = Set(finished.map(\.summary.run))
        // `summary` has put the edits in the order of time.
        let pins = index.state.edits.filter { edit in
            edit.kind == .baseline && (edit.run.map(names.contains) ?? !names.isEmpty)
        }
        runs = finished
        unfinishedCount = all.count - finished.count
        isWhole = summary.health.isWhole && index.problem == nil
        pin = pins.last.map { Pin(atMs: $0.timestampMs, run: $0.run) }
    }

    func pinned(_ pin: Pin) -> [TargetRun] {
        runs.filter { pin.run == nil || pin.run == $0.summary.run }
    }
}

/// Why there is nothing to choose from.
public enum TargetError: Error, Sendable, Hashable, CustomStringConvertible {
    case storage(StorageError)
    case unknownTarget(String, known: [String])
    case noBaseline(String)
    case noRuns(of: String, String)
    case ambiguousCommit(String, [String])

    public var description: String {
        switch self {
        case .storage(let error): "\(error)"
        case .unknownTarget(let target, let known):
            "there is no run of the target \(target); "
                + (known.isEmpty
                    ? "no run names a target"
                    : "targets are: "
                        + known.prefix(TrendLimits.mostTargetsListed)
                        .joined(separator: ", "))
        case .noBaseline(let target):
            "\(target) has no baseline: pin one with `tracker baseline USER/SESSION#RUN`"
        case .noRuns(let what, let target):
            "\(target) has no finished run of \(what)"
        case .ambiguousCommit(let commit, let all):
            "commit \(commit) may be \(all.joined(separator: " or ")): give more digits"
        }
    }
}
