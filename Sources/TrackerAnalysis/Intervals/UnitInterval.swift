/// A number in the unit of its metric with its interval: a level of B, or a difference.
package struct UnitInterval: Sendable, Hashable {
    package var value: Double
    package var interval: ClosedRange<Double>
    /// Whether it is about the next runs, or was asked to be about these ones alone.
    package var coversRuns: Bool
}

extension UnitInterval {
    /// Without what is impossible; the value shown is always within.
    init(
        value: Double, within ends: ClosedRange<Double>, possible: ClosedRange<Double>,
        coversRuns: Bool
    ) {
        self.value = value
        let low = min(max(ends.lowerBound, possible.lowerBound), value)
        let high = max(min(ends.upperBound, possible.upperBound), value)
        interval = low...high
        self.coversRuns = coversRuns
    }
}
