package import TrackerLog

/// Bucket counts of values, with the buckets of `docs/FORMAT.md` section 5: 128 per power of two.
///
/// Histograms merge by adding counts. A quantile is at most 0.4 % off the exact nearest rank.
package struct Histogram: Sendable, Hashable {
    /// Ascending by bucket (and so by value); counts are positive.
    package private(set) var buckets: [BucketCount]
    package private(set) var count: UInt64

    package init() {
        buckets = []
        count = 0
    }

    /// - Parameter buckets: ascending, each once.
    package init(sorted buckets: [BucketCount]) {
        self.buckets = buckets
        count = buckets.reduce(0) { SaturatingCount.sum($0, $1.count) }
    }

    /// Merges many histograms, faster than one by one.
    init(merging parts: some Sequence<Histogram>) {
        var window = BucketCounts()
        defer { window.free() }
        for part in parts {
            for entry in part.buckets { window.add(entry.bucket, count: entry.count) }
        }
        self.init(sorted: window.sorted)
    }

    /// Adds all of `other`.
    package mutating func merge(_ other: Histogram) {
        guard !other.buckets.isEmpty else { return }
        guard !buckets.isEmpty else {
            self = other
            return
        }
        var merged: [BucketCount] = []
        merged.reserveCapacity(buckets.count + other.buckets.count)
        var i = 0
        var j = 0
        while i < buckets.count && j < other.buckets.count {
            let a = buckets[i]
            let b = other.buckets[j]
            if a.bucket == b.bucket {
                merged.append(
                    BucketCount(bucket: a.bucket, count: SaturatingCount.sum(a.count, b.count)))
                i += 1
                j += 1
            } else if a.bucket < b.bucket {
                merged.append(a)
                i += 1
            } else {
                merged.append(b)
                j += 1
            }
        }
        merged.append(contentsOf: buckets[i...])
        merged.append(contentsOf: other.buckets[j...])
        buckets = merged
        count = SaturatingCount.sum(count, other.count)
    }

    /// The nearest-rank quantile, at the middle of its bucket.
    /// - Parameter q: 0 to 1.
    /// - Returns: `nil` when empty.
    package func quantile(_ q: Double) -> Double? {
        guard let last = buckets.last else { return nil }
        let rank = NearestRank.rank(q, of: Double(count))
        var seen = 0.0
        for bucket in buckets {
            seen += Double(bucket.count)
            if seen >= rank { return Bucket.middle(of: bucket.bucket) }
        }
        return Bucket.middle(of: last.bucket)
    }
}
