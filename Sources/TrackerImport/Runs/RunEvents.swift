import TrackerLog

/// A run's start and end as events of the log.
enum RunEvents {
    static func events(
        _ run: ImportedRun, id: String, tool: String, times: RunTimes, report: LossReport
    ) -> [Event] {
        var params = [JSONValue.Member("generator", .string(tool))]
        if let version = run.toolVersion {
            params.append(.init("generator_version", .string(version)))
        }
        let started = RunStarted(
            timestamp: times.start, run: id, test: run.test, target: run.target,
            params: .object(unique(params + run.params + report.members)), commit: run.commit,
            environment: .object(unique(run.environment)))
        let finished = RunFinished(
            timestamp: times.end, run: id, state: run.state,
            summary: .object(run.reported.members))
        return [.runStarted(started), .runFinished(finished)]
    }

    /// Of members with the same name the first.
    private static func unique(_ members: [JSONValue.Member]) -> [JSONValue.Member] {
        var unique: [JSONValue.Member] = []
        for member in members where !unique.contains(where: { $0.key.isExactly(member.key) }) {
            unique.append(member)
        }
        return unique
    }
}
