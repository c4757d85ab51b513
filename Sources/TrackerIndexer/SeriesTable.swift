import TrackerLog

/// What tells series of a session apart. `bytes` is one text for one key, whatever the line's
/// spelling.
struct SeriesKey: Hashable {
    let run: String
    let metric: String
    /// Sorted by the bytes of their names.
    let labels: [Label]
    /// Orders series by chance, but the same chance everywhere: decides which are kept when there
    /// are too many, so that it does not depend on which came first.
    let rank: UInt64

    init(run: String, metric: String, labels: [Label]) {
        self.run = run
        self.metric = metric
        let labels = labels.sorted { ExactText($0.name) < ExactText($1.name) }
        self.labels = labels
        rank = XXHash64.hash(Self.bytes(run, metric, labels))
    }

    /// - Parameters:
    ///   - bytes: a `SampleKey`.
    ///   - rank: their hash.
    init(bytes: UnsafeBufferPointer<UInt8>, rank: UInt64) {
        let texts = unsafe bytes.dropLast().split(
            separator: SampleKey.separator, omittingEmptySubsequences: false
        )
        .map { unsafe String(decoding: $0, as: UTF8.self) }
        run = texts[0]
        metric = texts[1]
        labels = stride(from: 2, to: texts.count, by: 2).map { Label(texts[$0], texts[$0 + 1]) }
        self.rank = rank
    }

    /// As `SampleKey` says.
    var bytes: [UInt8] { Self.bytes(run, metric, labels) }

    private static func bytes(_ run: String, _ metric: String, _ labels: [Label]) -> [UInt8] {
        var bytes: [UInt8] = []
        for text in [run, metric] + labels.flatMap({ [$0.name, $0.value] }) {
            bytes.append(contentsOf: text.utf8)
            bytes.append(SampleKey.separator)
        }
        return bytes
    }

    func hash(into hasher: inout Hasher) { hasher.combine(rank) }

    /// By the bytes of run, metric, labels.
    static func precedes(_ a: SeriesKey, _ b: SeriesKey) -> Bool {
        let names = (ExactText(a.run), ExactText(a.metric))
        let others = (ExactText(b.run), ExactText(b.metric))
        if names != others { return names < others }
        return a.labels.lexicographicallyPrecedes(b.labels) {
            (ExactText($0.name), ExactText($0.value)) < (ExactText($1.name), ExactText($1.value))
        }
    }

    func isKeptBefore(_ other: SeriesKey) -> Bool {
        rank != other.rank ? rank < other.rank : SeriesKey.precedes(self, other)
    }

    /// A label `status` of 400 or more says that the request failed, where nothing else does.
    var statusSaysFailed: Bool {
        guard let status = labels.first(where: { $0.name == "status" }) else { return false }
        return Double(status.value).map { $0 >= 400 } ?? false
    }
}

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

    /// Keeps the limit: what is over goes to the overflow.
    mutating func cut(in store: CellStore) {
        guard entries.count > IndexLimits.maxSeriesPerSession else { return }
        let sorted = entries.sorted { $0.key.isKeptBefore($1.key) }
        let excluded = sorted[IndexLimits.maxSeriesPerSession...]
        let target = overflow(in: store)
        for entry in excluded { store.drain(entry.cell, into: target) }
        firstExcluded = excluded.first?.key
        entries = []
        index.clear()
        for entry in sorted[..<IndexLimits.maxSeriesPerSession] { append(entry) }
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
