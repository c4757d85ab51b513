import TrackerLog

/// Bucket counts in a dense window around the values: one addition per sample.
///
/// ```
///            base                      base + width
///             │0 │0 │3 │17│42│9 │1 │0 │           counts: UInt32, the window
///   ──────────┴──┴──┴──┴──┴──┴──┴──┴──┴────────── bucket
///     spill                              spill    [Int32: UInt64]
/// ```
///
/// Memory follows the range of the values, not their number. A window has at most 4,096 buckets
/// (16 KiB), which covers a factor of 2^32; buckets outside go to `spill`. Up to eight values of a
/// single bucket need no window: see `only`. The owner calls `free()`.
@safe struct BucketCounts {
    private var counts: UnsafeMutablePointer<UInt32>?
    private var base: Int32 = 0
    /// Buckets in the window. Negative: no window yet, see `only`.
    private var width: Int32 = 0
    /// Counts of buckets outside the window, and what overflowed a 32-bit count in it.
    private var spill: [Int32: UInt64]?

    private static let firstWidth: Int32 = 16
    private static let maxWidth: Int32 = 4_096
    /// Most values of a single bucket counted without a window; beyond that a window is faster.
    private static let maxWithoutWindow: UInt64 = 8

    /// The values counted without a window, all in one bucket; `nil` when there are none.
    /// Stored in `base` and `-width`, so that an accumulator stays small.
    private var only: BucketCount? {
        get { width < 0 ? BucketCount(bucket: base, count: UInt64(-width)) : nil }
        set {
            base = newValue?.bucket ?? base
            width = -Int32(newValue?.count ?? 0)
        }
    }

    /// Counts one value.
    @inline(__always)
    mutating func add(_ bucket: Int32) {
        let at = UInt32(bitPattern: bucket &- base)
        if at < UInt32(bitPattern: width), let counts = unsafe counts {
            let count = unsafe counts[Int(at)] &+ 1
            unsafe counts[Int(at)] = count
            if count != 0 { return }
            spill = spill ?? [:]
            spill?[bucket, default: 0] += 1 << 32
        } else {
            addOutside(bucket, 1)
        }
    }

    mutating func add(_ bucket: Int32, count: UInt64) {
        let at = UInt32(bitPattern: bucket &- base)
        guard at < UInt32(bitPattern: width), let counts = unsafe counts else {
            return addOutside(bucket, count)
        }
        let total = unsafe UInt64(counts[Int(at)]) + (count & 0xFFFF_FFFF)
        unsafe counts[Int(at)] = UInt32(truncatingIfNeeded: total)
        let carried = (total >> 32 + count >> 32) << 32
        if carried > 0 { addToSpill(bucket, carried) }
    }

    private mutating func addToSpill(_ bucket: Int32, _ count: UInt64) {
        let known = spill?[bucket] ?? 0
        if spill == nil { spill = [:] }
        spill?[bucket] = SaturatingCount.sum(known, count)
    }

    private mutating func addOutside(_ bucket: Int32, _ count: UInt64) {
        if unsafe counts == nil {
            if addWithoutWindow(bucket, count) { return }
            if let known = only {
                only = nil
                _ = grow(toInclude: known.bucket)
                add(known.bucket, count: known.count)
                return add(bucket, count: count)
            }
        }
        if grow(toInclude: bucket) {
            add(bucket, count: count)
        } else {
            addToSpill(bucket, count)
        }
    }

    /// - Returns: `false` when a window is needed.
    private mutating func addWithoutWindow(_ bucket: Int32, _ count: UInt64) -> Bool {
        let known = only ?? BucketCount(bucket: bucket, count: 0)
        guard bucket == known.bucket, count <= Self.maxWithoutWindow,
            known.count + count <= Self.maxWithoutWindow
        else { return false }
        only = BucketCount(bucket: bucket, count: known.count + count)
        return true
    }

    /// Widens the window at least twofold. - Returns: `false` when it would become too wide.
    private mutating func grow(toInclude bucket: Int32) -> Bool {
        let low = width == 0 ? bucket : min(base, bucket)
        let high = width == 0 ? bucket : max(base + width - 1, bucket)
        let needed = high - low + 1
        guard needed <= Self.maxWidth else { return false }
        let newWidth = min(Self.maxWidth, max(Self.firstWidth, max(needed, width * 2)))
        // Leave room on both sides: the next value may be on either.
        let slack = (newWidth - needed) / 2
        let newBase = low - slack
        let grown = UnsafeMutablePointer<UInt32>.allocate(capacity: Int(newWidth))
        unsafe grown.initialize(repeating: 0, count: Int(newWidth))
        if let counts = unsafe counts {
            unsafe (grown + Int(base - newBase)).update(from: counts, count: Int(width))
            unsafe counts.deallocate()
        }
        unsafe counts = unsafe grown
        base = newBase
        width = newWidth
        // Counts already in `spill` stay there, even if now inside the window: reading adds both.
        return true
    }

