enum BenchMetric {
    /// The time of one execution.
    static let time = "time_ms"
}
