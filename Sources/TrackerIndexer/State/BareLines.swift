/// What is folded of lines without a header, apart from those with one: which of their times are
/// strays is known only when all of them are, see `BareStrays`.
struct BareLines {
    /// Of their samples. A far time takes a bucket of its own and widens none.
    var curves = TimelineTable(isSparse: true)
    /// The span of all plausible times.
    var firstMs = Double.infinity
    var lastMs = -Double.infinity

    var isEmpty: Bool { firstMs > lastMs }

    mutating func widen(_ firstMs: Double, _ lastMs: Double) {
        self.firstMs = min(self.firstMs, firstMs)
        self.lastMs = max(self.lastMs, lastMs)
    }

    mutating func merge(
        _ other: BareLines, from otherStore: AccumulatorPool, into store: AccumulatorPool
    ) {
        curves.merge(other.curves, from: otherStore, into: store)
        widen(other.firstMs, other.lastMs)
    }
}
