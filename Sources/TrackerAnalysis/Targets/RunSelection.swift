import TrackerIndexer
package import TrackerLog

/// Groups of runs by name.
///
/// `USER/SESSION` (all its runs), `USER/SESSION#RUN`, `USER/SESSION#variant:B` (of an experiment),
/// `baseline` (the pinned runs of the target), `commit:HASH` (all finished runs of a commit).
package struct RunSelection: Sendable {
    private let storage: any Storage
    private let user: UserID
    private let target: String?
    private let threads: Int
    /// Problems of the sessions that were read, as text.
    package private(set) var warnings: [String] = []

    /// - Parameters:
    ///   - user: the owner of sessions that are named without a user.
    ///   - target: the target of `baseline` and `commit:`; `nil` takes that of the other groups.
    ///   - threads: sessions brought up to date at the same time.
    package init(in storage: any Storage, user: UserID, target: String?, threads: Int) {
        self.storage = storage
        self.user = user
        self.target = target
        self.threads = threads
    }

    /// - Parameter names: for each group the names of its parts.
    package mutating func groups(
        _ names: [[String]]
    ) throws(RunSelectionError) -> [ComparisonGroup] {
        var groups: [Gathered?] = []
        for parts in names {
            groups.append(try needsHistory(parts) ? nil : try group(parts))
        }
        if groups.contains(where: { $0 == nil }) {
            let history = try history(known: groups.compactMap { $0?.group })
            for (index, parts) in names.enumerated() where groups[index] == nil {
                groups[index] = try group(parts, history)
            }
        }
        let all = groups.compactMap(\.self)
        if all.count == 2, all[0].runs != all[1].runs {
            let both = all[0].runs.intersection(all[1].runs).count
            if both > 0 {
                warnings.append(
                    "\(both) run\(both == 1 ? " is" : "s are") in both groups, which are compared"
                        + " as if they were apart")
            }
        }
        return all.map(\.group)
    }

    /// A group while its parts are added. A run that is named twice was measured once.
    private struct Gathered {
        struct Run: Hashable {
            var key: DataFolder.SessionKey
            var run: ExactText
        }

        var group: ComparisonGroup
        private(set) var runs: Set<Run> = []
        /// Sessions of which all runs were added.
        private var whole: Set<DataFolder.SessionKey> = []

        init(name: String) { group = ComparisonGroup(name: name, runs: []) }

        mutating func add(_ run: RunSummary, in key: DataFolder.SessionKey) {
            if runs.insert(Run(key: key, run: ExactText(run.run))).inserted {
                group.runs.append(run)
            }
        }

        mutating func add(allOf runs: [RunSummary], in key: DataFolder.SessionKey) {
            guard whole.insert(key).inserted else { return }
            for run in runs where run.leftOut == nil { add(run, in: key) }
            group.leftOut += runs.compactMap { LeftOutRun($0, in: key) }
        }
    }

    /// Earlier runs of the target of two groups: how much its runs vary. Empty if they have none,
    /// or several.
    package func history(
        of groups: [ComparisonGroup], metric wanted: String?
    ) throws(RunSelectionError) -> RunHistory {
        let targets = groups.flatMap(\.runs).compactMap(\.target).distinctSorted
        guard targets.count == 1, groups.count == 2 else { return RunHistory([]) }
        // try? is right here: the comparison has the same error.
        let chosen = try? Comparison.metric(groups[0], groups[1], wanted: wanted)
        guard let metric = chosen else { return RunHistory([]) }
        do throws(TargetError) {
            return try TargetHistory(target: targets[0], in: storage, threads: threads)
                .runHistory(metric: metric, for: groups)
        } catch {
            throw .target(error)
        }
    }

    /// Splits a list of names at its commas. An id may contain a comma: a text that is the name of
    /// a session is not split.
    package func parts(of text: String) throws(RunSelectionError) -> [String] {
        if try session(text) != nil { return [text] }
        return text.parts(separatedBy: ",", omitsEmpty: true)
    }

    /// - Returns: the session, and the run when the name has one.
    package func find(
        _ name: String
    ) throws(RunSelectionError) -> (key: DataFolder.SessionKey, run: String?) {
        // The whole name is tried first: an id may contain `#`.
        if let key = try session(name) { return (key, nil) }
        let bytes = name.utf8
        if let mark = bytes.lastIndex(of: UInt8(ascii: "#")),
            let key = try session(String(Substring(bytes[..<mark])))
        {
            return (key, String(Substring(bytes[bytes.index(after: mark)...])))
        }
        throw .noSession(name)
    }

    private static let baseline = "baseline"
    private static let commit = "commit:"
    /// Of an experiment, for example `#variant:B`: its finished runs.
    private static let variant = "variant:"

    private func needsHistory(_ parts: [String]) throws(RunSelectionError) -> Bool {
        for part in parts where try isFromHistory(part) { return true }
        return false
    }

    private func isFromHistory(_ name: String) throws(RunSelectionError) -> Bool {
        guard name == Self.baseline || name.utf8.starts(with: Self.commit.utf8) else {
            return false
        }
        return try session(name) == nil
    }

    private func session(_ name: String) throws(RunSelectionError) -> DataFolder.SessionKey? {
        do throws(StorageError) {
            return try DataFolder.session(named: name, of: user, in: storage)
        } catch {
            throw .storage(error)
        }
    }

    private func history(
        known groups: [ComparisonGroup]
    ) throws(RunSelectionError) -> TargetHistory {
        let targets = groups.flatMap(\.runs).compactMap(\.target).distinctSorted
        guard let target = target ?? (targets.count == 1 ? targets.first : nil) else {
            throw .targetNotNamed
        }
        do throws(TargetError) {
            return try TargetHistory(target: target, in: storage, threads: threads)
        } catch {
            throw .target(error)
        }
    }

    private func add(
        _ name: String, from history: TargetHistory, to gathered: inout Gathered
    ) throws(RunSelectionError) {
        do throws(TargetError) {
            let leftOut = try history.leftOut()
            if name == Self.baseline {
                let runs = try history.baseline()
                for run in runs { gathered.add(run.summary, in: run.key) }
                let sessions = Set(runs.map(\.key))
                gathered.group.leftOut += leftOut.filter { sessions.contains($0.key) }
                return
            }
            let commit = String(Substring(name.utf8.dropFirst(Self.commit.utf8.count)))
            for run in try history.runs(ofCommit: commit) {
                gathered.add(run.summary, in: run.key)
            }
            gathered.group.leftOut += leftOut.filter {
                $0.commit.map { TargetRun.isSame($0, commit) } ?? false
            }
            gathered.group.uncounted.add(try history.uncounted(ofCommit: commit))
        } catch {
            throw .target(error)
        }
    }

    private mutating func group(
        _ names: [String], _ history: TargetHistory? = nil
    ) throws(RunSelectionError) -> Gathered {
        var gathered = Gathered(name: names.joined(separator: ","))
        for (place, name) in names.enumerated()
        where !names[..<place].contains(where: name.isExactly) {
            if let history, try isFromHistory(name) {
                try add(name, from: history, to: &gathered)
            } else {
                try add(name, to: &gathered)
            }
        }
        return gathered
    }

    private mutating func add(
        _ name: String, to gathered: inout Gathered
    ) throws(RunSelectionError) {
        let (key, wantedRun) = try find(name)
        let index: SessionIndex
        do throws(StorageError) {
            index = try SessionIndex.current(key.user, key.session, in: storage)
        } catch {
            throw .storage(error)
        }
        if let problem = index.problem { warnings.append("\(problem)") }
        let summary = index.summary(now: .now, in: storage)
        if !summary.health.isWhole {
            warnings.append("\(name) is damaged: `tracker verify` lists where")
        }
        if summary.uncountedSamples > 0 {
            let text = IndexLimits.uncountedText(summary.uncountedSamples)
            warnings.append("of \(name), \(text)")
        }
        warnings += summary.unkeptTexts.map { "of \(name), \($0)" }
        guard let wantedRun else {
            guard summary.runs.isEmpty || summary.runs.contains(where: { $0.leftOut == nil }) else {
                throw .allLeftOut(key, summary.runs.count)
            }
            gathered.add(allOf: summary.runs, in: key)
            return
        }
        guard let run = summary.runs.first(where: { $0.run.isExactly(wantedRun) }) else {
            let ofVariant = summary.runs.filter {
                wantedRun.isExactly(Self.variant + (ExperimentTag.letter(of: $0) ?? ""))
                    && $0.state == .finished && $0.leftOut == nil
            }
            guard ofVariant.isEmpty else {
                for run in ofVariant { gathered.add(run, in: key) }
                return
            }
            throw .noRun(wantedRun, in: key)
        }
        // Whoever names a run wants it.
        if let leftOut = LeftOutRun(run, in: key) {
            warnings.append("compared although it is left out: \(leftOut.text)")
        }
        gathered.add(run, in: key)
    }
}

/// Why runs could not be chosen.
package enum RunSelectionError: Error, Sendable, Hashable, CustomStringConvertible {
    case storage(StorageError)
    case target(TargetError)
    case noSession(String)
    case noRun(String, in: DataFolder.SessionKey)
    case targetNotNamed
    /// All runs of a session, and how many they are.
    case allLeftOut(DataFolder.SessionKey, Int)

    package var description: String {
        switch self {
        case .storage(let error): "\(error)"
        case .target(let error): "\(error)"
        case .noSession(let name):
            "there is no session \(name): `tracker sessions` lists all sessions"
        case .noRun(let run, let key):
            "there is no run \(run) in \(key.user)/\(key.session): `tracker show` lists its runs"
        case .allLeftOut(let key, let count):
            "all runs of \(key.user)/\(key.session) (\(count)) are left out: name one with #RUN, or"
                + " take it in again with `tracker left-out --take-in`"
        case .targetNotNamed: "name the target with --target"
        }
    }
}
