import TrackerLog

/// The curves of a session: one for each metric and unit of each run, within limits that do not
/// depend on order.
///
/// ```
/// rank   0 ────────────── firstTotalRank ──────────── firstExcludedRank ───────
///        curves                    totals                       nothing
/// ```
///
/// The `IndexLimits.maxTimelinesPerSession` of lowest rank (see `SeriesTable`) are curves, with
/// at most `IndexLimits.maxTimeBucketsPerSession` buckets together: see `maxBuckets`. Those after
/// them are totals, as many as fit into `IndexLimits.maxTotalBytesPerSession`. Both bounds only
/// fall, so that what is kept never lost a sample.
struct TimelineTable {
    typealias Key = Timeline.Key

    var timelines: [Timeline] = []
    /// See `Timeline`.
    let isSparse: Bool
    private var ids: [Key: TimelineID] = [:]
    /// Those of this rank or a higher one are totals.
    private(set) var firstTotalRank: UInt64?
    /// Those of this rank or a higher one are not kept.
    private(set) var firstExcludedRank: UInt64?
    /// How many of the timelines are totals.
    private(set) var totalCount = 0
    /// No timeline spans more buckets than this.
    ///
    /// It never rises, and follows from the set of curves and the times they span. It must not
    /// follow from the number of buckets at some moment: that number falls when a curve grows and
    /// its buckets widen.
    private(set) var maxBuckets = IndexLimits.maxTimeBuckets

    init(isSparse: Bool = false) { self.isSparse = isSparse }

    /// The timeline of a run, metric and unit; created if missing.
    /// - Returns: also whether ids returned earlier are invalid now.
    mutating func timeline(
        of key: Key, in store: AccumulatorPool
    ) -> (id: TimelineID, hasMoved: Bool) {
        if let id = ids[key] {
            return (id, false)
        }
        var made = Timeline(key, maxBuckets: maxBuckets, isSparse: isSparse)
        if let firstExcludedRank, made.rank >= firstExcludedRank { return (.excluded, false) }
        if let firstTotalRank, made.rank >= firstTotalRank { made.becomeTotal(in: store) }
        append(made)
        guard timelines.count - totalCount >= 2 * IndexLimits.maxTimelinesPerSession else {
            return (TimelineID(timelines.count - 1), false)
        }
        cut(in: store)
        return (ids[key] ?? .excluded, true)
    }

    mutating func append(_ timeline: Timeline) {
        ids[timeline.key] = TimelineID(timelines.count)
        timelines.append(timeline)
        if timeline.total != nil { totalCount += 1 }
    }

    mutating func restore(firstTotalRank: UInt64?, firstExcludedRank: UInt64?, maxBuckets: Int) {
        self.firstTotalRank = firstTotalRank
        self.firstExcludedRank = firstExcludedRank
        self.maxBuckets = maxBuckets
    }

    /// Enforces all limits.
    mutating func cut(in store: AccumulatorPool) {
        let limit = IndexLimits.maxTimelinesPerSession
        if timelines.count - totalCount > limit {
            let curves = timelines.indices.filter { timelines[$0].total == nil }
            let ranks = curves.map { timelines[$0].rank }.sorted()
            makeTotals(from: ranks[limit], in: store)
        }
        cutTotals(in: store)
        let fitting = fittingBuckets
        guard fitting < maxBuckets else { return }
        maxBuckets = fitting
        for index in timelines.indices { timelines[index].fit(maxBuckets: maxBuckets, in: store) }
    }

    /// How many buckets a curve may span so that all curves together fit.
    private var fittingBuckets: Int {
        // The spans of what became a total are not known any more: the result must not depend on
        // them.
        guard firstTotalRank == nil else { return IndexLimits.fewestTimeBuckets }
        var buckets = maxBuckets
        while buckets > IndexLimits.fewestTimeBuckets {
            let all = timelines.reduce(0) { $0 + min(buckets, $1.narrowBuckets) }
            if all <= IndexLimits.maxTimeBucketsPerSession { break }
            buckets = max(buckets / 2, IndexLimits.fewestTimeBuckets)
        }
        return buckets
    }

    private mutating func makeTotals(from rank: UInt64, in store: AccumulatorPool) {
        firstTotalRank = min(rank, firstTotalRank ?? rank)
        for index in timelines.indices where timelines[index].rank >= rank {
            guard timelines[index].total == nil else { continue }
            timelines[index].becomeTotal(in: store)
            totalCount += 1
        }
    }

    /// Enforces the limit of bytes: kept are the totals of lowest rank that fit together.
    private mutating func cutTotals(in store: AccumulatorPool) {
        guard totalCount > 0 else { return }
        var all = 0
        for index in timelines.indices {
            guard let total = timelines[index].total else { continue }
            store[total].compact()
            all += timelines[index].bytes(in: store)
        }
        guard all > IndexLimits.maxTotalBytesPerSession else { return }
        let totals = timelines.filter { $0.total != nil }.sorted { $0.rank < $1.rank }
        var bytes = 0
        let first = totals.first { total in
            bytes += total.bytes(in: store)
            return bytes > IndexLimits.maxTotalBytesPerSession
        }
        if let first { exclude(from: first.rank, in: store) }
    }

    private mutating func exclude(from rank: UInt64, in store: AccumulatorPool) {
        firstExcludedRank = min(rank, firstExcludedRank ?? rank)
        let all = timelines
        timelines = []
        ids = [:]
        totalCount = 0
        for var timeline in all {
            if timeline.rank < rank {
                append(timeline)
            } else {
                timeline.releaseAccumulators(in: store)
            }
        }
    }

    mutating func merge(
        _ other: TimelineTable, from otherStore: AccumulatorPool, into store: AccumulatorPool
    ) {
        if let rank = other.firstExcludedRank, rank < firstExcludedRank ?? .max {
            exclude(from: rank, in: store)
        }
        if let rank = other.firstTotalRank, rank < firstTotalRank ?? .max {
            makeTotals(from: rank, in: store)
        }
        if other.maxBuckets < maxBuckets {
            maxBuckets = other.maxBuckets
            for index in timelines.indices {
                timelines[index].fit(maxBuckets: maxBuckets, in: store)
            }
        }
        for timeline in other.timelines {
            let (id, _) = self.timeline(of: timeline.key, in: store)
            guard id.isKept else { continue }
            timelines[id.index].merge(timeline, from: otherStore, into: store)
        }
    }
}
