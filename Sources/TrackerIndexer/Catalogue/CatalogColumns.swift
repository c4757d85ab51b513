import TrackerLog

/// A row of the catalogue's file: the record of a session, or a mark that the session is gone.
struct CatalogRow {
    private var user: UserID?
    private var session: SessionID?
    private var record: CatalogRecord?

    /// An empty row, to be read.
    init() {}

    init(_ change: CatalogChange) {
        (user, session) = (change.key.user, change.key.session)
        if case .row(let record) = change { self.record = record }
    }

    /// `nil` if nothing has been read yet.
    var change: CatalogChange? {
        if let record { return .row(record) }
        guard let user, let session else { return nil }
        return .gone(DataFolder.SessionKey(user: user, session: session))
    }

    mutating func columns<Coder: ColumnCoder>(_ coder: inout Coder) throws(ColumnError) {
        try coder.mapped(
            "user", required: &user, to: \.directoryName, from: { UserID(directoryName: $0) })
        try coder.mapped(
            "session", required: &session, to: \.directoryName,
            from: { SessionID(directoryName: $0) })
        guard let user, let session else { return }
        let key = DataFolder.SessionKey(user: user, session: session)
        try coder.optionalRow(
            "record", &record, .positional, empty: CatalogRecord(unread: key)
        ) { coder, record throws(ColumnError) in
            try record.columns(&coder)
        }
    }

    /// The columns, for the test of `docs/INDEX_FILES.md`.
    static var columns: [ColumnList.Column] {
        var row = CatalogRow()
        row.user = UserID(valid: "u")
        row.session = SessionID(valid: "s")
        return ColumnList.of { list throws(ColumnError) in try row.columns(&list) }
    }
}

extension CatalogRecord {
    fileprivate mutating func columns<Coder: ColumnCoder>(
        _ coder: inout Coder
    ) throws(ColumnError) {
        try coder.unsigned("stamp", &stamp)
        try coder.unsigned("digest", &digest)
        try coder.count("segments", &segments)
        try coder.count("frames", &frames)
        try coder.flag("archived", &entry.isArchived)
        try coder.flag("running", &entry.isRunning)
        try coder.flag("unfinished", &entry.isUnfinished)
        try coder.count("runs", &entry.runCount)
        try coder.count("events", &entry.eventCount)
        try coder.count("bad_regions", &entry.badRegionCount)
        try coder.count("bad_lines", &entry.badLineCount)
        try coder.count("missing_frames", &entry.missingFrames)
        try coder.count("folded_bytes", &entry.foldedBytes)
        try coder.time("first_ms", &entry.first)
        try coder.time("last_ms", &entry.last)
        try coder.text("name", &entry.name)
        try coder.texts("tags", &entry.tags)
        try coder.texts("targets", &entry.targets)
        let none = CatalogEntry.Headline(
            metric: "", count: 0, errors: 0, successes: 0, perSecond: 0, p50: nil, p99: nil,
            p99OverTime: [])
        try coder.optionalRow(
            "headline", &entry.headline, .positional, empty: none
        ) { coder, headline throws(ColumnError) in
            try headline.columns(&coder)
        }
        try coder.text("failure", &entry.failure)
        try coder.optionalRow(
            "reported", &entry.reported, .positional, empty: .none
        ) { coder, reported throws(ColumnError) in
            try reported.columns(&coder)
        }
        try coder.optionalRow(
            "lost", &entry.lost, .positional, empty: .none
        ) { coder, lost throws(ColumnError) in
            try coder.count("events", &lost.events)
            try coder.number("share", &lost.share)
            try coder.text("text", &lost.text)
        }
        try coder.texts("commits", &entry.commits)
        try coder.texts("tests", &entry.tests)
        try coder.text("conditions", &entry.conditions)
        try coder.count("unkept_names", &entry.unkeptNames)
    }
}

extension CatalogEntry.Headline {
    fileprivate mutating func columns<Coder: ColumnCoder>(
        _ coder: inout Coder
    ) throws(ColumnError) {
        try coder.text("metric", &metric)
        try coder.text("unit", &unit)
        try coder.text("kind", &kind)
        try coder.text("better", &better)
        try coder.count("count", &count)
        try coder.count("errors", &errors)
        try coder.count("successes", &successes)
        try coder.number("per_second", &perSecond)
        try coder.number("p50", &p50)
        try coder.number("p99", &p99)
        try coder.numbers("p99_over_time", &p99OverTime)
    }
}

extension ReportedHeadline {
    /// Of no run, to be read.
    fileprivate static let none = ReportedHeadline(metric: "", runs: 0, newest: 0)

    fileprivate mutating func columns<Coder: ColumnCoder>(
        _ coder: inout Coder
    ) throws(ColumnError) {
        try coder.text("metric", &metric)
        try coder.count("runs", &runs)
        try coder.number("newest", &newest)
        try coder.number("per_second", &perSecond)
        try coder.count("requests", &requests)
        try coder.count("failed", &failed)
        try coder.numbers("over_time", &overTime)
    }
}
