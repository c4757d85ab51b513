import TrackerLog

/// One metric of one run, in one unit, over time: an accumulator for each time bucket, all of equal
/// width.
///
/// The width is the base times the smallest power of two at which the times span no more than
/// `maxBuckets`. Buckets begin at multiples of their width, so that two narrow ones are exactly one
/// wide one: the result depends on the samples, not on their order.
///
/// ```
/// width 1 s   │ 0 │ 1 │ 2 │ 3 │ 4 │ 5 │    index = time / width
/// width 2 s   │   0   │   1   │   2   │
/// ```
///
/// Of lines without a header it is sparse: the width is the smallest at which no more than
/// `maxBuckets` buckets have samples, whatever lies between them. So a time that is far from all
/// others costs a bucket and nothing else, until `BareStrays` says what it means.
///
/// Beyond the limit of curves it is a total: one accumulator for all times. Nothing is lost but the
/// course over time, and samples are added in the same way.
struct Timeline {
    /// The run, metric and unit of a curve.
    struct Key: Hashable, Comparable {
        let run: ExactText
        let metric: ExactText
        /// Empty for none.
        private let unitText: ExactText

        init(run: String, metric: String, unit: String?) {
            self.run = ExactText(run)
            self.metric = ExactText(metric)
            unitText = ExactText(unit ?? "")
        }

        var unit: String? { unitText.text.isEmpty ? nil : unitText.text }

        var rank: UInt64 {
            SeriesKey(run: run.text, metric: metric.text, unit: unit, labels: []).rank
        }

        static func < (a: Key, b: Key) -> Bool {
            (a.run, a.metric, a.unitText) < (b.run, b.metric, b.unitText)
        }
    }

    let key: Key
    /// See `SeriesKey.rank`.
    let rank: UInt64
    /// Width is `IndexLimits.baseBucketMs << shift`.
    private(set) var shift: Int
    /// See `TimelineTable.maxBuckets`.
    private var maxBuckets: Int
    /// Whether buckets without samples do not count.
    private let isSparse: Bool
    /// By bucket index.
    private(set) var accumulators: [Int: AccumulatorID] = [:]
    private(set) var firstMs = Double.infinity
    private(set) var lastMs = -Double.infinity

    // The bucket of the last sample.
    private var current = AccumulatorID.none
    private var currentStartMs = Double.infinity
    private var currentEndMs = -Double.infinity

    init(_ key: Key, maxBuckets: Int, isSparse: Bool = false) {
        self.key = key
        rank = key.rank
        shift = 0
        self.maxBuckets = maxBuckets
        self.isSparse = isSparse
    }

    /// The accumulator of all times; `nil` for a curve.
    var total: AccumulatorID? {
        currentStartMs == -.infinity && !current.isNone ? current : nil
    }

    /// Gives up the course over time.
    mutating func becomeTotal(in store: AccumulatorPool) {
        guard total == nil else { return }
        let total = store.make()
        for source in accumulators.values { store.drain(source, into: total) }
        accumulators = [:]
        shift = 0
        restore(total: total)
    }

    mutating func restore(total: AccumulatorID) {
        (current, currentStartMs, currentEndMs) = (total, -.infinity, .infinity)
    }

    /// What a total costs in memory, about. It depends on the samples alone, not on their order,
    /// and never falls: so the totals that fit are the same ones in any order.
    func bytes(in store: AccumulatorPool) -> Int {
        let names = key.run.text.utf8.count + key.metric.text.utf8.count
        return Self.bytesWithoutBuckets + names + store[current].bucketBytes
    }

    /// The entries of both tables, the texts' blocks, and an accumulator.
    private static let bytesWithoutBuckets = 512

    var widthMs: Int { IndexLimits.baseBucketMs << shift }

    /// The accumulator for a time; created if missing.
    /// - Parameter timestampMs: within 0 and `IndexLimits.maxTimestampMs`.
    @inline(__always)
    mutating func accumulator(at timestampMs: Double, in store: AccumulatorPool) -> AccumulatorID {
        if timestampMs < firstMs { firstMs = timestampMs }
        if timestampMs > lastMs { lastMs = timestampMs }
        if timestampMs >= currentStartMs, timestampMs < currentEndMs { return current }
        return find(at: timestampMs, in: store)
    }

    /// The accumulator of the last sample's bucket if the time is in it; else `none`, and nothing
    /// changes.
    @inline(__always)
    mutating func current(at timestampMs: Double) -> AccumulatorID {
        guard timestampMs >= currentStartMs, timestampMs < currentEndMs else { return .none }
        if timestampMs < firstMs { firstMs = timestampMs }
        if timestampMs > lastMs { lastMs = timestampMs }
        return current
    }

