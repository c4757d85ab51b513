import TrackerLog

/// The series of a session, at most `IndexLimits.maxSeriesPerSession` of them apart.
///
/// Kept are those of lowest rank among all that ever came: a set that does not depend on their
/// order, and whose members were never part of the overflow. So the table merges like everything
/// else.
struct SeriesTable {
    struct Entry {
        let key: SeriesKey
        var unit: String?
        let cell: Int32
    }

    private(set) var entries: [Entry] = []
    let index = SeriesIndex()
    /// Of the first key that was left out; keys from it on are.
    private(set) var firstExcluded: SeriesKey?
    private(set) var overflowCell: Int32?

    enum Place {
        case series(Int32)
        case overflow(cell: Int32)
    }

    /// The series of a key; made where there was none.
    /// - Parameter names: the scanner's number for run, metric and unit; -1 for none.
    /// - Returns: also whether places given out before have changed.
    mutating func place(
        of key: SeriesKey, unit: String?, names: Int32 = -1, in store: CellStore
    ) -> (place: Place, hasMoved: Bool) {
        if let index = index.entry(key, names: names) {
            entries[Int(index)].unit = smallerUnit(entries[Int(index)].unit, unit)
            return (.series(index), false)
        }
        if let firstExcluded, !key.isKeptBefore(firstExcluded) {
            return (.overflow(cell: overflow(in: store)), false)
        }
        append(Entry(key: key, unit: unit, cell: store.make()), names: names)
        // Twice the limit before cutting: the cost of sorting is spread over as many new series.
        guard entries.count >= 2 * IndexLimits.maxSeriesPerSession else {
            return (.series(Int32(entries.count - 1)), false)
        }
        cut(in: store)
        if let index = index.entry(key, names: names) { return (.series(index), true) }
        return (.overflow(cell: overflow(in: store)), true)
    }

    mutating func append(_ entry: Entry, names: Int32 = -1) {
        index.insert(entry.key, entry: Int32(entries.count), cell: entry.cell, names: names)
        entries.append(entry)
    }

    mutating func overflow(in store: CellStore) -> Int32 {
        if let overflowCell { return overflowCell }
        let cell = store.make()
        overflowCell = cell
        return cell
    }

    mutating func restore(firstExcluded: SeriesKey) { self.firstExcluded = firstExcluded }

    /// A series by what decides whether it is kept: sorted without touching its key.
    private struct Ranked {
        let rank: UInt64
        let entry: Int32
    }

    /// Keeps the limit: what is over goes to the overflow.
    mutating func cut(in store: CellStore) {
        guard entries.count > IndexLimits.maxSeriesPerSession else { return }
        let before = entries
        var ranked = before.indices.map { Ranked(rank: before[$0].key.rank, entry: Int32($0)) }
        ranked.sort { a, b in
            guard a.rank == b.rank else { return a.rank < b.rank }
            return SeriesKey.precedes(before[Int(a.entry)].key, before[Int(b.entry)].key)
        }
        let excluded = ranked[IndexLimits.maxSeriesPerSession...]
        let target = overflow(in: store)
        for series in excluded { store.drain(before[Int(series.entry)].cell, into: target) }
        firstExcluded = excluded.first.map { before[Int($0.entry)].key }
        entries.removeAll(keepingCapacity: true)
        index.clear()
        for series in ranked[..<IndexLimits.maxSeriesPerSession] {
            append(before[Int(series.entry)])
        }
    }

    /// The series by run, metric and labels.
    var sorted: [Entry] {
        // Their keys in one block: they are compared more often than there are series.
        var block: [UInt8] = []
        block.reserveCapacity(index.byteCount)
        var spans: [(entry: Int32, start: Int, count: Int)] = []
        spans.reserveCapacity(entries.count)
        for (at, entry) in entries.enumerated() {
            spans.append((Int32(at), block.count, entry.key.bytes.count))
            block.append(contentsOf: entry.key.bytes)
        }
        unsafe block.withUnsafeBufferPointer { block in
            spans.sort { a, b in
                unsafe SeriesKey.precedes(
                    UnsafeBufferPointer(rebasing: block[a.start..<a.start + a.count]),
                    UnsafeBufferPointer(rebasing: block[b.start..<b.start + b.count]))
            }
        }
        return spans.map { entries[Int($0.entry)] }
    }

    /// Takes in all of another table, whose cells are in `otherStore`.
    mutating func merge(_ other: SeriesTable, from otherStore: CellStore, into store: CellStore) {
        if let theirs = other.firstExcluded, firstExcluded.map({ theirs.isKeptBefore($0) }) ?? true
        {
            firstExcluded = theirs
            let late = entries.filter { !$0.key.isKeptBefore(theirs) }
            let kept = entries.filter { $0.key.isKeptBefore(theirs) }
            if !late.isEmpty {
                let target = overflow(in: store)
                for entry in late { store.drain(entry.cell, into: target) }
                entries = []
                index.clear()
                for entry in kept { append(entry) }
            }
        }
        if let theirs = other.overflowCell {
            store[overflow(in: store)].merge(otherStore[theirs])
        }
        for entry in other.entries {
            let (place, _) = place(of: entry.key, unit: entry.unit, in: store)
            let cell =
                switch place {
                case .series(let index): entries[Int(index)].cell
                case .overflow(let cell): cell
                }
            store[cell].merge(otherStore[entry.cell])
        }
    }
}
