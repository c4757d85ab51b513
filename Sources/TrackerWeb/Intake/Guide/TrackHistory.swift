import TrackerIndexer
import TrackerLog

/// A user's runs in the format of the guide: `{target: {session_id: [run, …]}}`, newest first.
struct TrackHistory {
    let history: any IndexReader

    /// The target of runs that name none.
    static let unknownTarget = "unknown"

    /// - Returns: an empty object for a user without runs.
    /// - Complexity: proportional to the runs of the user's sessions.
    func runs(of user: UserID) -> JSONValue {
        var found: [FoundRun] = []
        for entry in history.catalog().entries where entry.user == user {
            guard let published = history.session(user: user, session: entry.session) else {
                continue
            }
            for run in published.summary.runs {
                found.append(FoundRun(user: user, session: entry.session, run: run))
            }
        }
        found.sort { ($1.time, ExactText($1.run.run)) < ($0.time, ExactText($0.run.run)) }
        return grouped(found.prefix(WebLimits.maxTrackRuns))
    }

    /// Targets, their sessions and the runs in them are each ordered by their newest run.
    private func grouped(_ runs: ArraySlice<FoundRun>) -> JSONValue {
        var targets = Groups<Groups<[JSONValue]>>(empty: Groups(empty: []))
        for run in runs {
            targets.change(run.target) { sessions in
                sessions.change(run.session.value) { $0.append(run.json) }
            }
        }
        return targets.json { sessions in sessions.json { .array($0) } }
    }
}

/// Values by name, in the order of first occurrence.
private struct Groups<Value> {
    let empty: Value
    private var names: [ExactText] = []
    private var values: [ExactText: Value] = [:]

    init(empty: Value) { self.empty = empty }

    mutating func change(_ text: String, _ body: (inout Value) -> Void) {
        let name = ExactText(text)
        if values[name] == nil {
            names.append(name)
            values[name] = empty
        }
        if var value = values.removeValue(forKey: name) {
            body(&value)
            values[name] = value
        }
    }

    func json(_ convert: (Value) -> JSONValue) -> JSONValue {
        .object(names.map { .init($0.text, convert(values[$0] ?? empty)) })
    }
}

/// One run with the session it is in.
private struct FoundRun {
    let user: UserID
    let session: SessionID
    let run: RunSummary

    var target: String { run.target ?? TrackHistory.unknownTarget }

    /// The time of the report, else the last known time of the run.
    var time: Timestamp { run.finished ?? run.last ?? run.started ?? .epoch }

    var json: JSONValue {
        .object([
            .init("id", .string(run.run)),
            .init("schema_version", run.params[TrackParam.schemaVersion] ?? .null),
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

    private var isReport: Bool { run.params[TrackParam.metricName] != nil }

    private var metricName: String? {
        run.params[TrackParam.metricName]?.stringValue ?? run.headline?.metric
    }

    /// As reported; for a run measured here the mean of its main metric, as the guide's tools send
    /// it.
    private var value: JSONValue {
        if isReport { return run.params[TrackParam.value] ?? .null }
        return run.headline?.total.successes.mean.map(JSONValue.double) ?? .null
    }

    private var labels: JSONValue {
        guard isReport, let labels = run.params[TrackParam.labels], labels != .null else {
            return .emptyObject
        }
        return labels
    }
}
