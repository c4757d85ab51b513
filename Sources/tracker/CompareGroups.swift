import TrackerIndexer
import TrackerLog

/// Groups of runs as they are named on the command line.
///
/// `USER/SESSION` (all its runs), `USER/SESSION#RUN`, `baseline` (the pinned runs of the target),
/// `commit:HASH` (all finished runs of a commit); several of them with commas between.
struct CompareGroups {
    let context: DataContext
    let storage: PosixStorage
    /// Of which target the baseline and the commits are; `nil` takes that of the other groups.
    let target: String?

    /// - Parameter names: one text for each group.
    func groups(_ names: [[String]]) throws -> [ComparisonGroup] {
        var groups: [ComparisonGroup?] = try names.map { parts in
            let isChosen = try parts.contains(where: isChosen)
            return isChosen ? nil : try named(parts)
        }
        guard groups.contains(where: { $0 == nil }) else { return groups.compactMap(\.self) }
        let history = try history(known: groups.compactMap(\.self))
        for (place, parts) in names.enumerated() where groups[place] == nil {
            let runs = try parts.flatMap { part in
                try isChosen(part) ? chosen(part, history) : named([part]).runs
            }
            groups[place] = ComparisonGroup(name: parts.joined(separator: ","), runs: runs)
        }
        return groups.compactMap(\.self)
    }

    /// An id may hold a comma: what exists decides.
    func parts(of text: String) throws -> [String] {
        if try SessionArgument.find(text, context, in: storage) != nil { return [text] }
        return text.split(separator: ",").map(String.init)
    }

    private static let baseline = "baseline"
    private static let commit = "commit:"

    private func isChosen(_ name: String) throws -> Bool {
        guard name == Self.baseline || name.hasPrefix(Self.commit) else { return false }
        return try SessionArgument.find(name, context, in: storage) == nil
    }

    private func history(known groups: [ComparisonGroup]) throws -> TargetHistory {
        let targets = Set(groups.flatMap(\.runs).compactMap(\.target))
        guard let target = target ?? (targets.count == 1 ? targets.first : nil) else {
            throw CommandFailure("say of which target, with --target")
        }
        return try withTarget { () throws(TargetError) in
            try TargetHistory(target: target, in: storage, threads: IndexCommand.coreCount)
        }
    }

    private func chosen(_ name: String, _ history: TargetHistory) throws -> [RunSummary] {
        try withTarget { () throws(TargetError) in
            name == Self.baseline
                ? try history.baseline()
                : try history.runs(ofCommit: String(name.dropFirst(Self.commit.count)))
        }.map(\.summary)
    }

    private func named(_ names: [String]) throws -> ComparisonGroup {
        ComparisonGroup(
            name: names.joined(separator: ","), runs: try names.flatMap { try runs(named: $0) })
    }

    /// A whole name is a session before a part of it is: an id may hold `#`.
    private func runs(named name: String) throws -> [RunSummary] {
        let (key, wantedRun) = try Self.find(name, context, in: storage)
        let index = try SessionIndex.current(key.user, key.session, in: storage)
        if let problem = index.problem { printError("warning: \(problem)") }
        let summary = index.summary(nowMs: WallClock.nowMs(), in: storage)
        if !summary.health.isWhole {
            printError("warning: \(printable(name)) is damaged: `tracker verify` lists where")
        }
        guard let wantedRun else { return summary.runs }
        guard let run = summary.runs.first(where: { $0.run == wantedRun }) else {
            throw CommandFailure(
                printable("there is no run \(wantedRun) in \(key.user)/\(key.session)")
                    + ": `tracker show` lists its runs")
        }
        return [run]
    }

    /// - Returns: the session, and the run when the name has one.
    static func find(
        _ name: String, _ context: DataContext, in storage: any Storage
    ) throws -> (key: DataFolder.SessionKey, run: String?) {
        if let key = try SessionArgument.find(name, context, in: storage) { return (key, nil) }
        if let mark = name.lastIndex(of: "#"),
            let key = try SessionArgument.find(String(name[..<mark]), context, in: storage)
        {
            return (key, String(name[name.index(after: mark)...]))
        }
        throw SessionArgument.missing(name, context)
    }
}

/// What a target cannot give is a failure of the command.
func withTarget<Value>(_ body: () throws(TargetError) -> Value) throws -> Value {
    do throws(TargetError) {
        return try body()
    } catch {
        throw CommandFailure(printable("\(error)"))
    }
}
