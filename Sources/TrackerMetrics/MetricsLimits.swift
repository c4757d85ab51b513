/// How much a program's metrics may take, and why.
package enum MetricsLimits {
    /// Counters and meters are recorded at this interval: the narrowest bucket of a page.
    package static let intervalMilliseconds = 1_000
    /// A counter without news is recorded as zero for so many intervals, so that a pause is seen
    /// and an end is not for ever.
    package static let counterZeros = 10
    /// Handlers of a factory. A program that makes a label of each path or user would make them
    /// without end; a session shows 10,000 series apart.
    package static let maxHandlers = 10_000
    /// Bytes of a dimension's text: longer ones are cut.
    package static let maxTextBytes = 256
}
