/// The metrics that a load test records.
package enum LoadMetric {
    /// Open loop: from the intended start (response time). Closed loop: from the actual start.
    package static let latency = "http.latency_ms"
    /// Open loop: from the actual start (service time).
    package static let service = "http.service_ms"
    /// As `latency`, for requests of the warm-up: a separate metric, so that percentiles exclude
    /// them.
    package static let warmup = "http.warmup_latency_ms"
    /// Open loop, one sample per run: requests that were due and never sent.
    package static let unsent = "load.unsent_requests"
    /// One sample per run that was stopped with such requests: sent, and without an answer then.
    package static let unfinished = "load.unfinished_requests"
}
