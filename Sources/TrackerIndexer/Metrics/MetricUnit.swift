import TrackerLog

/// A unit that others can be converted to: how many of the smallest unit of its dimension it is.
package struct MetricUnit {
    /// Equal for units that can be converted.
    package let dimension: String
    package let size: Int

    /// The same units as in `MetricMeaning.units`; `docs/STATISTICS.md`, section "Units", lists
    /// them. Temperatures have no common zero, so that no factor converts them.
    static let table: [(dimension: String, sizes: [(unit: String, size: Int)])] = [
        (
            "time",
            [
                ("ns", 1), ("us", 1_000), ("µs", 1_000), ("μs", 1_000), ("ms", 1_000_000),
                ("s", 1_000_000_000), ("sec", 1_000_000_000), ("seconds", 1_000_000_000),
                ("min", 60_000_000_000), ("h", 3_600_000_000_000),
            ]
        ),
        (
            "bytes",
            [
                ("B", 1), ("bytes", 1), ("kB", 1_000), ("KB", 1_000), ("MB", 1_000_000),
                ("GB", 1_000_000_000), ("TB", 1_000_000_000_000), ("PB", 1_000_000_000_000_000),
                ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40),
                // 3,600 of a larger one, as rates need them, are beyond an integer.
                ("PiB", 1 << 50),
            ]
        ),
        ("bits/s", [("bps", 1), ("kbps", 1_000), ("Mbps", 1_000_000), ("Gbps", 1_000_000_000)]),
        ("share", [("%", 1), ("ratio", 100)]),
    ]

    /// What stands after the slash of a rate, in hours, the longest of them.
    static let periods: [(text: String, perHour: Int)] = [
        ("s", 3_600), ("sec", 3_600), ("min", 60), ("h", 1),
    ]

    /// - Returns: `nil` for a unit that is not in the table.
    package init?(_ unit: String) {
        for (dimension, sizes) in Self.table {
            guard let found = sizes.first(where: { $0.unit.isExactly(unit) }) else { continue }
            (self.dimension, size) = (dimension, found.size)
            return
        }
        let parts = unit.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2,
            let period = Self.periods.first(where: { $0.text.isExactly(String(parts[1])) })
        else { return nil }
        let counted = String(parts[0])
        let bytes = Self(counted).flatMap { $0.dimension == "bytes" ? $0 : nil }
        dimension = "\(bytes?.dimension ?? counted)/h"
        size = (bytes?.size ?? 1) * period.perHour
    }

    /// Of all units that have a size.
    static var names: [String] { table.flatMap { $0.sizes.map(\.unit) } }

    /// As metrics have it, of a unit that a person typed: `mb` is MB. One that is not known stays.
    static func typed(_ unit: String) -> String {
        let parts = unit.parts(separatedBy: "/", maxSplits: 1)
        if parts.count == 2 { return "\(typed(parts[0]))/\(parts[1].lowercased())" }
        guard Self(unit) == nil else { return unit }
        let lower = unit.lowercased()
        return names.first { $0.lowercased().isExactly(lower) } ?? unit
    }

    /// Whether it has a size, or is one that metrics are known by, such as °C.
    static func isKnown(_ unit: String) -> Bool {
        let lower = unit.lowercased()
        return Self(unit) != nil
            || MetricMeaning.units.values.contains { units in
                units.contains { $0.lowercased().isExactly(lower) }
            }
    }

    /// The unit that the last word of a name stands for: `build_seconds` is in seconds.
    package static func named(by metric: String) -> String? {
        let words = MetricMeaning.words(of: metric)
        // `jobs_per_s` is not in seconds.
        guard let word = words.last, words.dropLast().last != "per" else { return nil }
        return namedUnits.first { $0.words.contains(word) }?.unit
    }

    private static let namedUnits: [(unit: String, words: [String])] = [
        ("ns", ["ns"]), ("us", ["us"]), ("ms", ["ms"]), ("s", ["s", "sec", "secs", "seconds"]),
        ("B", ["bytes"]), ("kB", ["kb"]), ("MB", ["mb"]), ("GB", ["gb"]), ("KiB", ["kib"]),
        ("MiB", ["mib"]), ("GiB", ["gib"]), ("%", ["percent", "pct"]), ("ratio", ["ratio"]),
    ]
}

/// Converts values of a metric from one unit to another of the same dimension.
package struct UnitConversion: Sendable, Hashable {
    private let multiplier: Int
    private let divisor: Int

    /// - Parameters:
    ///   - from: `nil` is the unit that the metric's name ends with.
    ///   - to: the same.
    /// - Returns: `nil` if the units are not of one dimension.
    package init?(metric: String, from: String?, to: String?) {
        let (from, to) = (from ?? MetricUnit.named(by: metric), to ?? MetricUnit.named(by: metric))
        if from.isExactly(to) || from == nil && to == nil {
            (multiplier, divisor) = (1, 1)
            return
        }
        guard let from = from.flatMap(MetricUnit.init), let to = to.flatMap(MetricUnit.init),
            from.dimension.isExactly(to.dimension)
        else { return nil }
        let common = Self.commonDivisor(from.size, to.size)
        (multiplier, divisor) = (from.size / common, to.size / common)
    }

    private static func commonDivisor(_ a: Int, _ b: Int) -> Int {
        b == 0 ? a : commonDivisor(b, a % b)
    }

    package var isIdentity: Bool { multiplier == divisor }

    /// The nearest double where one of the two units is a multiple of the other.
    package func callAsFunction(_ value: Double) -> Double {
        let converted = value * Double(multiplier) / Double(divisor)
        return converted.isFinite
            ? converted
            : value < 0 ? -Double.greatestFiniteMagnitude : .greatestFiniteMagnitude
    }

    /// Counts stay; a value is put into the bucket of the converted middle of its own.
    package func callAsFunction(_ histogram: Histogram) -> Histogram {
        var buckets: [BucketCount] = []
        for entry in histogram.buckets {
            let bucket = Bucket.index(of: self(Bucket.middle(of: entry.bucket)))
            if buckets.last?.bucket == bucket {
                buckets[buckets.count - 1].count = SaturatingCount.sum(
                    buckets[buckets.count - 1].count, entry.count)
            } else {
                buckets.append(BucketCount(bucket: bucket, count: entry.count))
            }
        }
        return Histogram(sorted: buckets)
    }

    package func callAsFunction(_ population: Population) -> Population {
        guard population.count > 0 else { return population }
        return Population(
            count: population.count, sum: self(population.sum), min: self(population.min),
            max: self(population.max), histogram: self(population.histogram))
    }

    package func callAsFunction(_ aggregate: Aggregate) -> Aggregate {
        guard !isIdentity else { return aggregate }
        return Aggregate(
            successes: self(aggregate.successes), failures: self(aggregate.failures),
            mixedErrors: aggregate.mixedErrors)
    }

    package func callAsFunction(_ timeline: MetricTimeline, unit: String?) -> MetricTimeline {
        var converted = timeline
        converted.unit = unit
        guard !isIdentity else { return converted }
        converted.total = self(timeline.total)
        converted.undated = timeline.undated.map { self($0) }
        converted.buckets = timeline.buckets.map {
            TimeBucket(startMs: $0.startMs, aggregate: self($0.aggregate))
        }
        return converted
    }
}
