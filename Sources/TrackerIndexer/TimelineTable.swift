import TrackerLog

/// The curves of a session: one for each metric of each run, within two limits that do not depend on order.
///
/// Kept are at most `IndexLimits.maxTimelinesPerSession` of lowest rank (see `SeriesTable`); and all their
/// cells are as wide as it takes for `IndexLimits.maxTimeCellsPerSession`.
struct TimelineTable {
    struct Key: Hashable {
        let run: String
        let metric: String

        var rank: UInt64 { SeriesKey(run: run, metric: metric, labels: []).rank }
    }

    var timelines: [Timeline] = []
    private var places: [Key: Int32] = [:]
    /// The lowest rank that was left out; ranks from it on are.
    private(set) var firstExcludedRank: UInt64?
    /// No timeline is narrower than this.
    private(set) var minShift = 0

    /// - Returns: the place of the timeline, `nil` when it is left out; and whether places have changed.
    mutating func place(of key: Key, unit: String?, in store: CellStore) -> (Int32?, hasMoved: Bool) {
        if let place = places[key] {
            timelines[Int(place)].unit = smallerUnit(timelines[Int(place)].unit, unit)
            return (place, false)
        }
        if let firstExcludedRank, key.rank >= firstExcludedRank { return (nil, false) }
        var timeline = Timeline(run: key.run, metric: key.metric, shift: minShift)
        timeline.unit = unit
        append(timeline)
        guard timelines.count >= 2 * IndexLimits.maxTimelinesPerSession else {
            return (Int32(timelines.count - 1), false)
        }
        cut(in: store)
        return (places[key], true)
    }

    mutating func append(_ timeline: Timeline) {
        places[Key(run: timeline.run, metric: timeline.metric)] = Int32(timelines.count)
        timelines.append(timeline)
    }

    mutating func restore(firstExcludedRank: UInt64?, minShift: Int) {
        self.firstExcludedRank = firstExcludedRank
        self.minShift = minShift
    }

    /// Keeps both limits.
    mutating func cut(in store: CellStore) {
        if timelines.count > IndexLimits.maxTimelinesPerSession {
            let ranks = timelines.map { Key(run: $0.run, metric: $0.metric).rank }.sorted()
            exclude(from: ranks[IndexLimits.maxTimelinesPerSession], in: store)
        }
        while cellCount > IndexLimits.maxTimeCellsPerSession {
            minShift += 1
            coarsenAll(in: store)
        }
    }

    var cellCount: Int { timelines.reduce(0) { $0 + $1.cells.count } }

    private mutating func coarsenAll(in store: CellStore) {
        for index in timelines.indices { timelines[index].coarsen(to: minShift, in: store) }
    }

    private mutating func exclude(from rank: UInt64, in store: CellStore) {
        firstExcludedRank = min(rank, firstExcludedRank ?? rank)
        let all = timelines
        timelines = []
        places = [:]
        for var timeline in all {
            if Key(run: timeline.run, metric: timeline.metric).rank < rank {
                append(timeline)
            } else {
                timeline.releaseCells(in: store)
            }
        }
    }

    mutating func merge(_ other: TimelineTable, from otherStore: CellStore, into store: CellStore) {
        if let rank = other.firstExcludedRank, rank < firstExcludedRank ?? .max {
            exclude(from: rank, in: store)
        }
        minShift = max(minShift, other.minShift)
        coarsenAll(in: store)
        for timeline in other.timelines {
            let key = Key(run: timeline.run, metric: timeline.metric)
            guard let place = place(of: key, unit: timeline.unit, in: store).0 else { continue }
            timelines[Int(place)].merge(timeline, from: otherStore, into: store)
        }
        cut(in: store)
    }
}
