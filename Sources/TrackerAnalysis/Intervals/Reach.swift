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
        if statistic == .errorRate { return rateReach(times: times) }
        let error = (variance[statistic] ?? 0).squareRoot()
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
    private func rateReach(times: Double) -> Reach {
        // A rate that was reported without its counts.
        guard let requests = samples.requests else {
            let both = times * (variance[.errorRate] ?? 0).squareRoot()
            return Reach(down: both, up: both)
        }
        let count = Double(max(requests.total, 1))
        let share = Double(requests.failed) / count
        let n = max(count / max(clustering, leastClustering), 1)
        let square = times * times
        let centre = (share + square / (2 * n)) / (1 + square / n)
        let half =
            times / (1 + square / n)
            * (share * (1 - share) / n + square / (4 * n * n)).squareRoot()
        return Reach(
            down: 100 * (share - max(centre - half, 0)), up: 100 * (min(centre + half, 1) - share))
    }

    /// How many times the variance of an error rate is that of requests that each fail by itself.
    private var clustering: Double {
        guard let requests = samples.requests, requests.total > 0 else { return 1 }
        let share = Double(requests.failed) / Double(requests.total)
        let independent = share * (1 - share) / Double(requests.total)
        return independent > 0 ? max((variance[.errorRate] ?? 0) / 10_000 / independent, 1) : 1
    }

    /// Where nothing else tells how failures come together, the mean of two groups does: a run that
    /// happened to have no burst does not show that there are none.
    static func poolClustering(_ a: inout Resampling?, _ b: inout Resampling?) {
        guard case .blocks = a?.kind, case .blocks = b?.kind,
            let ofA = a?.clustering, let ofB = b?.clustering
        else { return }
        a?.leastClustering = (ofA + ofB) / 2
        b?.leastClustering = (ofA + ofB) / 2
    }
}

extension Resampling {
    /// How far the true value may lie from the one shown, in the unit of the number.
    /// - Parameters:
    ///   - times: how many standard errors.
    ///   - alone: where nothing tells of seconds unlike those of the group, how many standard
    ///     errors it would be if those were known. Then a percentile allows for one slice of time
    ///     that it has not seen, slower than all.
    func reachInUnit(
        of statistic: Statistic, times: Double, alone: Double? = nil
    ) -> Reach {
        if statistic == .errorRate { return reach(of: statistic, times: times) }
        let shown = samples.value(of: statistic) ?? 0
        let inBucket = statistic.quantile == nil ? 0 : shown * times * Self.bucketError
        func wider(_ reach: Double) -> Double { rootOfSquares([reach, inBucket]) }
        if kind == .runs {
            let both = wider(times * errorOfRuns(statistic))
            return Reach(down: both, up: both)
        }
        let error = (variance[statistic] ?? 0).squareRoot()
        let skewed = alone.map { self.skewed(statistic, times: $0) }
        let errors = Reach(down: max(skewed?.down ?? 0, times), up: max(skewed?.up ?? 0, times))
        guard let q = statistic.quantile else {
            // Relative, but for a mean of zero.
            let one = error * (shown == 0 ? 1 : shown.magnitude)
            return Reach(down: errors.down * one, up: errors.up * one)
        }
        let slices = Double(samples.runs.reduce(0) { $0 + $1.count })
        let unseen = alone == nil ? 0 : times / max(slices, 1)
        let last = q + rootOfSquares([errors.up * error, unseen])
        let total = samples.total.successes
        let low = total.quantile(max(q - errors.down * error, 0)) ?? shown
        let high = last < 1 ? total.quantile(last) ?? shown : total.max
        return Reach(down: wider(max(shown - low, 0)), up: wider(max(high - shown, 0)))
    }

    /// More towards the side on which few blocks of time lie far out: with fewer of them by chance,
    /// number and standard error are both too small. The inverse of Hall's transformation (1992).
    private func skewed(_ statistic: Statistic, times: Double) -> Reach {
        guard let skew = skew[statistic], skew != 0 else { return Reach(down: times, up: times) }
        func straightened(_ t: Double) -> Double {
            3 / skew * (cbrt(1 + skew * (t - skew / 6)) - 1)
        }
        return Reach(down: straightened(times), up: -straightened(-times))
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
