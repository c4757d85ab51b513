import Glibc
import TrackerLog

/// Finds the cell of a series by the bytes of its key (`SampleKey`) and their hash.
@safe final class SeriesIndex {
    private struct Slot {
        var hash: UInt64 = 0
        var offset: UInt32 = 0
        var count: UInt32 = 0
        /// Of the series in its table. -1 marks a free slot.
        var entry: Int32 = -1
        var cell: Int32 = -1
        /// The scanner's number of names with which its unit is noted; -1 for none.
        var names: Int32 = -1
    }

    private var slots: UnsafeMutablePointer<Slot>
    private var mask = 255
    private var used = 0
    private var bytes: UnsafeMutablePointer<UInt8>
    private var byteCapacity = 16 << 10
    /// Of all keys together.
    private(set) var byteCount = 0

    init() {
        unsafe slots = .allocate(capacity: 256)
        unsafe slots.initialize(repeating: Slot(), count: 256)
        unsafe bytes = .allocate(capacity: byteCapacity)
    }

    deinit {
        unsafe slots.deallocate()
        unsafe bytes.deallocate()
    }

    func clear() {
        unsafe slots.update(repeating: Slot(), count: mask + 1)
        used = 0
        byteCount = 0
    }

    /// Numbers of names begin anew.
    func forgetNames() {
        for at in 0...mask { unsafe slots[at].names = -1 }
    }

    /// - Parameter names: only a series whose unit is noted with these is told.
    /// - Returns: the cell of the series; -1 when it is not known.
    @inline(__always)
    func cell(_ hash: UInt64, _ key: UnsafePointer<UInt8>, count: Int, names: Int32) -> Int32 {
        var at = Int(truncatingIfNeeded: hash) & mask
        while unsafe slots[at].entry >= 0 {
            if unsafe slots[at].hash == hash, unsafe slots[at].names == names,
                unsafe isSame(at, key, count)
            {
                return unsafe slots[at].cell
            }
            at = (at &+ 1) & mask
        }
        return -1
    }

    /// - Parameter names: noted with the series.
    /// - Returns: the series' place in its table; `nil` when it is not in.
    func entry(_ key: SeriesKey, names: Int32) -> Int32? {
        unsafe key.bytes.withUnsafeBufferPointer { bytes in
            guard let base = bytes.baseAddress else { return nil }
            var at = Int(truncatingIfNeeded: key.rank) & mask
            while unsafe slots[at].entry >= 0 {
                if unsafe slots[at].hash == key.rank, unsafe isSame(at, base, bytes.count) {
                    if names >= 0 { unsafe slots[at].names = names }
                    return unsafe slots[at].entry
                }
                at = (at + 1) & mask
            }
            return nil
        }
    }

    /// - Precondition: the key is not in.
    func insert(_ key: SeriesKey, entry: Int32, cell: Int32, names: Int32) {
        if used * 2 > mask { grow() }
        let count = key.bytes.count
        if byteCount + count > byteCapacity { growBytes(by: count) }
        unsafe key.bytes.withUnsafeBufferPointer { text in
            guard let base = text.baseAddress else { return }
            unsafe (bytes + byteCount).update(from: base, count: count)
        }
        place(
            Slot(
                hash: key.rank, offset: UInt32(byteCount), count: UInt32(count), entry: entry,
                cell: cell, names: names))
        byteCount += count
        used += 1
    }

    @inline(__always)
    private func isSame(_ at: Int, _ key: UnsafePointer<UInt8>, _ count: Int) -> Bool {
        unsafe Int(slots[at].count) == count
            && memcmp(bytes + Int(slots[at].offset), key, count) == 0
    }

    private func place(_ slot: Slot) {
        var at = Int(truncatingIfNeeded: slot.hash) & mask
        while unsafe slots[at].entry >= 0 { at = (at + 1) & mask }
        unsafe slots[at] = slot
    }

    private func grow() {
        let old = unsafe slots
        let oldCount = mask + 1
        unsafe slots = .allocate(capacity: oldCount * 2)
        unsafe slots.initialize(repeating: Slot(), count: oldCount * 2)
        mask = oldCount * 2 - 1
        for at in 0..<oldCount where unsafe old[at].entry >= 0 { unsafe place(old[at]) }
        unsafe old.deallocate()
    }

    private func growBytes(by count: Int) {
        byteCapacity = max(2 * byteCapacity, byteCount + count)
        let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: byteCapacity)
        unsafe larger.update(from: bytes, count: byteCount)
        unsafe bytes.deallocate()
        unsafe bytes = unsafe larger
    }
}
