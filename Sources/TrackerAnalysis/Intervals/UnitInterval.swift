/// A number in the unit of its metric with its interval: a level of B, or a difference.
package struct UnitInterval: Sendable, Hashable {
    package var value: Double
    package var interval: ClosedRange<Double>
    /// Whether it is about the next runs, or was asked to be about these ones alone.
    package var coversRuns: Bool
}

extension UnitInterval {
    /// Without what is impossible; the value shown is always within.
    /// - Returns: `nil` where a number is beyond those of a double.
    init?(
        value: Double, down: Double, up: Double, possible: ClosedRange<Double>, coversRuns: Bool
    ) {
        guard value.isFinite, !down.isNaN, !up.isNaN else { return nil }
        let low = min(max(value - down, possible.lowerBound), value)
        let high = max(min(value + up, possible.upperBound), value)
        guard low.isFinite, high.isFinite else { return nil }
        self.init(value: value, interval: low...high, coversRuns: coversRuns)
    }
}
