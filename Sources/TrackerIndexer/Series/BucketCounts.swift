import TrackerLog

/// Counts of buckets, held densely around where the values are: one addition a sample.
///
/// Memory follows the width of the data, not its amount: values within a factor of 2^32 take one
/// window of at most 16 KiB, whatever is farther away goes to a table, and a few of one bucket take
/// none. The owner calls `free()`.
@safe struct BucketCounts {
    private var counts: UnsafeMutablePointer<UInt32>?
    private var base: Int32 = 0
    /// Of the window. Below zero there is none yet: see `only`.
    private var width: Int32 = 0
    /// Buckets outside the window, and what a 32-bit count could not hold.
    private var spill: [Int32: UInt64]?

    private static let firstWidth: Int32 = 16
    private static let maxWidth: Int32 = 4_096
    /// Of one bucket without a window: more of them are counted quicker in one.
    private static let mostWithoutWindow: UInt64 = 8

    /// The values that are counted without a window, all in one bucket; `nil` when there are none.
    /// In the same words as the window, so that an accumulator stays small.
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
        guard bucket == known.bucket, count <= Self.mostWithoutWindow,
            known.count + count <= Self.mostWithoutWindow
        else { return false }
        only = BucketCount(bucket: bucket, count: known.count + count)
        return true
    }

    /// Widens the window, at least twofold. - Returns: `false` when it would become too wide.
    private mutating func grow(toInclude bucket: Int32) -> Bool {
        let low = width == 0 ? bucket : min(base, bucket)
        let high = width == 0 ? bucket : max(base + width - 1, bucket)
        let needed = high - low + 1
        guard needed <= Self.maxWidth else { return false }
        let newWidth = min(Self.maxWidth, max(Self.firstWidth, max(needed, width * 2)))
        // Room is left on both sides: the next value may be on either.
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
        // What went to the table while the window was elsewhere stays there: reading adds both.
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
                    // The slow way from here on.
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

    /// All counts, ascending by bucket: the same for the same values, however they came.
    var sorted: [BucketCount] {
        guard let spill, !spill.isEmpty else { return ofWindow }
        var all = spill
        for entry in ofWindow {
            all[entry.bucket] = SaturatingCount.sum(all[entry.bucket] ?? 0, entry.count)
        }
        return all.map { BucketCount(bucket: $0.key, count: SaturatingCount.told($0.value)) }
            .sorted { $0.bucket < $1.bucket }
    }

    private var ofWindow: [BucketCount] {
        guard let counts = unsafe counts else {
            return only.map { [$0] } ?? []
        }
        let width = Int(width)
        var used = 0
        for at in 0..<width where unsafe counts[at] > 0 { used &+= 1 }
        // The storage of an array without room is the whole program's, and its count is written to.
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

    /// The same one by one.
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

    mutating func free() {
        unsafe counts?.deallocate()
        unsafe counts = nil
        width = 0
        spill = nil
    }
}
