/// The metric and run of a session's page, from the URL's query.
package struct SessionQuery: Sendable, Hashable {
    /// `nil` means the first of `MetricChoice.all`.
    package var metric: String?
    /// `nil` means all runs together; empty text is the run of samples without a run.
    package var run: String?

    package init(metric: String? = nil, run: String? = nil) {
        self.metric = metric
        self.run = run
    }

    /// - Parameter queryItems: decoded names and values; unknown names are ignored.
    package init(queryItems: [(String, String)]) {
        self.init()
        for (name, value) in queryItems {
            switch name {
            case "metric": metric = value
            case "run": run = value
            default: continue
            }
        }
    }
}
