import TrackerLog

/// The curves of a session: one for each metric of each run, within two limits that do not depend
/// on order.
///
/// Kept are at most `IndexLimits.maxTimelinesPerSession` of lowest rank (see `SeriesTable`). All
/// their cells together are at most `IndexLimits.maxTimeBucketsPerSession`: see `maxBuckets`.
struct TimelineTable {
    typealias Key = Timeline.Key

    var timelines: [Timeline] = []
    private var ids: [Key: TimelineID] = [:]
    /// The lowest rank that was left out; ranks from it on are.
    private(set) var firstExcludedRank: UInt64?
    /// No timeline spans more cells than this.
    ///
    /// It only ever falls, and follows from which curves there are and what times they span: never
    /// from how many cells there were at one moment, which may be fewer later, when a curve has
    /// become longer.
    private(set) var maxBuckets = IndexLimits.maxTimeBuckets

    /// The timeline of a run and metric; made where there was none.
    /// - Returns: also whether ids given out before have changed.
    mutating func timeline(
        of key: Key, unit: String?, in store: AccumulatorPool
    ) -> (id: TimelineID, hasMoved: Bool) {
        if let id = ids[key] {
            timelines[id.index].unit = smallerUnit(timelines[id.index].unit, unit)
            return (id, false)
        }
        if let firstExcludedRank, key.rank >= firstExcludedRank { return (.leftOut, false) }
        var timeline = Timeline(key, maxBuckets: maxBuckets)
        timeline.unit = unit
        append(timeline)
        guard timelines.count >= 2 * IndexLimits.maxTimelinesPerSession else {
            return (TimelineID(timelines.count - 1), false)
        }
        cut(in: store)
        return (ids[key] ?? .leftOut, true)
    }

    mutating func append(_ timeline: Timeline) {
        ids[timeline.key] = TimelineID(timelines.count)
        timelines.append(timeline)
    }

    mutating func restore(firstExcludedRank: UInt64?, maxBuckets: Int) {
        self.firstExcludedRank = firstExcludedRank
        self.maxBuckets = maxBuckets
    }

    /// Keeps both limits.
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

    /// The most cells a curve may span so that all together fit.
    private var fittingBuckets: Int {
        // Curves that were left out are not known any more: the rest must not depend on them.
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
        maxBuckets = min(maxBuckets, other.maxBuckets)
        for index in timelines.indices { timelines[index].fit(maxBuckets: maxBuckets, in: store) }
        for timeline in other.timelines {
            let (id, _) = self.timeline(of: timeline.key, unit: timeline.unit, in: store)
            guard id.isKept else { continue }
            timelines[id.index].merge(timeline, from: otherStore, into: store)
        }
        cut(in: store)
    }
}
