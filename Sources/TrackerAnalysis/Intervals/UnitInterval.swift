/// A number in the unit of its metric with its interval: a level of B, or a difference.
package struct UnitInterval: Sendable, Hashable {
    package var value: Double
    package var interval: ClosedRange<Double>
    /// Whether it is about the next runs, or was asked to be about these ones alone.
    package var coversRuns: Bool
}
