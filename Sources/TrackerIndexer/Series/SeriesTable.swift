import TrackerLog

/// The series of a session: at most `IndexLimits.maxSeriesPerSession`, the others together in one
/// overflow accumulator.
///
/// Kept are the series of lowest rank among all seen. That set does not depend on the order, and
/// its members were never part of the overflow, so tables can be merged.
struct SeriesTable {
    struct Entry {
        /// See `SeriesKey.rank`.
        let rank: UInt64
        let accumulator: AccumulatorID
    }

    private(set) var entries: [Entry] = []
    /// The keys of `entries`, in the same order.
    let index = SeriesIndex()
    /// The excluded key of lowest rank; it and all keys after it go to the overflow.
    private(set) var firstExcluded: SeriesKey?
    private(set) var overflowAccumulator: AccumulatorID?

    /// How far `entries` may exceed the limit before a cut. Less means more cuts, more means
    /// series that are made only to be cut.
    private static let slack = IndexLimits.maxSeriesPerSession / 4

    /// The accumulator of a key's series, or of the overflow; created if missing.
    /// - Parameters:
    ///   - key: a `SeriesKeyBytes`.
    ///   - rank: its hash.
    ///   - names: the scanner's number for run, metric and unit; -1 for none.
    /// - Returns: also whether accumulators returned earlier are invalid now.
    mutating func accumulator(
        of key: UnsafeBufferPointer<UInt8>, rank: UInt64, names: Int32 = -1,
        in store: AccumulatorPool
    ) -> (accumulator: AccumulatorID, hasMoved: Bool) {
        if let index = unsafe index.entry(key, rank: rank, names: names) {
            return (entries[Int(index)].accumulator, false)
        }
        if unsafe isExcluded(key, rank: rank) { return (overflow(in: store), false) }
        let made = store.make()
        unsafe append(key, rank: rank, accumulator: made, names: names)
        guard entries.count >= IndexLimits.maxSeriesPerSession + Self.slack else {
            return (made, false)
        }
        cut(in: store)
        if let index = unsafe index.entry(key, rank: rank, names: names) {
            return (entries[Int(index)].accumulator, true)
        }
        return (overflow(in: store), true)
    }

    /// - Precondition: the key is not in the table.
    mutating func append(
        _ key: UnsafeBufferPointer<UInt8>, rank: UInt64, accumulator: AccumulatorID,
        names: Int32 = -1
    ) {
        unsafe index.append(key, rank: rank, accumulator: accumulator, names: names)
        entries.append(Entry(rank: rank, accumulator: accumulator))
    }

    mutating func overflow(in store: AccumulatorPool) -> AccumulatorID {
        if let overflowAccumulator { return overflowAccumulator }
        let made = store.make()
        overflowAccumulator = made
        return made
    }

    mutating func restore(firstExcluded: SeriesKey) { self.firstExcluded = firstExcluded }

    private func isExcluded(_ key: UnsafeBufferPointer<UInt8>, rank: UInt64) -> Bool {
        if key.count > IndexLimits.maxSeriesKeyBytes { return true }
        guard let firstExcluded else { return false }
        return unsafe !firstExcluded.ranksAfter(key, rank: rank)
    }

    /// A series with its rank, so that a selection seldom reads the key.
    private struct Ranked {
        let rank: UInt64
        let entry: Int32
    }

    /// Enforces the limit: the series of highest rank go to the overflow.
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

    /// Moves these series to the overflow.
    private mutating func exclude(_ excluded: [Int32], in store: AccumulatorPool) {
        guard !excluded.isEmpty else { return }
        let target = overflow(in: store)
        // Highest index first: the entry moved into the gap is then never an excluded one.
        for entry in excluded.sorted(by: >) {
            let entry = Int(entry)
            store.drain(entries[entry].accumulator, into: target)
            index.remove(at: entry)
            entries.swapAt(entry, entries.count - 1)
            entries.removeLast()
        }
    }

    /// The indices of the entries, ordered by run, metric, unit and labels.
    var sorted: [Int] {
        entries.indices.sorted {
            unsafe SeriesKey.precedes(index.key(at: $0), index.key(at: $1))
        }
    }

    /// Merges another table, whose accumulators are in `otherStore`.
    mutating func merge(
        _ other: SeriesTable, from otherStore: AccumulatorPool, into store: AccumulatorPool
    ) {
        if let key = other.firstExcluded, firstExcluded.map({ key.ranksBefore($0) }) ?? true {
            firstExcluded = key
            let late = entries.indices.filter {
                unsafe isExcluded(index.key(at: $0), rank: entries[$0].rank)
            }
            exclude(late.map { Int32($0) }, in: store)
        }
        if let source = other.overflowAccumulator {
            store[overflow(in: store)].merge(otherStore[source])
        }
        for (at, entry) in other.entries.enumerated() {
            let (target, _) = unsafe accumulator(
                of: other.index.key(at: at), rank: entry.rank, in: store)
            store[target].merge(otherStore[entry.accumulator])
        }
    }
}
