import TrackerLog

/// A sample prepared once, to be added to several accumulators.
struct PreparedSample {
    fileprivate let value: Double
    fileprivate let addend: ExactSum.Addend
    fileprivate let bucket: Int32
    fileprivate let isError: Bool

    /// - Parameter value: finite.
    @inline(__always)
    init(_ value: Double, isError: Bool) {
        // Adding zero makes negative zero positive, so that extremes do not depend on the order.
        let value = value + 0
        self.value = value
        addend = ExactSum.Addend(value)
        bucket = Bucket.index(of: value)
        self.isError = isError
    }
}

/// The running count, sum, extremes and distribution of one population of values.
///
/// Adding values in any order, and merging tallies in any order, gives the same tally. The owner
/// calls `free()`.
struct Tally {
    var count: UInt64 = 0
    var min = Double.infinity
    var max = -Double.infinity
    var sum = ExactSum()
    var buckets = BucketCounts()

    @inline(__always)
    mutating func add(_ sample: PreparedSample) {
        count &+= 1
        if sample.value < min { min = sample.value }
        if sample.value > max { max = sample.value }
        sum.add(sample.addend)
        buckets.add(sample.bucket)
    }

    mutating func add(_ distribution: Distribution) {
        count = SaturatingCount.sum(count, UInt64(distribution.count))
        min = Swift.min(min, distribution.min + 0)
        max = Swift.max(max, distribution.max + 0)
        if let exact = ExactSum(of: distribution) {
            sum.merge(exact)
        } else {
            sum.add(distribution.sum)
        }
        for entry in distribution.histogram { buckets.add(entry.bucket, count: entry.count) }
    }

    mutating func merge(_ other: Tally) {
        count = SaturatingCount.sum(count, other.count)
        min = Swift.min(min, other.min)
        max = Swift.max(max, other.max)
        sum.merge(other.sum)
        buckets.merge(other.buckets)
    }

    var population: Population {
        Population(
            count: Int(SaturatingCount.reported(count)), sum: sum.value, min: min, max: max,
            histogram: Histogram(sorted: buckets.sorted))
    }

    mutating func free() { buckets.free() }
}

/// The running aggregate of one series or one time bucket: successes and failures apart.
///
/// Adding samples in any order, and merging accumulators in any order, gives the same accumulator.
/// The owner calls `free()`.
@safe struct Accumulator {
    var successes = Tally()
    /// Failures among `successes`: a distribution of both does not say which of its values failed.
    var mixedErrors: UInt64 = 0
    /// Made for the first failure: most accumulators never have one.
    private var failed: UnsafeMutablePointer<Tally>?

    @inline(__always)
    mutating func add(_ sample: PreparedSample) {
        if sample.isError { return addFailure(sample) }
        successes.add(sample)
    }

    @inline(never)
    private mutating func addFailure(_ sample: PreparedSample) {
        unsafe madeFailed().pointee.add(sample)
    }

    mutating func add(_ distribution: Distribution) {
        if distribution.count > 0, distribution.errors == distribution.count {
            unsafe madeFailed().pointee.add(distribution)
        } else {
            successes.add(distribution)
            mixedErrors = SaturatingCount.sum(mixedErrors, UInt64(distribution.errors))
        }
    }

    mutating func merge(_ other: Accumulator) {
        successes.merge(other.successes)
        mixedErrors = SaturatingCount.sum(mixedErrors, other.mixedErrors)
        if let more = unsafe other.failed { unsafe madeFailed().pointee.merge(more.pointee) }
    }

    /// Those of single samples, and of distributions in which all failed.
    var failures: Tally {
        get { unsafe failed?.pointee ?? Tally() }
        _modify { yield unsafe &madeFailed().pointee }
    }

    var hasFailures: Bool { unsafe failed != nil }

    private mutating func madeFailed() -> UnsafeMutablePointer<Tally> {
        if let failed = unsafe failed { return unsafe failed }
        let made = UnsafeMutablePointer<Tally>.allocate(capacity: 1)
        unsafe made.initialize(to: Tally())
        unsafe failed = unsafe made
        return unsafe made
    }

    /// Samples of either outcome.
    var count: UInt64 { SaturatingCount.sum(successes.count, unsafe failed?.pointee.count ?? 0) }

    /// Memory for buckets: see `BucketCounts.bytes`.
    var bucketBytes: Int {
        successes.buckets.bytes + (unsafe failed?.pointee.buckets.bytes ?? 0)
    }

    mutating func compact() {
        successes.buckets.compact()
        unsafe failed?.pointee.buckets.compact()
    }

    mutating func free() {
        successes.free()
        guard let known = unsafe failed else { return }
        unsafe known.pointee.free()
        unsafe known.deinitialize(count: 1)
        unsafe known.deallocate()
        unsafe failed = nil
    }

    var aggregate: Aggregate {
        Aggregate(
            successes: successes.population, failures: hasFailures ? failures.population : .none,
            mixedErrors: Int(SaturatingCount.reported(mixedErrors)))
    }
}

/// Accumulators in one block of memory, addressed by id: adding a sample touches no reference
/// count.
@safe final class AccumulatorPool {
    private(set) var accumulators: UnsafeMutablePointer<Accumulator>
    private var capacity = 64
    private var count = 0
    private var unused: [AccumulatorID] = []

    init() { unsafe accumulators = .allocate(capacity: capacity) }

    deinit {
        for index in 0..<count { unsafe accumulators[index].free() }
        unsafe accumulators.deinitialize(count: count)
        unsafe accumulators.deallocate()
    }

    /// Accumulators in use.
    var liveCount: Int { count - unused.count }

    func make() -> AccumulatorID {
        if let id = unused.popLast() { return id }
        if count == capacity {
            let larger = UnsafeMutablePointer<Accumulator>.allocate(capacity: capacity * 2)
            unsafe larger.moveInitialize(from: accumulators, count: count)
            unsafe accumulators.deallocate()
            unsafe accumulators = unsafe larger
            capacity *= 2
        }
        unsafe (accumulators + count).initialize(to: Accumulator())
        count += 1
        return AccumulatorID(count - 1)
    }

    /// Empties the accumulator; `make` may return its id again.
    func release(_ id: AccumulatorID) {
        unsafe accumulators[id.index].free()
        unsafe accumulators[id.index] = Accumulator()
        unused.append(id)
    }

    /// Merges one accumulator into another and releases it.
    func drain(_ source: AccumulatorID, into target: AccumulatorID) {
        unsafe accumulators[target.index].merge(accumulators[source.index])
        release(source)
    }

    subscript(id: AccumulatorID) -> Accumulator {
        _read { yield unsafe accumulators[id.index] }
        _modify { yield unsafe &accumulators[id.index] }
    }
}
