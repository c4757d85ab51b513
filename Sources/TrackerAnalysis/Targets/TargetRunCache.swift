package import TrackerIndexer
import TrackerLog

/// What a trend or a gate needs of one session of a target: its runs without their samples.
struct TargetSessionRuns: Sendable, Equatable {
    /// A finished run.
    struct Run: Sendable, Equatable {
        var run: String
        var commit: String?
        /// `RunSummary.listedStart`: a trend is in this order.
        var started: Timestamp?
        /// See `LikeConditions`.
        var conditions = ""
        /// Whether records of it are missing: its numbers are of what is left.
        var isLossy = false
        /// Of the metric; `nil` if the run has no sample of it.
        var numbers: Numbers?
    }

    /// A run that did not finish.
    struct Unfinished: Sendable, Equatable {
        var commit: String?
        var started: Timestamp?
        var state: RunSummary.State
    }

    struct Numbers: Sendable, Equatable {
        var unit: String?
        /// What its session says of the metric.
        var kind: MetricDeclaration.Kind?
        var better: MetricDeclaration.Better?
        /// Number of samples.
        var count: Int
        /// Only statistics with enough samples.
        var values: [Statistic: Double]
        /// Of those values, by what varies within the run: see `RunHistory.Number`.
        var errors: [Statistic: Double] = [:]
        /// Whether they are what the run reports, not what was measured.
        var isReported = false
    }

    /// A run that was left out.
    struct LeftOut: Sendable, Equatable {
        var run: String
        var commit: String?
        var started: Timestamp?
        var why: RunSummary.LeftOut
    }

    /// Oldest first.
    var runs: [Run]
    var leftOut: [LeftOut] = []
    var unfinished: [Unfinished] = []
    var isWhole: Bool
    var pin: TargetSession.Pin?

    init(runs: [Run], isWhole: Bool, pin: TargetSession.Pin?) {
        self.runs = runs
        self.isWhole = isWhole
        self.pin = pin
    }

    init(_ session: TargetSession, metric: String?) {
        runs = session.runs.map { run in
            Run(
                run: run.summary.run, commit: run.commit, started: run.summary.listedStart,
                conditions: LikeConditions.key(of: run.summary),
                isLossy: run.summary.lost != nil,
                numbers: metric.flatMap { Numbers(run.summary, metric: $0) })
        }
        leftOut = session.leftOut.map {
            LeftOut(run: $0.run, commit: $0.commit, started: $0.started, why: $0.why)
        }
        unfinished = session.unfinished.map {
            Unfinished(
                commit: $0.commit, started: $0.summary.judgedStart, state: $0.summary.state)
        }
        isWhole = session.isWhole
        pin = session.pin
    }
}

extension TargetSessionRuns.Numbers {
    init?(_ run: RunSummary, metric: String) {
        guard let digest = RunHistory.Run(run, metric: metric) else { return nil }
        unit = digest.unit
        let declared = run.timeline(of: metric)?.declared
        (kind, better) = (declared?.kind, declared?.better)
        count = digest.count
        values = digest.numbers.mapValues(\.value)
        errors = digest.numbers.mapValues(\.standardError)
        isReported = digest.isReported
    }
}

extension TargetSessionRuns.Run {
    /// What it says of how much runs vary; `nil` without numbers, or without a time.
    var ofHistory: RunHistory.Run? {
        guard let numbers, let started else { return nil }
        var found: [Statistic: RunHistory.Number] = [:]
        for (statistic, value) in numbers.values {
            found[statistic] = RunHistory.Number(
                value: value, standardError: numbers.errors[statistic] ?? 0)
        }
        return RunHistory.Run(
            run: run, started: started, conditions: conditions, unit: numbers.unit,
            isReported: numbers.isReported, count: numbers.count, numbers: found)
    }
}

