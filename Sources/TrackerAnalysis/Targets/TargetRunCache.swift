import TrackerIndexer
import TrackerLog

/// What a trend or a gate needs of one session of a target: its runs without their samples.
struct TargetSessionRuns: Sendable, Equatable {
    /// A finished run.
    struct Run: Sendable, Equatable {
        var run: String
        var commit: String?
        var started: Timestamp?
        /// Of the metric; `nil` where the run has no sample of it.
        var numbers: Numbers?
    }

    struct Numbers: Sendable, Equatable {
        var unit: String?
        /// Samples.
        var count: Int
        /// Only those of which there are enough samples.
        var values: [Statistic: Double]
    }

    /// Of the session's folder: see `SessionListing.stamp`. 0 is never that of a folder that was
    /// read whole.
    var stamp: UInt64
    /// Oldest first.
    var runs: [Run]
    var unfinishedCount: Int
    var isWhole: Bool
    var pin: TargetSession.Pin?

    init(_ session: TargetSession, metric: String?, stamp: UInt64) {
        self.stamp = stamp
        runs = session.runs.map { run in
            Run(
                run: run.summary.run, commit: run.commit, started: run.summary.started,
                numbers: metric.flatMap { Numbers(run.summary, metric: $0) })
        }
        unfinishedCount = session.unfinishedCount
        isWhole = session.isWhole
        pin = session.pin
    }
}

extension TargetSessionRuns.Numbers {
    init?(_ run: RunSummary, metric: String) {
        guard let samples = ComparisonSamples([run], metric: metric) else { return nil }
        unit = run.timelines.first { $0.metric == metric }?.unit
        count = samples.total.count
        values = [:]
        for statistic in Statistic.allCases {
            if let q = statistic.quantile, samples.total.hasFewSamples(beyond: q) { continue }
            guard let value = samples.value(of: statistic), value.isFinite else { continue }
            values[statistic] = value
        }
    }
}

/// `index/target-<hash>.snap`: the digests of all sessions of a target, for one metric or none.
/// Derived: what is missing, damaged or old is made again from the sessions.
struct TargetRunCache {
    static let version = 1

    let target: String
    let metric: String?

    /// Of the file and of the fold: numbers of another fold are not taken.
    private var header: JSONValue {
        .object([
            .init("target_history", .integer(Self.version)),
            .init("fold", .integer(Snapshot.version)),
            .init("target", .string(target)), .init("metric", .optional(metric)),
        ])
    }

    private var path: StoragePath {
        let name = XXHash64.hex(XXHash64.hash(Array(header.text.utf8)))
        return DataLayout.index.appending("\(DataLayout.targetFilePrefix)\(name).snap")
    }

    /// - Returns: nothing when there is none that can be used.
    func load(from storage: any Storage) -> [DataFolder.SessionKey: TargetSessionRuns] {
        // try? is right here: digests that cannot be read are made anew.
        guard let bytes = try? storage.readAll(path, limit: IndexLimits.maxIndexFileBytes),
            let text = ZstdText.decompress(bytes, limit: IndexLimits.maxIndexTextBytes)
        else { return [:] }
        var lines = text.split(separator: 0x0A)[...]
        guard let first = lines.popFirst(), JSONValue.parsed(first)?.text == header.text else {
            return [:]
        }
        var digests: [DataFolder.SessionKey: TargetSessionRuns] = [:]
        for line in lines {
            guard let row = JSONValue.parsed(line)?.arrayValue, row.count == 3,
                let user = row[0].stringValue.flatMap(UserID.init(valid:)),
                let session = row[1].stringValue.flatMap(SessionID.init(valid:)),
                let digest = TargetSessionRuns(json: row[2])
            else { return [:] }
            digests[DataFolder.SessionKey(user: user, session: session)] = digest
        }
        return digests
    }

    /// What cannot be saved is made again the next time.
    func save(_ digests: [DataFolder.SessionKey: TargetSessionRuns], in storage: any Storage) {
        var text = Array(header.text.utf8) + [0x0A]
        for (key, digest) in digests.sorted(by: { $0.key < $1.key }) {
            let row: [JSONValue] = [
                .string(key.user.value), .string(key.session.value), digest.json,
            ]
            JSONValue.array(row).write(to: &text)
            text.append(0x0A)
        }
        guard let bytes = ZstdText.compress(text) else { return }
        // Nobody holds a lock for it: two commands may save at the same time.
        let mark = ".\(UInt64.random(in: 0 ... .max))"
        // try? is right here: a folder that takes nothing makes it slow, and nothing else.
        try? storage.replace(path, with: bytes, mark: mark)
    }
}

extension TargetSessionRuns {
    var json: JSONValue {
        .object([
            .init("stamp", .integer(stamp)), .init("unfinished", .integer(unfinishedCount)),
            .init("whole", .bool(isWhole)),
            .init("pin", pin.map { .array([.time($0.at), .optional($0.run)]) } ?? .null),
            .init("runs", .array(runs.map(\.json))),
        ])
    }

    init?(json: JSONValue) {
        guard let stamp = json["stamp"]?.unsignedValue,
            let unfinished = json["unfinished"]?.intValue,
            (0...SaturatingCount.most).contains(unfinished),
            let isWhole = json["whole"]?.boolValue, let rows = json["runs"]?.arrayValue
        else { return nil }
        let runs = rows.compactMap(Run.init(json:))
        guard runs.count == rows.count else { return nil }
        self.stamp = stamp
        self.runs = runs
        unfinishedCount = unfinished
        self.isWhole = isWhole
        pin = json["pin"]?.arrayValue.flatMap { parts in
            guard parts.count == 2,
                let at = parts[0].doubleValue.flatMap(Timestamp.init(milliseconds:))
            else { return nil }
            return TargetSession.Pin(at: at, run: parts[1].stringValue)
        }
    }
}

extension TargetSessionRuns.Run {
    var json: JSONValue {
        .array([
            .string(run), .optional(commit), .optional(started), numbers.map(\.json) ?? .null,
        ])
    }

    init?(json: JSONValue) {
        guard let parts = json.arrayValue, parts.count == 4, let run = parts[0].stringValue else {
            return nil
        }
        self.run = run
        commit = parts[1].stringValue
        started = parts[2].doubleValue.flatMap(Timestamp.init(milliseconds:))
        numbers = TargetSessionRuns.Numbers(json: parts[3])
    }
}

extension TargetSessionRuns.Numbers {
    var json: JSONValue {
        let values = Statistic.allCases.map { JSONValue.optional(self.values[$0]) }
        return .array([.optional(unit), .integer(count)] + values)
    }

    init?(json: JSONValue) {
        guard let parts = json.arrayValue, parts.count == 2 + Statistic.allCases.count,
            let count = parts[1].intValue
        else { return nil }
        unit = parts[0].stringValue
        self.count = count
        values = [:]
        for (statistic, part) in zip(Statistic.allCases, parts.dropFirst(2)) {
            values[statistic] = part.doubleValue
        }
    }
}
