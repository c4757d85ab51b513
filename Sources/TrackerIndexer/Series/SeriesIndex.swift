import Glibc
import TrackerLog

/// The keys of a session's series (`SeriesKeyBytes`) with their accumulators: a hash table with
/// open addressing and linear probing.
///
/// ```
/// slots   │ hash ↑32, row │ free │ hash ↑32, row │ …      at hash ↓32 & mask
///                      └──────────┐
/// rows    │ hash, offset, count, accumulator, names │ …   in the order of the table's entries
///                    └────┐
/// bytes   │ key │ key │ key │ …
/// ```
///
/// Slots are small and stay in the cache; a row is read only when the upper half of the hash
/// matches. Most keys of a log with unbounded labels are new, so most searches end in the slots.
@safe final class SeriesIndex {
    /// One series. Rows are in the order of the entries of the `SeriesTable`.
    private struct Row {
        var hash: UInt64
        var offset: Int
        var count: UInt32
        var accumulator: AccumulatorID
        /// The scanner's number for run, metric and unit under which the unit was last stored; -1
        /// for none.
        var names: Int32
    }

    private struct Slot {
        /// The upper half of the hash; the lower half gives the slot's index.
        var hash: UInt32 = 0
        /// -1 marks a free slot.
        var row: Int32 = -1
    }

    private var slots: UnsafeMutablePointer<Slot>
    private var mask: Int
    private var rows: UnsafeMutablePointer<Row>
    private var rowCapacity: Int
    private(set) var count = 0
    private var bytes: UnsafeMutablePointer<UInt8>
    private var byteCapacity: Int
    /// Bytes of all keys, removed ones included, and of the removed ones.
    private var byteCount = 0
    private var removedBytes = 0

    private static let minSlots = 256
    private static let minBytes = 16 << 10

    init() {
        mask = Self.minSlots - 1
        rowCapacity = Self.minSlots / 2
        byteCapacity = Self.minBytes
        unsafe slots = .allocate(capacity: mask + 1)
        unsafe slots.initialize(repeating: Slot(), count: mask + 1)
        unsafe rows = .allocate(capacity: rowCapacity)
        unsafe bytes = .allocate(capacity: byteCapacity)
    }

    deinit {
        unsafe slots.deallocate()
        unsafe rows.deallocate()
        unsafe bytes.deallocate()
    }

    /// The scanner assigns new numbers to names: the stored ones are invalid.
    func forgetNames() {
        for row in 0..<count { unsafe rows[row].names = -1 }
    }

    /// - Parameter names: the scanner's number; must be the one stored with the series.
    /// - Returns: the accumulator of the series; `none` when it is not known.
    @inline(__always)
    func accumulator(
        _ hash: UInt64, _ key: UnsafePointer<UInt8>, count: Int, names: Int32
    ) -> AccumulatorID {
        let row = unsafe find(hash, key, count)
        guard row >= 0, unsafe rows[row].names == names else { return .none }
        return unsafe rows[row].accumulator
    }

    /// - Parameter names: stored with the series; -1 leaves what is stored.
    /// - Returns: the index of the series in its table; `nil` when it is not in the table.
    func entry(_ key: UnsafeBufferPointer<UInt8>, rank: UInt64, names: Int32) -> Int32? {
        guard let base = key.baseAddress else { return nil }
        let row = unsafe find(rank, base, key.count)
        guard row >= 0 else { return nil }
        if names >= 0 { unsafe rows[row].names = names }
        return Int32(truncatingIfNeeded: row)
    }

    /// The key of an entry. Valid until the next `append` or `remove`.
    func key(at entry: Int) -> UnsafeBufferPointer<UInt8> {
        unsafe UnsafeBufferPointer(
            start: bytes + rows[entry].offset, count: Int(rows[entry].count))
    }

    /// Appends a series. - Precondition: the key is not in the index.
    func append(
        _ key: UnsafeBufferPointer<UInt8>, rank: UInt64, accumulator: AccumulatorID, names: Int32
    ) {
        if count == rowCapacity { growRows() }
        if count &* 2 > mask { growSlots() }
        let row = unsafe Row(
            hash: rank, offset: store(key), count: UInt32(truncatingIfNeeded: key.count),
            accumulator: accumulator, names: names)
        unsafe (rows + count).initialize(to: row)
        put(rank, row: Int32(truncatingIfNeeded: count))
        count &+= 1
    }