    mutating func merge(_ other: BucketCounts) {
        if let only = other.only { add(only.bucket, count: only.count) }
        if let counts = unsafe other.counts {
            var at: Int32 = 0
            let first = other.base &- base
            if first >= 0, first &+ other.width <= width, let own = unsafe self.counts {
                let own = unsafe own + Int(first)
                while at < other.width {
                    let sum = unsafe own[Int(at)].addingReportingOverflow(counts[Int(at)])
                    // Continue with the slow path below.
                    if sum.overflow { break }
                    unsafe own[Int(at)] = sum.partialValue
                    at &+= 1
                }
            }
            while at < other.width {
                let count = unsafe counts[Int(at)]
                if count > 0 { add(other.base + at, count: UInt64(count)) }
                at &+= 1
            }
        }
        for (bucket, count) in other.spill ?? [:] { add(bucket, count: count) }
    }

    /// All counts, ascending by bucket: the same for the same values in any order.
    var sorted: [BucketCount] {
        guard let spill, !spill.isEmpty else { return windowCounts }
        var all = spill
        for entry in windowCounts {
            all[entry.bucket] = SaturatingCount.sum(all[entry.bucket] ?? 0, entry.count)
        }
        return all.map { BucketCount(bucket: $0.key, count: SaturatingCount.reported($0.value)) }
            .sorted { $0.bucket < $1.bucket }
    }

    private var windowCounts: [BucketCount] {
        guard let counts = unsafe counts else {
            return only.map { [$0] } ?? []
        }
        let width = Int(width)
        var used = 0
        for at in 0..<width where unsafe counts[at] > 0 { used &+= 1 }
        // All empty arrays share one storage, and the initialiser writes the count to it: a data
        // race.
        guard used > 0 else { return [] }
        return unsafe [BucketCount](unsafeUninitializedCapacity: used) { room, count in
            for at in 0..<width where unsafe counts[at] > 0 {
                unsafe room.initializeElement(
                    at: count,
                    to: BucketCount(
                        bucket: base &+ Int32(truncatingIfNeeded: at), count: UInt64(counts[at])))
                count &+= 1
            }
        }
    }

    /// Calls `body` with each entry of `sorted`, without making an array where possible.
    func visit(_ body: (_ bucket: Int32, _ count: UInt64) -> Void) {
        guard spill?.isEmpty ?? true else {
            for entry in sorted { body(entry.bucket, entry.count) }
            return
        }
        if let only { body(only.bucket, only.count) }
        guard let counts = unsafe counts else { return }
        for at in 0..<Int(width) where unsafe counts[at] > 0 {
            unsafe body(base &+ Int32(truncatingIfNeeded: at), UInt64(counts[at]))
        }
    }

    /// Memory for the counts, about: a window over the buckets in use, or single entries where they
    /// are too far apart. It depends on which buckets are in use alone.
    var bytes: Int {
        var (first, last, used) = (Int32.max, Int32.min, 0)
        visit { bucket, _ in
            (first, last, used) = (min(first, bucket), max(last, bucket), used + 1)
        }
        guard used > 1 else { return 0 }
        let span = Int(last) - Int(first) + 1
        let window = MemoryLayout<UInt32>.stride * min(span, Int(Self.maxWidth))
        return window + (span > Int(Self.maxWidth) ? Self.bytesOfSpilt * used : 0)
    }

    /// An entry of a dictionary that is half full.
    private static let bytesOfSpilt = 48

    /// Gives back the room beside the buckets in use.
    mutating func compact() {
        guard spill == nil, unsafe counts != nil else { return }
        let all = sorted
        guard let first = all.first, let last = all.last else { return }
        let needed = last.bucket - first.bucket + 1
        guard needed < width else { return }
        free()
        let tight = UnsafeMutablePointer<UInt32>.allocate(capacity: Int(needed))
        unsafe tight.initialize(repeating: 0, count: Int(needed))
        for entry in all {
            unsafe tight[Int(entry.bucket - first.bucket)] = UInt32(truncatingIfNeeded: entry.count)
        }
        unsafe counts = unsafe tight
        (base, width) = (first.bucket, needed)
    }

    mutating func free() {
        unsafe counts?.deallocate()
        unsafe counts = nil
        width = 0
        spill = nil
    }
}