    private mutating func find(
        at timestampMs: Double, in store: AccumulatorPool
    ) -> AccumulatorID {
        fitSpan(in: store)
        var index = Int(timestampMs) / widthMs
        var found = accumulators[index] ?? store.make()
        accumulators[index] = found
        if isSparse, accumulators.count > maxBuckets {
            fitCount(in: store)
            index = Int(timestampMs) / widthMs
            found = accumulators[index] ?? found
        }
        current = found
        currentStartMs = Double(index * widthMs)
        currentEndMs = Double((index + 1) * widthMs)
        return found
    }

    private mutating func fitSpan(in store: AccumulatorPool) {
        guard !isSparse else { return }
        var needed = shift
        while Int(lastMs) / (IndexLimits.baseBucketMs << needed)
            - Int(firstMs) / (IndexLimits.baseBucketMs << needed) >= maxBuckets
        {
            needed += 1
        }
        coarsen(to: needed, in: store)
    }

    private mutating func fitCount(in store: AccumulatorPool) {
        guard isSparse else { return }
        var needed = shift
        while Set(accumulators.keys.map { $0 >> (needed - shift) }).count > maxBuckets {
            needed += 1
        }
        coarsen(to: needed, in: store)
    }

    /// How many buckets of the base width the times span.
    var narrowBuckets: Int {
        firstMs > lastMs
            ? 0
            : Int(lastMs) / IndexLimits.baseBucketMs - Int(firstMs) / IndexLimits.baseBucketMs + 1
    }

    /// Whether the times span no more buckets than a curve that is not sparse may have.
    var spansFewBuckets: Bool {
        Int(lastMs) / widthMs - Int(firstMs) / widthMs < maxBuckets
    }

    /// The earliest time that a bucket may hold.
    func startMs(of index: Int) -> Double { max(firstMs, Double(index * widthMs)) }

    /// The latest one.
    func endMs(of index: Int) -> Double { min(lastMs, Double((index + 1) * widthMs - 1)) }

    /// The curve of some buckets, chosen by their `startMs`, with the same accumulators. `nil` when
    /// there is none.
    func part(where isChosen: (_ startMs: Double) -> Bool) -> Timeline? {
        let chosen = accumulators.filter { isChosen(startMs(of: $0.key)) }
        guard let first = chosen.keys.min(), let last = chosen.keys.max() else { return nil }
        var part = Timeline(key, maxBuckets: maxBuckets, isSparse: isSparse)
        part.restore(shift: shift)
        part.restore(firstMs: startMs(of: first), lastMs: endMs(of: last))
        for (index, accumulator) in chosen { part.restore(accumulator: accumulator, index: index) }
        return part
    }

    /// Widens the buckets until the times span no more than `maxBuckets`.
    mutating func fit(maxBuckets: Int, in store: AccumulatorPool) {
        self.maxBuckets = maxBuckets
        guard firstMs <= lastMs, total == nil else { return }
        fitSpan(in: store)
        fitCount(in: store)
    }

    private mutating func coarsen(to shift: Int, in store: AccumulatorPool) {
        guard shift > self.shift else { return }
        let factor = 1 << (shift - self.shift)
        var wide: [Int: AccumulatorID] = [:]
        for (index, source) in accumulators {
            if let target = wide[index / factor] {
                store.drain(source, into: target)
            } else {
                wide[index / factor] = source
            }
        }
        accumulators = wide
        self.shift = shift
        currentStartMs = .infinity
        currentEndMs = -.infinity
    }

    /// Merges another timeline of the same key, whose accumulators are in `otherStore`.
    mutating func merge(
        _ other: Timeline, from otherStore: AccumulatorPool, into store: AccumulatorPool
    ) {
        firstMs = min(firstMs, other.firstMs)
        lastMs = max(lastMs, other.lastMs)
        guard firstMs <= lastMs else { return }
        if let total {
            for source in other.accumulators.values { store[total].merge(otherStore[source]) }
            if let source = other.total { store[total].merge(otherStore[source]) }
            return
        }
        coarsen(to: other.shift, in: store)
        fitSpan(in: store)
        let factor = 1 << (shift - other.shift)
        for (index, source) in other.accumulators {
            let target = accumulators[index / factor] ?? store.make()
            accumulators[index / factor] = target
            store[target].merge(otherStore[source])
        }
        fitCount(in: store)
    }

    /// For reading back a stored state.
    mutating func restore(accumulator: AccumulatorID, index: Int) {
        accumulators[index] = accumulator
    }

    mutating func restore(shift: Int) { self.shift = shift }

    mutating func restore(firstMs: Double, lastMs: Double) {
        self.firstMs = firstMs
        self.lastMs = lastMs
    }

    mutating func releaseAccumulators(in store: AccumulatorPool) {
        for accumulator in accumulators.values { store.release(accumulator) }
        accumulators = [:]
        if let total { store.release(total) }
        (current, currentStartMs, currentEndMs) = (.none, .infinity, -.infinity)
    }
}
