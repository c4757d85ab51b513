import TrackerLog

/// A sample, ready to be added to several cells.
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

/// The running aggregate of one series or one slice of time.
///
/// Adding samples in any order, and merging cells in any order, gives the same cell.
struct Accumulator {
    var count: UInt64 = 0
    var errors: UInt64 = 0
    var min = Double.infinity
    var max = -Double.infinity
    var sum = ExactSum()
    var buckets = BucketCounts()

    @inline(__always)
    mutating func add(_ sample: PreparedSample) {
        count &+= 1
        errors &+= sample.isError ? 1 : 0
        if sample.value < min { min = sample.value }
        if sample.value > max { max = sample.value }
        sum.add(sample.addend)
        buckets.add(sample.bucket)
    }

    mutating func add(_ distribution: Distribution) {
        count = SaturatingCount.sum(count, UInt64(distribution.count))
        errors = SaturatingCount.sum(errors, UInt64(distribution.errors))
        min = Swift.min(min, distribution.min + 0)
        max = Swift.max(max, distribution.max + 0)
        sum.add(distribution.sum)
        for entry in distribution.histogram { buckets.add(entry.bucket, count: entry.count) }
    }

    mutating func merge(_ other: Accumulator) {
        count = SaturatingCount.sum(count, other.count)
        errors = SaturatingCount.sum(errors, other.errors)
        min = Swift.min(min, other.min)
        max = Swift.max(max, other.max)
        sum.merge(other.sum)
        buckets.merge(other.buckets)
    }

    var aggregate: Aggregate {
        Aggregate(
            count: Int(SaturatingCount.told(count)), errors: Int(SaturatingCount.told(errors)),
            sum: sum.value,
            min: min, max: max,
            histogram: Histogram(sorted: buckets.sorted))
    }
}

/// Cells in one block of memory, named by their place: a sample is added without touching a
/// reference count.
@safe final class AccumulatorPool {
    private(set) var cells: UnsafeMutablePointer<Accumulator>
    private var capacity = 64
    private var count = 0
    private var unused: [Int32] = []

    init() { unsafe cells = .allocate(capacity: capacity) }

    deinit {
        for index in 0..<count { unsafe cells[index].buckets.free() }
        unsafe cells.deinitialize(count: count)
        unsafe cells.deallocate()
    }

    /// Cells in use.
    var liveCount: Int { count - unused.count }

    func make() -> Int32 {
        if let index = unused.popLast() { return index }
        if count == capacity {
            let larger = UnsafeMutablePointer<Accumulator>.allocate(capacity: capacity * 2)
            unsafe larger.moveInitialize(from: cells, count: count)
            unsafe cells.deallocate()
            unsafe cells = unsafe larger
            capacity *= 2
        }
        unsafe (cells + count).initialize(to: Accumulator())
        count += 1
        return Int32(count - 1)
    }

    /// Empties the cell; `make` may give it out again.
    func release(_ index: Int32) {
        unsafe cells[Int(index)].buckets.free()
        unsafe cells[Int(index)] = Accumulator()
        unused.append(index)
    }

    /// Moves all of one cell into another and releases it.
    func drain(_ source: Int32, into target: Int32) {
        unsafe cells[Int(target)].merge(cells[Int(source)])
        release(source)
    }

    subscript(index: Int32) -> Accumulator {
        _read { yield unsafe cells[Int(index)] }
        _modify { yield unsafe &cells[Int(index)] }
    }
}
