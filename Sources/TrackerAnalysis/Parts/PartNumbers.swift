import TrackerIndexer
import TrackerLog

/// What is needed of the samples of a part: counts and the first two moments.
struct PartNumbers: Sendable, Hashable {
    /// Successes.
    var count = 0.0
    var sum = 0.0
    /// Of the middles of the buckets: sum and squares, for the variance alone.
    private var middles = 0.0
    private var squares = 0.0
    /// Of both outcomes.
    var requests = 0.0
    var failed = 0.0

    init() {}

    /// - Parameter includesFailures: takes the times of failures among those of successes.
    init(_ aggregate: Aggregate, includesFailures: Bool) {
        requests = Double(aggregate.count)
        failed = Double(aggregate.errors)
        add(aggregate.successes)
        if includesFailures { add(aggregate.failures) }
    }

    private mutating func add(_ population: Population) {
        guard population.count > 0 else { return }
        count += Double(population.count)
        sum += population.sum
        for entry in population.histogram.buckets {
            let middle = min(max(Bucket.middle(of: entry.bucket), population.min), population.max)
            middles += middle * Double(entry.count)
            squares += middle * middle * Double(entry.count)
        }
    }

    mutating func add(_ other: PartNumbers) {
        count += other.count
        sum += other.sum
        middles += other.middles
        squares += other.squares
        requests += other.requests
        failed += other.failed
    }

    var mean: Double? { count > 0 ? sum / count : nil }
    /// In percent.
    var errorRate: Double? { requests > 0 ? 100 * failed / requests : nil }

    /// Of the logarithm of the mean, as if samples were independent.
    var relativeVariance: Double {
        guard count > 1, middles > 0 else { return Self.inBucket }
        let mean = middles / count
        let variance = max(squares / count - mean * mean, 0) / (mean * mean)
        return max(variance, Self.inBucket) / count
    }

    /// Values that lie in one bucket may differ by 1/128.
    private static let inBucket = 1.0 / (128 * 128 * 12)
}
