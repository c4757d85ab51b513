import ArgumentParser
import TrackerAnalysis
import TrackerExport
import TrackerIndexer
import TrackerLog

/// The sessions and runs named on the command line of an export or a report.
struct SelectedRuns: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            "One or more of USER/SESSION, USER/SESSION#RUN.", valueName: "session"))
    var names: [String]

    func validate() throws {
        if names.isEmpty { throw ValidationError("name a session: USER/SESSION") }
        if names.count > ExportLimits.maxSessions {
            throw ValidationError("at most \(ExportLimits.maxSessions) sessions at a time")
        }
    }

    /// In the order in which they are named; a session named twice is one.
    func find(_ context: DataContext, in storage: PosixStorage) throws -> ExportSelection {
        let selection = RunSelection(
            in: storage, user: context.user, target: nil, threads: IndexCommand.coreCount)
        var keys: [DataFolder.SessionKey] = []
        var runs: [DataFolder.SessionKey: [String]] = [:]
        var whole: Set<DataFolder.SessionKey> = []
        for name in names {
            do throws(RunSelectionError) {
                let (key, run) = try selection.find(name)
                if !keys.contains(key) { keys.append(key) }
                if let run { runs[key, default: []].append(run) } else { whole.insert(key) }
            } catch {
                throw SessionArgument.failure(error, context)
            }
        }
        return ExportSelection(
            try keys.map { key in
                try session(key, whole.contains(key) ? nil : runs[key], in: storage)
            })
    }

    private func session(
        _ key: DataFolder.SessionKey, _ runs: [String]?, in storage: PosixStorage
    ) throws -> ExportedSession {
        let index = try SessionIndex.current(key.user, key.session, in: storage)
        let summary = index.summary(now: .now, in: storage)
        if let problem = index.problem { printError("warning: \(problem)") }
        if summary.overflow != nil {
            printError(
                "warning: \(printable("\(key.user)/\(key.session)")) has"
                    + " \(IndexLimits.overflowText): only csv and ndjson have all its samples")
        }
        for run in runs ?? [] where !summary.runs.contains(where: { $0.run.isExactly(run) }) {
            throw CommandFailure(printable("\(RunSelectionError.noRun(run, in: key))"))
        }
        return ExportedSession(key: key, summary: summary, runs: runs)
    }
}
