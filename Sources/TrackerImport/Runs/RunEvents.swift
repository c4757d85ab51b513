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
        return [.runStarted(fitting(started)), .runFinished(fitting(finished))]
    }

    /// A line of the log has a limit: what is longest and says least is shortened.
    private static func fitting(_ run: RunStarted) -> RunStarted {
        guard !isLine(.runStarted(run)) else { return run }
        var run = run
        run.test = run.test.map(shortened)
        run.target = run.target.map(shortened)
        run.commit = run.commit.map(shortened)
        run.params = shortened(run.params)
        run.environment = shortened(run.environment)
        return run
    }

    private static func fitting(_ run: RunFinished) -> RunFinished {
        guard !isLine(.runFinished(run)) else { return run }
        var run = run
        run.summary = shortened(run.summary)
        return run
    }

    private static func isLine(_ event: Event) -> Bool {
        var bytes: [UInt8] = []
        return EventEncoder.append(event, to: &bytes)
    }

    private static func shortened(_ text: String) -> String {
        String(decoding: text.utf8.prefix(ImportLimits.maxLongTextBytes), as: UTF8.self)
    }

    /// Numbers stay, texts are cut, and lists that are long are left out.
    private static func shortened(_ object: JSONValue) -> JSONValue {
        let members = (object.objectValue ?? []).prefix(ImportLimits.maxMembers)
        return .object(
            members.compactMap { member in
                switch member.value {
                case .string(let text): .init(member.key, .string(shortened(text)))
                case .array, .object:
                    member.value.text.utf8.count <= ImportLimits.maxLongTextBytes ? member : nil
                default: member
                }
            })
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
