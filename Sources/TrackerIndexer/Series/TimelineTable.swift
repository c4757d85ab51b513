import TrackerLog

/// The curves of a session: one for each metric of each run, within two limits that do not depend
/// on order.
///
/// Kept are at most `IndexLimits.maxTimelinesPerSession` of lowest rank (see `SeriesTable`). All
/// their cells together are at most `IndexLimits.maxTimeCellsPerSession`: see `maxCells`.
struct TimelineTable {
    typealias Key = Timeline.Key

    var timelines: [Timeline] = []
    private var places: [Key: Int32] = [:]
    /// The lowest rank that was left out; ranks from it on are.
    private(set) var firstExcludedRank: UInt64?
    /// No timeline spans more cells than this.
    ///
    /// It only ever falls, and follows from which curves there are and what times they span: never
    /// from how many cells there were at one moment, which may be fewer later, when a curve has
    /// become longer.
    private(set) var maxCells = IndexLimits.maxTimeBuckets

    /// - Returns: the place of the timeline, `nil` when it is left out; and whether places have
    ///   changed.
    mutating func place(of key: Key, unit: String?, in store: AccumulatorPool) -> (
        Int32?, hasMoved: Bool
    ) {
        if let place = places[key] {
            timelines[Int(place)].unit = smallerUnit(timelines[Int(place)].unit, unit)
            return (place, false)
        }
        if let firstExcludedRank, key.rank >= firstExcludedRank { return (nil, false) }
        var timeline = Timeline(key, maxCells: maxCells)
        timeline.unit = unit
        append(timeline)
        guard timelines.count >= 2 * IndexLimits.maxTimelinesPerSession else {
            return (Int32(timelines.count - 1), false)
        }
        cut(in: store)
        return (places[key], true)
    }

    mutating func append(_ timeline: Timeline) {
        places[timeline.key] = Int32(timelines.count)
        timelines.append(timeline)
    }

    mutating func restore(firstExcludedRank: UInt64?, maxCells: Int) {
        self.firstExcludedRank = firstExcludedRank
        self.maxCells = maxCells
    }

    /// Keeps both limits.
    mutating func cut(in store: AccumulatorPool) {
        if timelines.count > IndexLimits.maxTimelinesPerSession {
            let ranks = timelines.map(\.key.rank).sorted()
            exclude(from: ranks[IndexLimits.maxTimelinesPerSession], in: store)
        }
        let fitting = fittingCells
        guard fitting < maxCells else { return }
        maxCells = fitting
        for index in timelines.indices { timelines[index].fit(maxCells: maxCells, in: store) }
    }

    /// The most cells a curve may span so that all together fit.
    private var fittingCells: Int {
        // Curves that were left out are not known any more: the rest must not depend on them.
        guard firstExcludedRank == nil else { return IndexLimits.fewestTimeBuckets }
        var cells = maxCells
        while cells > IndexLimits.fewestTimeBuckets {
            let all = timelines.reduce(0) { $0 + min(cells, $1.narrowCells) }
            if all <= IndexLimits.maxTimeCellsPerSession { break }
            cells = max(cells / 2, IndexLimits.fewestTimeBuckets)
        }
        return cells
    }

    private mutating func exclude(from rank: UInt64, in store: AccumulatorPool) {
        firstExcludedRank = min(rank, firstExcludedRank ?? rank)
        let all = timelines
        timelines = []
        places = [:]
        for var timeline in all {
            if timeline.key.rank < rank {
                append(timeline)
            } else {
                timeline.releaseCells(in: store)
            }
        }
    }

    mutating func merge(
        _ other: TimelineTable, from otherStore: AccumulatorPool, into store: AccumulatorPool
    ) {
        if let rank = other.firstExcludedRank, rank < firstExcludedRank ?? .max {
            exclude(from: rank, in: store)
        }
        maxCells = min(maxCells, other.maxCells)
        for index in timelines.indices { timelines[index].fit(maxCells: maxCells, in: store) }
        for timeline in other.timelines {
            let place = place(of: timeline.key, unit: timeline.unit, in: store).0
            guard let place else { continue }
            timelines[Int(place)].merge(timeline, from: otherStore, into: store)
        }
        cut(in: store)
    }
}
