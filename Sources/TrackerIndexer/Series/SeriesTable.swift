import TrackerLog

/// The series of a session, at most `IndexLimits.maxSeriesPerSession` of them apart.
///
/// Kept are those of lowest rank among all that ever came: a set that does not depend on their
/// order, and whose members were never part of the overflow. So the table merges like everything
/// else.
struct SeriesTable {
    struct Entry {
        /// See `SeriesKey.rank`.
        let rank: UInt64
        var unit: String?
        let accumulator: AccumulatorID
    }

    private(set) var entries: [Entry] = []
    /// Of the same series in the same order.
    let index = SeriesIndex()
    /// Of the first key that was left out; keys from it on are.
    private(set) var firstExcluded: SeriesKey?
    private(set) var overflowAccumulator: AccumulatorID?

    /// So many more before a cut: fewer would be cut off more often, and more would be made only to
    /// be cut off.
    private static let slack = IndexLimits.maxSeriesPerSession / 4

    /// The accumulator of a key's series, or of the overflow; made where there was none.
    /// - Parameters:
    ///   - key: a `SeriesKeyBytes`.
    ///   - rank: its hash.
    ///   - names: the scanner's number for run, metric and unit; -1 for none.
    /// - Returns: also whether accumulators given out before have changed.
    mutating func accumulator(
        of key: UnsafeBufferPointer<UInt8>, rank: UInt64, unit: String?, names: Int32 = -1,
        in store: AccumulatorPool
    ) -> (accumulator: AccumulatorID, hasMoved: Bool) {
        if let index = unsafe index.entry(key, rank: rank, names: names) {
            entries[Int(index)].unit = smallerUnit(entries[Int(index)].unit, unit)
            return (entries[Int(index)].accumulator, false)
        }
        if unsafe isExcluded(key, rank: rank) { return (overflow(in: store), false) }
        let made = store.make()
        unsafe append(key, rank: rank, unit: unit, accumulator: made, names: names)
        guard entries.count >= IndexLimits.maxSeriesPerSession + Self.slack else {
            return (made, false)
        }
        cut(in: store)
        if let index = unsafe index.entry(key, rank: rank, names: names) {
            return (entries[Int(index)].accumulator, true)
        }
        return (overflow(in: store), true)
    }

    /// - Precondition: the key is not in.
    mutating func append(
        _ key: UnsafeBufferPointer<UInt8>, rank: UInt64, unit: String?, accumulator: AccumulatorID,
        names: Int32 = -1
    ) {
        unsafe index.append(key, rank: rank, accumulator: accumulator, names: names)
        entries.append(Entry(rank: rank, unit: unit, accumulator: accumulator))
    }

    mutating func overflow(in store: AccumulatorPool) -> AccumulatorID {
        if let overflowAccumulator { return overflowAccumulator }
        let made = store.make()
        overflowAccumulator = made
        return made
    }

    mutating func restore(firstExcluded: SeriesKey) { self.firstExcluded = firstExcluded }

    private func isExcluded(_ key: UnsafeBufferPointer<UInt8>, rank: UInt64) -> Bool {
        guard let firstExcluded else { return false }
        return unsafe !firstExcluded.standsBehind(key, rank: rank)
    }

    /// A series by what decides whether it is kept, as a rule without looking at its key.
    private struct Ranked {
        let rank: UInt64
        let entry: Int32
    }

    /// Keeps the limit: what is over goes to the overflow.
    mutating func cut(in store: AccumulatorPool) {
        let limit = IndexLimits.maxSeriesPerSession
        guard entries.count > limit else { return }
        var ranked = entries.indices.map { Ranked(rank: entries[$0].rank, entry: Int32($0)) }
        ranked.select(limit) { a, b in
            guard a.rank == b.rank else { return a.rank < b.rank }
            return unsafe SeriesKey.precedes(
                index.key(at: Int(a.entry)), index.key(at: Int(b.entry)))
        }
        let first = ranked[limit]
        firstExcluded = unsafe SeriesKey(bytes: index.key(at: Int(first.entry)), rank: first.rank)
        exclude(ranked[limit...].map(\.entry), in: store)
    }

    /// These series go to the overflow.
    private mutating func exclude(_ excluded: [Int32], in store: AccumulatorPool) {
        guard !excluded.isEmpty else { return }
        let target = overflow(in: store)
        // From the last on: what fills a gap is one that stays.
        for entry in excluded.sorted(by: >) {
            let entry = Int(entry)
            store.drain(entries[entry].accumulator, into: target)
            index.remove(at: entry)
            entries.swapAt(entry, entries.count - 1)
            entries.removeLast()
        }
    }

    /// The indices of the entries, by run, metric and labels.
    var sorted: [Int] {
        entries.indices.sorted {
            unsafe SeriesKey.precedes(index.key(at: $0), index.key(at: $1))
        }
    }

    /// Takes in all of another table, whose accumulators are in `otherStore`.
    mutating func merge(
        _ other: SeriesTable, from otherStore: AccumulatorPool, into store: AccumulatorPool
    ) {
        if let theirs = other.firstExcluded, firstExcluded.map({ theirs.isKeptBefore($0) }) ?? true
        {
            firstExcluded = theirs
            let late = entries.indices.filter {
                unsafe isExcluded(index.key(at: $0), rank: entries[$0].rank)
            }
            exclude(late.map { Int32($0) }, in: store)
        }
        if let theirs = other.overflowAccumulator {
            store[overflow(in: store)].merge(otherStore[theirs])
        }
        for (at, entry) in other.entries.enumerated() {
            let (target, _) = unsafe accumulator(
                of: other.index.key(at: at), rank: entry.rank, unit: entry.unit, in: store)
            store[target].merge(otherStore[entry.accumulator])
        }
    }
}
