import Glibc
import TrackerIndexer
import TrackerLog

/// How far the true value of a number may lie from the one shown, in both directions.
///
/// Ratios are on the scale of logarithms, the error rate is in percentage points. The two
/// directions differ where the data do: a percentile's ends are percentiles of the same data
/// (Woodruff 1952), an error rate's are those of Wilson (1927), so neither lies where no value can.
struct Reach {
    var down: Double
    var up: Double
}

extension Resampling {
    /// Standard error of the logarithm of a value that lies anywhere in its bucket, which is at
    /// most 1/128 of the value wide.
    private static let bucketError = 1 / (128 * 12.0.squareRoot())

    /// - Parameter times: how many standard errors.
    func reach(of statistic: Statistic, times: Double) -> Reach {
        let error = (variance[statistic] ?? 0).squareRoot()
        if statistic == .errorRate { return rateReach(error, times: times) }
        guard let q = statistic.quantile else {
            return Reach(down: times * error, up: times * error)
        }
        let inBucket = times * Self.bucketError
        guard kind != .runs else {
            let both = rootOfSquares([times * error, inBucket])
            return Reach(down: both, up: both)
        }
        guard let shown = samples.total.successes.quantile(q), shown > 0 else {
            return Reach(down: 0, up: 0)
        }
        let low = log(shown / quantile(q - times * error))
        let high = log(quantile(q + times * error) / shown)
        return Reach(
            down: rootOfSquares([low, inBucket]), up: rootOfSquares([high, inBucket]))
    }

    /// One standard error: on the scale of logarithms, or in points.
    func standardError(of statistic: Statistic) -> Double {
        let reach = reach(of: statistic, times: 1)
        return (reach.down + reach.up) / 2
    }

    /// The smallest positive value that the data have, or more.
    private func quantile(_ q: Double) -> Double {
        let total = samples.total.successes
        guard q < 1 else { return total.max }
        if let value = total.quantile(max(q, 0)), value > 0 { return value }
        let positive = total.histogram.buckets.lazy.map { Bucket.middle(of: $0.bucket) }
        return positive.first { $0 > 0 } ?? total.max
    }

    /// Wilson's interval, for as many requests as would be this uncertain if each failed by
    /// itself: failures come together in time.
    private func rateReach(_ error: Double, times: Double) -> Reach {
        // A rate that was reported without its counts.
        guard let requests = samples.requests else {
            return Reach(down: times * error, up: times * error)
        }
        let count = Double(max(requests.total, 1))
        let share = Double(requests.failed) / count
        let independent = share * (1 - share) / count
        let measured = error * error / 10_000
        let cluster = independent > 0 ? max(measured / independent, 1) : 1
        let n = max(count / cluster, 1)
        let square = times * times
        let centre = (share + square / (2 * n)) / (1 + square / n)
        let half =
            times / (1 + square / n)
            * (share * (1 - share) / n + square / (4 * n * n)).squareRoot()
        return Reach(
            down: 100 * (share - max(centre - half, 0)), up: 100 * (min(centre + half, 1) - share))
    }
}

extension Resampling {
    /// How far the true value may lie from the one shown, in the unit of the number.
    /// - Parameter times: how many standard errors.
    func reachInUnit(of statistic: Statistic, times: Double) -> Reach {
        if statistic == .errorRate { return reach(of: statistic, times: times) }
        let shown = samples.value(of: statistic) ?? 0
        let inBucket = statistic.quantile == nil ? 0 : shown * times * Self.bucketError
        func wider(_ reach: Double) -> Double { rootOfSquares([reach, inBucket]) }
        if kind == .runs {
            let both = wider(times * errorOfRuns(statistic))
            return Reach(down: both, up: both)
        }
        let error = (variance[statistic] ?? 0).squareRoot()
        guard let q = statistic.quantile else {
            // Relative, but for a mean of zero.
            let both = times * error * (shown == 0 ? 1 : shown.magnitude)
            return Reach(down: both, up: both)
        }
        let total = samples.total.successes
        let low = total.quantile(max(q - times * error, 0)) ?? shown
        let high = q + times * error < 1 ? total.quantile(q + times * error) ?? shown : total.max
        return Reach(down: wider(max(shown - low, 0)), up: wider(max(high - shown, 0)))
    }

    /// Standard error of the mean of the runs' values.
    private func errorOfRuns(_ statistic: Statistic) -> Double {
        let values = runValues[statistic] ?? []
        guard values.count > 1 else { return 0 }
        let mean = values.reduce(0, +) / Double(values.count)
        let degrees = Double(values.count - 1)
        return rootOfSquares(values.map { $0 - mean })
            / (degrees * Double(values.count)).squareRoot()
    }
}

extension Resampling {
    /// What the runs that tell varied within more than those of this group do, as a variance of
    /// one run: a run that happened to have no burst does not show that there are none.
    func unseen(_ statistic: Statistic, by noise: RunNoise) -> Double {
        let error = standardError(of: statistic)
        let count = Double(max(samples.count(of: statistic), 1)) / Double(runs)
        return max(noise.ofSample / count - error * error * Double(runs), 0)
    }
}

/// Without squares that are beyond what a double holds.
func rootOfSquares(_ values: [Double]) -> Double {
    let largest = values.reduce(0) { max($0, $1.magnitude) }
    guard largest > 0, largest.isFinite else { return largest }
    return largest * values.reduce(0) { $0 + ($1 / largest) * ($1 / largest) }.squareRoot()
}
