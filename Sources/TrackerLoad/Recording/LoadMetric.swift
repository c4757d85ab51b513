/// The metrics that a load test records.
package enum LoadMetric {
    /// Open loop: from the intended start (response time). Closed loop: from the actual start.
    package static let latency = "http.latency_ms"
    /// Open loop: from the actual start (service time).
    package static let service = "http.service_ms"
    /// Requests of the warm-up, like `latency`: kept apart so that no percentile counts them.
    package static let warmup = "http.warmup_latency_ms"
    /// Open loop, once a run: requests that were due and never sent.
    package static let unsent = "load.unsent_requests"
}
