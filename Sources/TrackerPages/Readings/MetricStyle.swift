package import TrackerIndexer

/// Which parts the page of a session has of a metric, and which words: by what the metric measures,
/// and by how many values there are.
package struct MetricStyle: Sendable, Hashable {
    package enum Shape: Sendable, Hashable {
        /// Percentiles, throughput and errors over time.
        case requests
        /// A line of means within the band from the lowest to the highest.
        case level
        /// Each value as a dot with its number.
        case few
    }

    package let shape: Shape
    /// Whether values are durations: the highest is the slowest.
    package let isDuration: Bool
    /// Whether errors have a place: samples without an outcome have none to show.
    package let hasErrors: Bool

    /// - Parameters:
    ///   - total: all samples in view.
    ///   - mostInRun: samples of the run with the most of them.
    package init(metric: MetricChoice, total: Aggregate?, mostInRun: Int) {
        isDuration = metric.isLatency
        hasErrors = metric.isLatency || (total?.errors ?? 0) > 0
        if mostInRun < ViewLimits.fewValues, total?.count ?? 0 <= ViewLimits.fewTogether {
            shape = .few
        } else {
            shape = metric.isLatency ? .requests : .level
        }
    }

    var lowestWord: String { isDuration ? "Fastest" : "Lowest" }
    var highestWord: String { isDuration ? "Slowest" : "Highest" }
}
