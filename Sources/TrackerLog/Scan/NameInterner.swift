/// Interns run, metric and unit of samples as one number, so that the fold looks each up once.
///
/// Bounded: when full, it assigns no new numbers until it is cleared.
@safe struct NameInterner: ~Copyable {
    private struct Slot {
        var hash: UInt64 = 0
        var bytes = ByteArena.Piece()
        /// -1 marks a free slot.
        var number: Int32 = -1
    }

    private var arena = ByteArena(capacity: 16 << 10)
    private let slots: UnsafeMutablePointer<Slot>
    private var count: Int32 = 0
    private(set) var isFull = false
    /// The last result: consecutive lines often have the same run and metric.
    private var last = Slot()

    private static let most = 4_096
    private static let slotCount = 2 * most

    init() {
        unsafe slots = .allocate(capacity: Self.slotCount)
        unsafe slots.initialize(repeating: Slot(), count: Self.slotCount)
    }

    deinit { unsafe slots.deallocate() }

    mutating func clear() {
        arena.clear()
        count = 0
        isFull = false
        last = Slot()
        unsafe slots.update(repeating: Slot(), count: Self.slotCount)
    }

    /// - Parameters:
    ///   - names: run and metric, each with its separator.
    ///   - unit: its bytes.
    /// - Returns: the number; -1 when the table is full.
    mutating func number(
        _ names: UnsafePointer<UInt8>, count namesCount: Int, unit: UnsafePointer<UInt8>,
        count unitCount: Int
    ) -> Int32 {
        if last.number >= 0, unsafe isSame(last.bytes, names, namesCount, unit, unitCount) {
            return last.number
        }
        let hash = unsafe Word.mix(
            Word.hash(names, count: namesCount, seed: 0),
            Word.hash(unit, count: unitCount, seed: 1))
        var at = Int(truncatingIfNeeded: hash &>> 32) & (Self.slotCount - 1)
        while unsafe slots[at].number >= 0 {
            if unsafe slots[at].hash == hash,
                unsafe isSame(slots[at].bytes, names, namesCount, unit, unitCount)
            {
                last = unsafe slots[at]
                return last.number
            }
            at = (at &+ 1) & (Self.slotCount - 1)
        }
        guard count < Self.most else {
            isFull = true
            return -1
        }
        var bytes = unsafe arena.append(names, count: namesCount)
        bytes.count += unsafe arena.append(unit, count: unitCount).count
        unsafe slots[at] = Slot(hash: hash, bytes: bytes, number: count)
        last = unsafe slots[at]
        count += 1
        return count - 1
    }

    /// Names end with a separator, which no unit contains: so equal bytes split at the same
    /// position.
    @inline(__always)
    private func isSame(
        _ bytes: ByteArena.Piece, _ names: UnsafePointer<UInt8>, _ namesCount: Int,
        _ unit: UnsafePointer<UInt8>, _ unitCount: Int
    ) -> Bool {
        unsafe Int(bytes.count) == namesCount &+ unitCount
            && Word.areSame(arena.start(of: bytes), names, count: namesCount)
            && (unitCount == 0
                || Word.areSame(arena.start(of: bytes) + namesCount, unit, count: unitCount))
    }
}
