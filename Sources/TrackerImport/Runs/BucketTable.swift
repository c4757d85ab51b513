import TrackerLog

/// Counts by bucket: a table of its own, because a dictionary took half of the time of an import.
struct BucketTable {
    /// A power of two; at most half of the places are used.
    private var keys: [Int32]
    private var counts: [UInt64]
    private var used = 0

    init() {
        keys = [Int32](repeating: 0, count: Self.first)
        counts = [UInt64](repeating: 0, count: Self.first)
    }

    @inline(__always)
    mutating func add(_ bucket: Int32, _ count: UInt64 = 1) {
        let place = find(bucket)
        if counts[place] == 0 {
            keys[place] = bucket
            used += 1
        }
        counts[place] += count
        if used * 2 > keys.count { grow() }
    }

    /// In the order of the buckets.
    var histogram: [BucketCount] {
        keys.indices.filter { counts[$0] > 0 }
            .map { BucketCount(bucket: keys[$0], count: counts[$0]) }
            .sorted { $0.bucket < $1.bucket }
    }

    /// The place of a bucket, or the free one that it gets.
    @inline(__always)
    private func find(_ bucket: Int32) -> Int {
        let mask = keys.count - 1
        // Fibonacci hashing: neighbours are apart.
        var place = Int((UInt32(bitPattern: bucket) &* 2_654_435_769) >> 16) & mask
        while counts[place] > 0, keys[place] != bucket { place = (place + 1) & mask }
        return place
    }

    private mutating func grow() {
        let (oldKeys, oldCounts) = (keys, counts)
        keys = [Int32](repeating: 0, count: oldKeys.count * 2)
        counts = [UInt64](repeating: 0, count: oldKeys.count * 2)
        used = 0
        for index in oldKeys.indices where oldCounts[index] > 0 {
            add(oldKeys[index], oldCounts[index])
        }
    }

    private static let first = 32
}