    /// Removes a series; the last one moves to its index.
    func remove(at entry: Int) {
        removedBytes &+= unsafe Int(rows[entry].count)
        free(slot(of: entry))
        let last = count &- 1
        if entry != last {
            unsafe slots[slot(of: last)].row = Int32(truncatingIfNeeded: entry)
            unsafe rows[entry] = rows[last]
        }
        count = last
        if removedBytes > max(byteCount / 2, Self.minBytes) { compactBytes() }
    }

    @inline(__always)
    private func find(_ hash: UInt64, _ key: UnsafePointer<UInt8>, _ keyCount: Int) -> Int {
        let upper = UInt32(truncatingIfNeeded: hash &>> 32)
        var at = Int(truncatingIfNeeded: hash) & mask
        while true {
            let slot = unsafe slots[at]
            if slot.row < 0 { return -1 }
            let row = Int(slot.row)
            if slot.hash == upper, unsafe rows[row].hash == hash,
                unsafe Int(rows[row].count) == keyCount,
                unsafe memcmp(bytes + rows[row].offset, key, keyCount) == 0
            {
                return row
            }
            at = (at &+ 1) & mask
        }
    }

    /// - Precondition: the row is in a slot.
    private func slot(of row: Int) -> Int {
        var at = unsafe Int(truncatingIfNeeded: rows[row].hash) & mask
        while unsafe slots[at].row != Int32(truncatingIfNeeded: row) { at = (at &+ 1) & mask }
        return at
    }

    private func put(_ hash: UInt64, row: Int32) {
        var at = Int(truncatingIfNeeded: hash) & mask
        while unsafe slots[at].row >= 0 { at = (at &+ 1) & mask }
        unsafe slots[at] = Slot(hash: UInt32(truncatingIfNeeded: hash &>> 32), row: row)
    }

    /// Frees a slot. Slots behind it move back to close the gap, but never before their home slot,
    /// `hash & mask`: there a search would not find them.
    private func free(_ slot: Int) {
        var hole = slot
        var at = (hole &+ 1) & mask
        while unsafe slots[at].row >= 0 {
            let wanted = unsafe Int(truncatingIfNeeded: rows[Int(slots[at].row)].hash) & mask
            if (at &- wanted) & mask >= (at &- hole) & mask {
                unsafe slots[hole] = slots[at]
                hole = at
            }
            at = (at &+ 1) & mask
        }
        unsafe slots[hole] = Slot()
    }

    private func growSlots() {
        unsafe slots.deallocate()
        mask = 2 &* mask &+ 1
        unsafe slots = .allocate(capacity: mask + 1)
        unsafe slots.initialize(repeating: Slot(), count: mask + 1)
        for row in 0..<count { unsafe put(rows[row].hash, row: Int32(row)) }
    }

    private func growRows() {
        rowCapacity *= 2
        let larger = UnsafeMutablePointer<Row>.allocate(capacity: rowCapacity)
        unsafe larger.moveInitialize(from: rows, count: count)
        unsafe rows.deallocate()
        unsafe rows = unsafe larger
    }

    /// - Returns: the offset of the key in `bytes`.
    private func store(_ key: UnsafeBufferPointer<UInt8>) -> Int {
        let offset = byteCount
        if offset + key.count > byteCapacity {
            byteCapacity = max(2 * byteCapacity, offset + key.count)
            let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: byteCapacity)
            unsafe larger.update(from: bytes, count: offset)
            unsafe bytes.deallocate()
            unsafe bytes = unsafe larger
        }
        if let base = key.baseAddress {
            unsafe (bytes + offset).update(from: base, count: key.count)
        }
        byteCount += key.count
        return offset
    }

    /// Reclaims the bytes of removed keys.
    private func compactBytes() {
        let kept = UnsafeMutablePointer<UInt8>.allocate(capacity: byteCapacity)
        var end = 0
        for row in 0..<count {
            let length = unsafe Int(rows[row].count)
            unsafe (kept + end).update(from: bytes + rows[row].offset, count: length)
            unsafe rows[row].offset = end
            end += length
        }
        unsafe bytes.deallocate()
        unsafe bytes = unsafe kept
        byteCount = end
        removedBytes = 0
    }
}
