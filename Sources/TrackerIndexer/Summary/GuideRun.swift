package import TrackerLog

/// A run in the format of the guide: what `GET /api/track/<user>` answers, and a row of its table
/// `local_test_runs`.
package struct GuideRun: Sendable {
    package let user: UserID
    package let session: SessionID
    package let run: RunSummary

    package init(user: UserID, session: SessionID, run: RunSummary) {
        self.user = user
        self.session = session
        self.run = run
    }

    /// The time of the report, else the last known time of the run.
    package var time: Timestamp { run.finished ?? run.last ?? run.started ?? .epoch }

    /// By which runs are ordered: a time that nobody can mean makes none the newest for ever.
    package var place: (Timestamp, Timestamp, ExactText) {
        (run.undated == nil ? time : run.listedStart ?? .epoch, time, ExactText(run.run))
    }

    package var json: JSONValue {
        .object([
            .init("id", .string(run.run)),
            .init("schema_version", run.params[ReportParam.schemaVersion] ?? .null),
            .init("user_id", .string(user.value)),
            .init("challenge_type", .optional(run.test)),
            .init("metric_name", .optional(metricName)),
            .init("value", value),
            .init("timestamp", time > .epoch ? .string(time.description) : .null),
            .init("labels", labels),
            .init("run_details", run.reported ?? .emptyObject),
            .init("session_id", .string(session.value)),
            .init("commit_hash", .optional(run.commit)),
            .init("target_app", .optional(run.target)),
        ])
    }

    private var isReport: Bool { run.params[ReportParam.metricName] != nil }

    private var metricName: String? {
        run.params[ReportParam.metricName]?.stringValue ?? run.headline?.metric
    }

    /// As reported; for a run measured here the mean of its main metric, as the guide's tools send
    /// it.
    private var value: JSONValue {
        if isReport { return run.params[ReportParam.value] ?? .null }
        return run.headline?.total.successes.mean.map(JSONValue.double) ?? .null
    }

    private var labels: JSONValue {
        guard isReport, let labels = run.params[ReportParam.labels], labels != .null else {
            return .emptyObject
        }
        return labels
    }
}
