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
        var names = RowNames()
        self.init(
            user: summary.user, session: summary.session,
            name: summary.name.map(RowNames.text), tags: names.kept(summary.tags),
            isArchived: summary.isArchived,
            isRunning: runs.contains { $0.state == .running },
            targets: names.kept(runs.compactMap(\.target).distinctSorted), runCount: runs.count,
            first: summary.listedFirst, last: summary.listedLast, eventCount: summary.eventCount,
            headline: Headline(runs), badRegionCount: summary.health.badRegionCount,
            badLineCount: summary.health.badLineCount,
            missingFrames: summary.health.missingFrames)
        self.isUnfinished = runs.contains { $0.state == .unfinished }
        self.lost = Loss(summary.health.lost)
        self.failure = runs.last?.failure
        let commits = (runs.map(\.commit) + [summary.commit]).compactMap(\.self)
        self.commits = names.kept(commits.distinctSorted)
        self.tests = names.kept(runs.compactMap(\.test).distinctSorted)
        self.unkeptNames = names.unkept
        self.conditions = LikeConditions.key(of: runs)
        if self.headline == nil {
            var reported = ReportedHeadline(runs)
            if let metric = reported?.metric { reported?.metric = RowNames.text(metric) }
            self.reported = reported
        }
    }
}

/// What a row keeps of texts that a session may have any number of, of any length.
private struct RowNames {
    private(set) var unkept = 0

    /// Those that fit, in their order.
    mutating func kept(_ names: [String]) -> [String] {
        var left = IndexLimits.maxRowNameBytes
        let kept = names.filter { name in
            let bytes = name.utf8.count + IndexLimits.bytesPerRowName
            guard bytes <= left else { return false }
            left -= bytes
            return true
        }
        unkept += names.count - kept.count
        return kept
    }

    /// The beginning, with a mark, of a text that is too long.
    static func text(_ whole: String) -> String {
        guard whole.utf8.count > IndexLimits.maxRowTextBytes else { return whole }
        var (end, bytes) = (whole.startIndex, 0)
        while end < whole.endIndex {
            bytes += whole[end].utf8.count
            guard bytes <= IndexLimits.maxRowTextBytes else { break }
            end = whole.index(after: end)
        }
        return whole[..<end] + "…"
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
        // What is in no known time has no part in the rate of the rest.
        var (activity, dated) = ([Interval](), 0)
        for run in runs {
            guard let timeline = run.timeline(of: metric, unit: head.unit) else { continue }
            let active = timeline.activity(in: run)
            activity += active
            if !active.isEmpty { dated = SaturatingCount.sum(dated, timeline.total.succeeded) }
        }
        guard let total = Aggregate.merged(timelines.map(\.total)) else { return nil }
        let seconds = Interval.totalMs(activity) / 1_000
        self.init(
            metric: metric, unit: timelines.compactMap(\.unit).first,
            count: SaturatingCount.reported(total.count),
            errors: SaturatingCount.reported(total.errors),
            successes: SaturatingCount.reported(total.successes.count),
            perSecond: seconds > 0 ? Double(dated) / seconds : 0,
            p50: total.successes.quantile(0.5), p99: total.successes.quantile(0.99),
            p99OverTime: Self.curve(timelines.flatMap(\.buckets)))
        let meaning = timelines.last?.meaning
        (kind, better) = (meaning?.kind?.rawValue, meaning?.better?.rawValue)
    }

    /// The 99th percentile over time. The buckets are cut into at most
    /// `IndexLimits.sparklinePoints` parts of equal length. One with too few samples is taken
    /// together with its neighbours; without enough in all there is no point.
    private static func curve(_ buckets: [TimeBucket]) -> [Double] {
        let points = min(buckets.count, IndexLimits.sparklinePoints)
        let parts = (0..<points).map { point in
            let from = point * buckets.count / points
            let to = (point + 1) * buckets.count / points
            return Population.merged(buckets[from..<to].map(\.aggregate.successes))
        }
        return NearestRank.ranges(of: parts.map(\.count), beyond: 0.99).compactMap { range in
            let all = range.count == 1 ? parts[range.lowerBound] : .merged(parts[range])
            guard !all.hasFewSamples(beyond: 0.99) else { return nil }
            // Three digits are more than the small curve can show.
            return all.quantile(0.99)?.roundedToThreeDigits
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
            .init("per_second", .optional(throughput)), .init("p50", .optional(p50)),
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
            .init("unkept_names", .integer(self.unkeptNames)),
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
