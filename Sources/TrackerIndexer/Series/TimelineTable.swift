import TrackerLog

/// The curves of a session: one for each metric and unit of each run, within two limits that do not
/// depend on order.
///
/// Kept are the `IndexLimits.maxTimelinesPerSession` curves of lowest rank (see `SeriesTable`).
/// Together they have at most `IndexLimits.maxTimeBucketsPerSession` buckets: see `maxBuckets`.
struct TimelineTable {
    typealias Key = Timeline.Key

    var timelines: [Timeline] = []
    private var ids: [Key: TimelineID] = [:]
    /// The lowest excluded rank; curves of this rank or higher are excluded.
    private(set) var firstExcludedRank: UInt64?
    /// No timeline spans more buckets than this.
    ///
    /// It never rises, and follows from the set of curves and the times they span. It must not
    /// follow from the number of buckets at some moment: that number falls when a curve grows and
    /// its buckets widen.
    private(set) var maxBuckets = IndexLimits.maxTimeBuckets

    /// The timeline of a run, metric and unit; created if missing.
    /// - Returns: also whether ids returned earlier are invalid now.
    mutating func timeline(
        of key: Key, in store: AccumulatorPool
    ) -> (id: TimelineID, hasMoved: Bool) {
        if let id = ids[key] {
            return (id, false)
        }
        if let firstExcludedRank, key.rank >= firstExcludedRank { return (.excluded, false) }
        append(Timeline(key, maxBuckets: maxBuckets))
        guard timelines.count >= 2 * IndexLimits.maxTimelinesPerSession else {
            return (TimelineID(timelines.count - 1), false)
        }
        cut(in: store)
        return (ids[key] ?? .excluded, true)
    }

    mutating func append(_ timeline: Timeline) {
        ids[timeline.key] = TimelineID(timelines.count)
        timelines.append(timeline)
    }

    mutating func restore(firstExcludedRank: UInt64?, maxBuckets: Int) {
        self.firstExcludedRank = firstExcludedRank
        self.maxBuckets = maxBuckets
    }

    /// Enforces both limits.
    mutating func cut(in store: AccumulatorPool) {
        if timelines.count > IndexLimits.maxTimelinesPerSession {
            let ranks = timelines.map(\.key.rank).sorted()
            exclude(from: ranks[IndexLimits.maxTimelinesPerSession], in: store)
        }
        let fitting = fittingBuckets
        guard fitting < maxBuckets else { return }
        maxBuckets = fitting
        for index in timelines.indices { timelines[index].fit(maxBuckets: maxBuckets, in: store) }
    }

    /// How many buckets a curve may span so that all curves together fit.
    private var fittingBuckets: Int {
        // The spans of excluded curves are not known any more: the result must not depend on them.
        guard firstExcludedRank == nil else { return IndexLimits.fewestTimeBuckets }
        var buckets = maxBuckets
        while buckets > IndexLimits.fewestTimeBuckets {
            let all = timelines.reduce(0) { $0 + min(buckets, $1.narrowBuckets) }
            if all <= IndexLimits.maxTimeBucketsPerSession { break }
            buckets = max(buckets / 2, IndexLimits.fewestTimeBuckets)
        }
        return buckets
    }

    private mutating func exclude(from rank: UInt64, in store: AccumulatorPool) {
        firstExcludedRank = min(rank, firstExcludedRank ?? rank)
        let all = timelines
        timelines = []
        ids = [:]
        for var timeline in all {
            if timeline.key.rank < rank {
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