/// `index/target-<hash>.snap`: a cache of the runs in all sessions of a target, for one metric or
/// none. Derived: missing, damaged or outdated entries are computed again from the sessions.
///
/// One checksummed zstd frame of lines of JSON, a head and a row for each session:
///
///     {"target_history":7,"fold":…,"target":"…","metric":"…"}
///     ["user","session",stamp,unfinished,whole,pin,
///         [[run,commit,started_ms,conditions,numbers],…],left_out]
///
/// `docs/INDEX_FILES.md` has the columns.
package struct TargetRunCache {
    package static let version = 7

    let target: String
    let metric: String?

    /// The entry of a session.
    struct Kept: Sendable, Equatable {
        /// Stamp of the session's folder: see `SessionListing.stamp`.
        var stamp: UInt64
        var session: TargetSessionRuns
    }

    private var head: [UInt8] {
        var head = CacheHead(target: target, metric: metric)
        return TextColumnWriter.text(.named) { writer throws(ColumnError) in
            try head.columns(&writer)
        }
    }

    private var path: StoragePath {
        let name = XXHash64.hex(XXHash64.hash(head))
        return DataLayout.index.appending("\(DataLayout.targetFilePrefix)\(name).snap")
    }

    /// - Returns: empty if there is no usable file.
    func load(from storage: any Storage) -> [DataFolder.SessionKey: Kept] {
        // try? is right here: an unreadable cache is computed again.
        guard let bytes = try? storage.readAll(path, limit: IndexLimits.maxIndexFileBytes),
            let text = ZstdText.decompress(bytes, limit: IndexLimits.maxIndexTextBytes)
        else { return [:] }
        do throws(ColumnError) { return try rows(in: text) } catch { return [:] }
    }

    /// - Throws: the line and the column that are not valid.
    func rows(in text: [UInt8]) throws(ColumnError) -> [DataFolder.SessionKey: Kept] {
        let lines = text.split(separator: 0x0A)
        // The head has the version of the fold: results of another fold are not used.
        guard let first = lines.first, first.elementsEqual(head) else {
            throw ColumnError("", "is not the head of this target").atLine(1)
        }
        var kept: [DataFolder.SessionKey: Kept] = [:]
        for (index, line) in lines.enumerated().dropFirst() {
            do throws(ColumnError) {
                var row = CacheRow()
                try TextColumnReader.read(
                    JSONValue.parsed(line) ?? .null, .positional
                ) { reader throws(ColumnError) in
                    try row.columns(&reader)
                }
                if let key = row.key { kept[key] = row.kept }
            } catch {
                throw error.atLine(index + 1)
            }
        }
        return kept
    }

    func text(of kept: [DataFolder.SessionKey: Kept]) -> [UInt8] {
        var text = head + [0x0A]
        for (key, kept) in kept.sorted(by: { $0.key < $1.key }) {
            var row = CacheRow(key, kept)
            text += TextColumnWriter.text(.positional) { writer throws(ColumnError) in
                try row.columns(&writer)
            }
            text.append(0x0A)
        }
        return text
    }

    /// Ignores errors: a cache that is not saved is computed again the next time.
    func save(_ kept: [DataFolder.SessionKey: Kept], in storage: any Storage) {
        guard let bytes = ZstdText.compress(text(of: kept)) else { return }
        // A folder of a newer format is left as it is.
        do throws(DataFolderError) { try DataFolder.check(storage) } catch { return }
        // The file has no lock: two commands may save at the same time.
        let mark = ".\(UInt64.random(in: 0 ... .max))"
        // try? is right here: without a saved cache the next query is slower, not wrong.
        try? storage.replace(path, with: bytes, mark: mark)
    }

    /// The columns of the head and of a row; a test compares `docs/INDEX_FILES.md` with them.
    package static var columns: (head: [ColumnList.Column], row: [ColumnList.Column]) {
        var (head, row) = (CacheHead(), CacheRow())
        return (
            ColumnList.of { list throws(ColumnError) in try head.columns(&list) },
            ColumnList.of { list throws(ColumnError) in try row.columns(&list) }
        )
    }
}

/// The first line.
private struct CacheHead {
    var version = TargetRunCache.version
    var fold = Snapshot.version
    var target = ""
    var metric: String?

