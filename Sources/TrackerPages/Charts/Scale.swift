#if canImport(Glibc)
    import Glibc
#endif

/// Maps values to positions on an axis, and chooses its ticks.
package struct Scale: Sendable, Hashable {
    package enum Kind: Sendable, Hashable { case linear, logarithmic }

    package let kind: Kind
    /// The values at the two ends; `low < high`, and `low > 0` on a logarithmic axis.
    package let low: Double
    package let high: Double
    /// The positions of `low` and `high`; `start > end` for an axis that grows upwards.
    package let start: Double
    package let end: Double

    /// - Parameter low: raised to a positive value on a logarithmic axis.
    package init(_ kind: Kind, low: Double, high: Double, start: Double, end: Double) {
        self.kind = kind
        let finiteLow = Scale.finite(low)
        let safeLow = kind == .logarithmic ? max(finiteLow, Scale.smallestLogarithmic) : finiteLow
        let safeHigh = Scale.finite(high)
        self.low = safeLow
        self.high = safeHigh > safeLow ? safeHigh : safeLow + max(safeLow.magnitude, 1)
        self.start = start
        self.end = end
    }

    /// With a smaller value a logarithmic axis would show empty decades.
    private static let smallestLogarithmic = 1e-9

    /// Limits values so that differences of two are finite; measured values are far smaller.
    private static func finite(_ value: Double) -> Double {
        value.isFinite ? min(max(value, -1e300), 1e300) : 0
    }

    /// The position of a value; of one outside the axis, the nearest end.
    package func position(of value: Double) -> Double {
        let inside = min(max(value.isFinite ? value : low, low), high)
        let part =
            switch kind {
            case .linear: (inside - low) / (high - low)
            case .logarithmic: (log(inside) - log(low)) / (log(high) - log(low))
            }
        return start + part * (end - start)
    }

    /// The value at a position: the inverse of `position(of:)`.
    package func value(at position: Double) -> Double {
        let part = end == start ? 0 : (position - start) / (end - start)
        switch kind {
        case .linear: return low + part * (high - low)
        case .logarithmic: return exp(log(low) + part * (log(high) - log(low)))
        }
    }

    /// The labelled ticks, in steps of 1, 2 or 5 times a power of ten; at most about `count`.
    package func ticks(_ count: Int) -> [Double] {
        switch kind {
        case .linear: linearTicks(count)
        case .logarithmic: logarithmicTicks(count)
        }
    }

    /// Unlabelled grid lines at each whole multiple of a power of ten. Empty on a linear axis, and
    /// over more than five decades, where they would be too dense.
    package var minorTicks: [Double] {
        guard kind == .logarithmic, log10(high) - log10(low) <= 5 else { return [] }
        return decades.flatMap { decade in (1...9).map { Double($0) * decade } }.filter(isInside)
    }

    package static func isPowerOfTen(_ value: Double) -> Bool {
        guard value > 0 else { return false }
        let exponent = log10(value)
        return (exponent - exponent.rounded()).magnitude < 1e-9
    }

    private func isInside(_ value: Double) -> Bool { value >= low * 0.999 && value <= high * 1.001 }

    private var decades: [Double] {
        let first = Int(log10(low).rounded(.down))
        let last = Int(log10(high).rounded(.up))
        return (first...max(first, last)).map { pow(10, Double($0)) }
    }

    private func linearTicks(_ count: Int) -> [Double] {
        let step = Scale.niceStep(atLeast: (high - low) / Double(max(1, count)))
        let first = (low / step).rounded(.up)
        let last = (high / step + 1e-9).rounded(.down)
        guard last >= first, last - first < 1_000 else { return [low, high] }
        return stride(from: first, through: last, by: 1).map { $0 * step }
    }

    private func logarithmicTicks(_ count: Int) -> [Double] {
        for multiples in [[1.0, 2, 5], [1, 3], [1]] {
            let found = decades.flatMap { decade in multiples.map { $0 * decade } }.filter(isInside)
            if found.count <= count && found.count >= 2 { return found }
        }
        let whole = decades.filter(isInside)
        guard whole.count >= 2 else { return linearTicks(count).filter { $0 > 0 } }
        let every = max(1, (whole.count + count - 1) / count)
        return whole.enumerated().filter { $0.offset % every == 0 }.map(\.element)
    }

    /// The smallest of 1, 2 and 5 times a power of ten that is at least `value`.
    package static func niceStep(atLeast value: Double) -> Double {
        guard value.isFinite, value > 0 else { return 1 }
        let decade = pow(10, log10(value).rounded(.down))
        for multiple in [1.0, 2, 5] where multiple * decade >= value * 0.999_999 {
            return multiple * decade
        }
        return 10 * decade
    }

    /// A linear axis from zero that includes `maximum` and ends on a tick.
    package static func fromZero(to maximum: Double, height: Double, ticks: Int) -> Scale {
        let step = niceStep(atLeast: maximum / Double(max(1, ticks)))
        let high = maximum > 0 ? (maximum / step - 1e-9).rounded(.up) * step : 1
        return Scale(.linear, low: 0, high: high, start: height, end: 0)
    }
}
