import TrackerIndexer
import TrackerLog

/// A user's runs in the format of the guide: `{target: {session_id: [run, …]}}`, newest first.
struct TrackHistory {
    let history: any IndexReader

    /// The target of runs that name none.
    static let unknownTarget = "unknown"

    /// What is answered, and how many older runs are left out: those beyond
    /// `WebLimits.maxTrackRuns` and `WebLimits.maxTrackBytes`.
    struct Answer {
        let json: JSONValue
        let missing: Int
    }

    /// - Returns: an empty object for a user without runs.
    /// - Complexity: proportional to the runs of the user's sessions.
    func runs(of user: UserID) -> Answer {
        var found: [GuideRun] = []
        for entry in history.catalog().entries where entry.user == user {
            guard let published = history.session(user: user, session: entry.session) else {
                continue
            }
            for run in published.summary.runs {
                found.append(GuideRun(user: user, session: entry.session, run: run))
            }
        }
        found.sort { ($1.time, ExactText($1.run.run)) < ($0.time, ExactText($0.run.run)) }
        var groups = RunGroups(empty: Groups(empty: []))
        var (kept, bytes, text) = (0, 0, [UInt8]())
        for run in found.prefix(WebLimits.maxTrackRuns) {
            let json = run.json
            text.removeAll(keepingCapacity: true)
            json.write(to: &text)
            bytes += text.count
            // The newest in any case: one report is shorter than the limit.
            guard bytes <= WebLimits.maxTrackBytes else { break }
            groups.change(run.target) { sessions in
                sessions.change(run.session.value) { $0.append(json) }
            }
            kept += 1
        }
        return Answer(
            json: groups.json { sessions in sessions.json { .array($0) } },
            missing: found.count - kept)
    }

    /// Targets, their sessions and the runs in them are each ordered by their newest run.
    private typealias RunGroups = Groups<Groups<[JSONValue]>>
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

extension GuideRun {
    fileprivate var target: String { run.target ?? TrackHistory.unknownTarget }
}