    mutating func columns<Coder: ColumnCoder>(_ coder: inout Coder) throws(ColumnError) {
        try coder.count("target_history", &version)
        try coder.count("fold", &fold)
        try coder.text("target", &target)
        try coder.text("metric", &metric)
    }
}

/// The line of a session.
private struct CacheRow {
    private var user: UserID?
    private var session: SessionID?
    private(set) var kept = TargetRunCache.Kept(
        stamp: 0,
        session: TargetSessionRuns(runs: [], isWhole: true, pin: nil))

    /// An empty row for a reader to fill in.
    init() {}

    init(_ key: DataFolder.SessionKey, _ kept: TargetRunCache.Kept) {
        (user, session) = (key.user, key.session)
        self.kept = kept
    }

    var key: DataFolder.SessionKey? {
        guard let user, let session else { return nil }
        return DataFolder.SessionKey(user: user, session: session)
    }

    mutating func columns<Coder: ColumnCoder>(_ coder: inout Coder) throws(ColumnError) {
        try coder.mapped("user", required: &user, to: \.value, from: { UserID(valid: $0) })
        try coder.mapped("session", required: &session, to: \.value, from: { SessionID(valid: $0) })
        try coder.unsigned("stamp", &kept.stamp)
        try coder.rows(
            "unfinished", &kept.session.unfinished, .positional,
            empty: TargetSessionRuns.Unfinished(state: .unfinished)
        ) { coder, run throws(ColumnError) in
            try coder.text("commit", &run.commit)
            try coder.time("started_ms", &run.started)
            try coder.mapped(
                "state", &run.state, to: \.rawValue, from: { RunSummary.State(rawValue: $0) })
        }
        try coder.flag("whole", &kept.session.isWhole)
        try coder.optionalRow(
            "pin", &kept.session.pin, .positional, empty: TargetSession.Pin(at: .epoch)
        ) { coder, pin throws(ColumnError) in
            try coder.time("at_ms", &pin.at)
            try coder.text("run", &pin.run)
        }
        try coder.rows(
            "runs", &kept.session.runs, .positional, empty: TargetSessionRuns.Run(run: "")
        ) { coder, run throws(ColumnError) in
            try run.columns(&coder)
        }
        try coder.rows(
            "left_out", &kept.session.leftOut, .positional,
            empty: TargetSessionRuns.LeftOut(run: "", why: .init(reason: "", at: .epoch))
        ) { coder, run throws(ColumnError) in
            try coder.text("run", &run.run)
            try coder.text("commit", &run.commit)
            try coder.time("started_ms", &run.started)
            try coder.text("reason", &run.why.reason)
            try coder.text("by", &run.why.by)
            try coder.time("at_ms", &run.why.at)
            try coder.text("id", &run.why.id)
        }
    }
}

extension TargetSessionRuns.Run {
    fileprivate mutating func columns<Coder: ColumnCoder>(
        _ coder: inout Coder
    ) throws(ColumnError) {
        try coder.text("run", &run)
        try coder.text("commit", &commit)
        try coder.time("started_ms", &started)
        try coder.text("conditions", &conditions)
        try coder.flag("lossy", &isLossy)
        try coder.optionalRow(
            "numbers", &numbers, .positional,
            empty: TargetSessionRuns.Numbers(count: 0, values: [:])
        ) { coder, numbers throws(ColumnError) in
            try coder.text("unit", &numbers.unit)
            try coder.optional(
                "kind", &numbers.kind, empty: .count
            ) { coder, kind throws(ColumnError) in
                try coder.mapped("kind", &kind, to: \.rawValue, from: { .init(rawValue: $0) })
            }
            try coder.optional(
                "better", &numbers.better, empty: .neither
            ) { coder, better throws(ColumnError) in
                try coder.mapped("better", &better, to: \.rawValue, from: { .init(rawValue: $0) })
            }
            try coder.count("count", &numbers.count)
            for statistic in Statistic.allCases {
                try coder.number(statistic.rawValue, &numbers.values[statistic])
            }
            for statistic in Statistic.allCases {
                try coder.number("\(statistic.rawValue)_error", &numbers.errors[statistic])
            }
            try coder.flag("reported", &numbers.isReported)
        }
    }
}
