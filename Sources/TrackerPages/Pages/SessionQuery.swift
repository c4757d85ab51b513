package import TrackerLog

/// The metric, the run and the page of runs of a session's page, from the URL's query.
package struct SessionQuery: Sendable, Hashable {
    /// `nil` means the first of `MetricChoice.all`.
    package var metric: String?
    /// `nil` means all runs together; empty text is the run of samples without a run.
    package var run: String?
    /// The page of the tables of runs, from 1: the newest. `nil`: that of the run in
    /// view, or the newest.
    package var runPage: Int?
    /// The page of the table by labels, from 1: those with the most samples.
    package var labelPage: Int?
    /// Whether the page is a file: no server answers its forms.
    var isFile = false
    /// As the server was started with, for commands to copy.
    package var dataFolder: String?
    /// `nil`: the whole time.
    package var span: SpanQuery?
    package var view = ValueView.percentiles
    /// A moment of the column whose distribution is shown.
    package var pin: Timestamp?
    /// Whether that moment is no time.
    var hasUnreadableMoment = false
    /// Part of the name of a metric that is looked for.
    package var find: String?

    package init(metric: String? = nil, run: String? = nil, runPage: Int? = nil) {
        self.metric = metric
        self.run = run
        self.runPage = runPage
    }

    /// - Parameter queryItems: decoded names and values; unknown names are ignored.
    package init(queryItems: [(String, String)]) {
        self.init()
        span = SpanQuery(queryItems: queryItems)
        for (name, value) in queryItems {
            switch name {
            case "metric": metric = value
            case "run": run = value
            case "runs": runPage = Int(value).map { max(1, $0) }
            case "labels": labelPage = Int(value).map { max(1, $0) }
            case "view": view = ValueView(rawValue: value) ?? .percentiles
            case "at": pin = Timestamp(iso8601AssumingUTC: value)
            case "find" where !value.isEmpty:
                find = String(value.prefix(ViewLimits.maxFindCharacters))
            default: continue
            }
        }
    }
}
