package import TrackerIndexer
package import TrackerLog

/// A run that a person left out of comparisons, trends and gates: `tracker left-out`.
package struct LeftOutRun: Sendable, Hashable {
    package var key: DataFolder.SessionKey
    package var run: String
    package var commit: String?
    package var started: Timestamp?
    package var why: RunSummary.LeftOut

    /// `USER/SESSION#RUN`.
    package var name: String { "\(key.user)/\(key.session)#\(run)" }

    /// `USER/SESSION#RUN: REASON (AUTHOR)`.
    package var text: String { "\(name): \(why.why)" }

    package var json: JSONValue {
        .object([
            .init("run", .string(name)), .init("reason", .string(why.reason)),
            .init("by", .optional(why.by)), .init("ts", .time(why.at)),
            .init("id", .optional(why.id)),
        ])
    }

    package init(
        key: DataFolder.SessionKey, run: String, commit: String? = nil,
        started: Timestamp? = nil, why: RunSummary.LeftOut
    ) {
        self.key = key
        self.run = run
        self.commit = commit
        self.started = started
        self.why = why
    }

    /// - Returns: `nil` for a run that is not left out.
    init?(_ run: RunSummary, in key: DataFolder.SessionKey) {
        guard let why = run.leftOut else { return nil }
        self.init(key: key, run: run.run, commit: run.commit, started: run.judgedStart, why: why)
    }
}
