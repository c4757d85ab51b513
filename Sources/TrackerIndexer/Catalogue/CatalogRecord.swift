package import TrackerLog

/// The catalogue's record of one session: its row, and a stamp that shows when it is out of date.
package struct CatalogRecord: Sendable, Equatable {
    package var entry: CatalogEntry
    /// `SessionListing.stamp` of the folded folder. `nil` if the same files may give another result
    /// later: see `SessionIndex.isSettled`.
    package var stamp: UInt64?
    /// `SessionIndex.digest`. `nil` if a server has published the session but not saved it yet.
    package var digest: UInt64?
    package var segments: Int
    package var frames: Int

    package init(
        entry: CatalogEntry, stamp: UInt64? = nil, digest: UInt64? = nil, segments: Int,
        frames: Int
    ) {
        self.entry = entry
        self.stamp = stamp
        self.digest = digest
        self.segments = segments
        self.frames = frames
    }

    /// The record of a session of which nothing is folded yet.
    init(unread key: DataFolder.SessionKey) {
        self.init(
            entry: CatalogEntry(
                user: key.user, session: key.session, tags: [], isArchived: false,
                isRunning: false, targets: [], runCount: 0, eventCount: 0, badRegionCount: 0,
                badLineCount: 0, missingFrames: 0),
            segments: 0, frames: 0)
    }

    /// Whether nothing of the session is folded yet. Such a row is shown and never saved.
    var isUnread: Bool { entry.unreadBytes > 0 && segments == 0 }
}

extension CatalogEntry {
    package var key: DataFolder.SessionKey {
        DataFolder.SessionKey(user: self.user, session: self.session)
    }

    /// The order of the session list: by start, newest first.
    static func isNewer(_ a: CatalogEntry, _ b: CatalogEntry) -> Bool {
        let (first, second) = (a.first ?? .epoch, b.first ?? .epoch)
        return first != second ? first > second : (a.user, a.session) > (b.user, b.session)
    }

    package init(_ summary: SessionSummary) {
        let runs = summary.runs
        self.init(
            user: summary.user, session: summary.session, name: summary.name, tags: summary.tags,
            isArchived: summary.isArchived,
            isRunning: runs.contains { $0.state == .running },
            targets: runs.compactMap(\.target).distinctSorted, runCount: runs.count,
            first: summary.first, last: summary.last, eventCount: summary.eventCount,
            headline: Headline(runs), badRegionCount: summary.health.badRegionCount,
            badLineCount: summary.health.badLineCount,
            missingFrames: summary.health.missingFrames)
        self.lost = Loss(summary.health.lost)
        self.failure = runs.last?.failure
        self.commits = (runs.map(\.commit) + [summary.commit]).compactMap(\.self).distinctSorted
        self.tests = runs.compactMap(\.test).distinctSorted
        self.conditions = LikeConditions.key(of: runs)
        if self.headline == nil { self.reported = ReportedHeadline(runs) }
    }
}

extension CatalogEntry.Loss {
    /// Of no record, to be read.
    static let none = CatalogEntry.Loss(events: 0, share: 0, text: "")

    init?(_ lost: LostRecords) {
        guard let text = lost.shortText else { return nil }
        self.init(events: lost.events, share: lost.share, text: text)
    }
}

extension CatalogEntry.Headline {
    /// Whether too few samples are beyond the quantile: see `Population.hasFewSamples(beyond:)`.
    package func hasFewSamples(beyond q: Double) -> Bool {
        NearestRank.hasFewSamples(Double(successes), beyond: q)
    }

