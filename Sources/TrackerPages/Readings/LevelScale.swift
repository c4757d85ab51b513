import TrackerIndexer
import TrackerLog

/// The value axis of what is no latency.
package enum LevelScale {
    /// An axis begins at zero, but where the values would be a flat line at its top.
    private static let flatFrom = 0.5
    /// Room above and below values that do not begin at zero, as a part of their range.
    private static let margin = 0.1
    /// Values further apart than by this factor are not to be told apart on a linear axis.
    private static let widestFactor = 1_000.0

    /// - Parameters:
    ///   - low: the lowest value.
    ///   - high: the highest value.
    package static func scale(
        low: Double, high: Double, metric: MetricChoice, height: Double
    ) -> Scale {
        if let whole = whole(of: metric, low: low, high: high) {
            return Scale(.linear, low: 0, high: whole, start: height, end: 0)
        }
        if low > 0, high > low * widestFactor {
            return Scale(.logarithmic, low: low * 0.8, high: high * 1.2, start: height, end: 0)
        }
        let isFlat = low > 0 ? low > high * flatFrom : high < 0 && high < low * flatFrom
        if !isFlat {
            guard low < 0 else { return Scale.fromZero(to: high, height: height, ticks: 5) }
            return Scale(
                .linear, low: low * (1 + margin), high: max(high * (1 + margin), 0), start: height,
                end: 0)
        }
        // A single value is in the middle.
        let range = high > low ? (high - low) * margin : high.magnitude * margin
        return Scale(.linear, low: low - range, high: high + range, start: height, end: 0)
    }

    /// 100 % in the unit of a metric of shares; `nil` where its values are not between 0 and that.
    private static func whole(of metric: MetricChoice, low: Double, high: Double) -> Double? {
        guard metric.kind == .ratio else { return nil }
        let whole = "%".isExactly(metric.unit) ? 100.0 : 1
        return low >= 0 && high <= whole ? whole : nil
    }
}
