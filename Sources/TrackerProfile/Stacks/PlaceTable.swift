/// Places by a key: a table of its own, because each frame of a profile is looked up in it twice.
struct PlaceTable {
    /// A power of two; at most half of them are used.
    private var keys = [UInt64](repeating: 0, count: Self.first)
    /// One more than the place; 0 where the key is of none.
    private var next = [Int32](repeating: 0, count: Self.first)
    private var used = 0

    private static let first = 1 << 10

    @inline(__always)
    func place(of key: UInt64) -> Int? {
        let found = next[slot(of: key)]
        return found > 0 ? Int(found) - 1 : nil
    }

    /// - Parameter key: one that has no place yet.
    mutating func add(_ place: Int, for key: UInt64) {
        if 2 * (used + 1) > keys.count { grow() }
        let slot = slot(of: key)
        keys[slot] = key
        next[slot] = Int32(place) + 1
        used += 1
    }

    /// Where the key stands, or would.
    @inline(__always)
    private func slot(of key: UInt64) -> Int {
        let mask = keys.count - 1
        // Fibonacci hashing: neighbours are apart.
        var slot = Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) &>> 32) & mask
        while next[slot] > 0, keys[slot] != key { slot = (slot + 1) & mask }
        return slot
    }

    private mutating func grow() {
        let (oldKeys, oldNext) = (keys, next)
        keys = [UInt64](repeating: 0, count: 2 * oldKeys.count)
        next = [Int32](repeating: 0, count: 2 * oldKeys.count)
        for (key, place) in zip(oldKeys, oldNext) where place > 0 {
            let slot = slot(of: key)
            keys[slot] = key
            next[slot] = place
        }
    }
}