    /// The headline metric of the run with the most samples, merged over all runs; `nil` if there
    /// are no samples.
    init?(_ runs: [RunSummary]) {
        let heads = runs.compactMap(\.headline)
        guard let head = heads.max(by: { $0.total.count < $1.total.count }) else { return nil }
        let metric = head.metric
        let timelines = runs.compactMap { $0.timeline(of: metric, unit: head.unit) }
        let activity = runs.flatMap { run in
            run.timeline(of: metric, unit: head.unit).map { $0.activity(in: run) } ?? []
        }
        guard let total = Aggregate.merged(timelines.map(\.total)) else { return nil }
        let seconds = Interval.totalMs(activity) / 1_000
        self.init(
            metric: metric, unit: timelines.compactMap(\.unit).first,
            count: SaturatingCount.reported(total.count),
            errors: SaturatingCount.reported(total.errors),
            successes: SaturatingCount.reported(total.successes.count),
            perSecond: seconds > 0 ? Double(total.succeeded) / seconds : 0,
            p50: total.successes.quantile(0.5), p99: total.successes.quantile(0.99),
            p99OverTime: Self.curve(timelines.flatMap(\.buckets)))
        let meaning = timelines.last?.meaning
        (kind, better) = (meaning?.kind?.rawValue, meaning?.better?.rawValue)
    }

    /// The 99th percentile over time. The buckets are cut into at most
    /// `IndexLimits.sparklinePoints` parts of equal length, one point each.
    private static func curve(_ buckets: [TimeBucket]) -> [Double] {
        guard !buckets.isEmpty else { return [] }
        let points = min(buckets.count, IndexLimits.sparklinePoints)
        return (0..<points).map { point in
            let from = point * buckets.count / points
            let to = (point + 1) * buckets.count / points
            let parts = buckets[from..<to].map(\.aggregate.successes)
            let histogram = Histogram(merging: parts.lazy.map(\.histogram))
            let high = parts.reduce(0) { max($0, $1.max) }
            // Three digits are more than the small curve can show.
            return min(histogram.quantile(0.99) ?? 0, high).roundedToThreeDigits
        }
    }
}

extension Double {
    fileprivate var roundedToThreeDigits: Double {
        guard self != 0, isFinite else { return 0 }
        var scale = 1.0
        while magnitude * scale < 100, scale < 1e15 { scale *= 10 }
        return (self * scale).rounded() / scale
    }
}

extension CatalogEntry.Headline {
    package var json: JSONValue {
        .object([
            .init("metric", .string(metric)), .init("unit", .optional(unit)),
            .init("kind", .optional(kind)), .init("better", .optional(better)),
            .init("count", .integer(count)), .init("errors", .integer(errors)),
            .init("successes", .integer(successes)),
            .init("per_second", .double(perSecond)), .init("p50", .optional(p50)),
            .init("p99", .optional(p99)),
            .init("p99_over_time", .array(p99OverTime.map(JSONValue.double))),
        ])
    }
}

extension CatalogEntry {
    /// One row of the session list as JSON, for programs.
    package var json: JSONValue {
        .object([
            .init("user", .string(self.user.value)), .init("session", .string(self.session.value)),
            .init("name", .optional(self.name)),
            .init("tags", .array(self.tags.map(JSONValue.string))),
            .init("archived", .bool(self.isArchived)), .init("running", .bool(self.isRunning)),
            .init("targets", .array(self.targets.map(JSONValue.string))),
            .init("commits", .array(self.commits.map(JSONValue.string))),
            .init("tests", .array(self.tests.map(JSONValue.string))),
            .init("runs", .integer(self.runCount)), .init("first", .optional(self.first)),
            .init("last", .optional(self.last)), .init("events", .integer(self.eventCount)),
            .init("headline", self.headline.map(\.json) ?? .null),
            .init("reported", self.reported.map(\.json) ?? .null),
            .init("bad_regions", .integer(self.badRegionCount)),
            .init("bad_lines", .integer(self.badLineCount)),
            .init("missing_frames", .integer(self.missingFrames)),
            .init(
                "lost",
                self.lost.map {
                    .object([
                        .init("events", .integer($0.events)), .init("share", .double($0.share)),
                    ])
                } ?? .null),
            .init("folded_bytes", .integer(self.foldedBytes)),
            .init("unread_bytes", .integer(self.unreadBytes)),
            .init("failure", .optional(self.failure)),
        ])
    }
}

/// A change of one session's row in the catalogue's file.
package enum CatalogChange: Sendable, Equatable {
    case row(CatalogRecord)
    case gone(DataFolder.SessionKey)

    var key: DataFolder.SessionKey {
        switch self {
        case .row(let record): record.key
        case .gone(let key): key
        }
    }
}
