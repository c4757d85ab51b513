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
        /// Reports that this server acknowledged and the index has not counted yet.
        let unreadReports: Int
    }

    /// - Returns: an empty object for a user without runs.
    /// - Complexity: proportional to the runs of the sessions that may have one of the newest: the
    ///   others are not read.
    func runs(of user: UserID) -> Answer {
        var newest = NewestRuns()
        var unreadReports = 0
        let entries = history.catalog().entries.filter { $0.user == user }
        for entry in entries.sorted(by: { Self.latest($0) > Self.latest($1) }) {
            if let last = entry.last, entry.unreadBytes == 0, newest.areAllLater(than: last) {
                newest.leaveOut(entry.runCount)
                continue
            }
            guard let published = history.session(user: user, session: entry.session) else {
                continue
            }
            unreadReports += published.unreadReports
            for run in published.summary.runs {
                newest.add(GuideRun(user: user, session: entry.session, run: run))
            }
        }
        newest.cut()
        var groups = RunGroups(empty: Groups(empty: []))
        for run in newest.kept {
            groups.change(run.target) { sessions in
                sessions.change(run.session.value) { $0.append(run.json) }
            }
        }
        return Answer(
            json: groups.json { sessions in sessions.json { .array($0) } },
            missing: newest.missing, unreadReports: unreadReports)
    }

    /// When something of the session came last, as far as its row says.
    private static func latest(_ entry: CatalogEntry) -> Double {
        entry.unreadBytes == 0 ? entry.last?.milliseconds ?? .infinity : .infinity
    }

    /// Targets, their sessions and the runs in them are each ordered by their newest run.
    private typealias RunGroups = Groups<Groups<[JSONValue]>>
}

/// The newest runs, as many as fit: in any order of arrival the same.
private struct NewestRuns {
    struct Run {
        let place: (Timestamp, Timestamp, ExactText)
        let target: String
        let session: SessionID
        let json: JSONValue
        let bytes: Int

        init(_ run: GuideRun, _ text: inout [UInt8]) {
            place = run.place
            (target, session, json) = (run.target, run.session, run.json)
            text.removeAll(keepingCapacity: true)
            json.write(to: &text)
            bytes = text.count
        }
    }

    /// The newest first, after a cut.
    private(set) var kept: [Run] = []
    private(set) var missing = 0
    private var bytes = 0
    private var text: [UInt8] = []
    /// The newest that is left out: no older one is kept.
    private var firstLeft: (Timestamp, Timestamp, ExactText)?

    func areAllLater(than time: Timestamp) -> Bool { firstLeft.map { $0.0 > time } ?? false }

    mutating func leaveOut(_ count: Int) { missing += count }

    mutating func add(_ run: GuideRun) {
        if let firstLeft, run.place <= firstLeft {
            missing += 1
            return
        }
        kept.append(Run(run, &text))
        bytes += kept.last?.bytes ?? 0
        // Seldom, because it sorts all.
        if kept.count >= 2 * WebLimits.maxTrackRuns || bytes >= 2 * WebLimits.maxTrackBytes {
            cut()
        }
    }

    mutating func cut() {
        kept.sort { $1.place < $0.place }
        var (count, all) = (0, 0)
        for run in kept.prefix(WebLimits.maxTrackRuns) {
            // The newest in any case: one report is shorter than the limit.
            guard all + run.bytes <= WebLimits.maxTrackBytes else { break }
            all += run.bytes
            count += 1
        }
        bytes = all
        guard count < kept.count else { return }
        firstLeft = kept[count].place
        missing += kept.count - count
        kept.removeSubrange(count...)
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

extension GuideRun {
    fileprivate var target: String { run.target ?? TrackHistory.unknownTarget }
}
