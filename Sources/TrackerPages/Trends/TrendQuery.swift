package import TrackerAnalysis
import TrackerLog

/// The target, metric and number of a trend, from the URL's query.
package struct TrendQuery: Sendable, Hashable {
    package var target: String?
    /// `nil` takes the headline of the newest run.
    package var metric: String?
    /// The number that is drawn; `nil` takes the one that verdicts are about.
    package var statistic: Statistic?
    /// As the server was started with, for commands to copy.
    package var dataFolder: String?

    package init(target: String? = nil, metric: String? = nil, statistic: Statistic? = nil) {
        self.target = target
        self.metric = metric
        self.statistic = statistic
    }

    /// - Parameter queryItems: decoded names and values; unknown names are ignored.
    package init(queryItems: [(String, String)]) {
        self.init()
        for (name, value) in queryItems where !value.isEmpty {
            switch name {
            case "target": target = value
            case "metric": metric = value
            case "statistic": statistic = Statistic(rawValue: value)
            default: continue
            }
        }
    }

    var items: [(String, String)] {
        var items: [(String, String)] = []
        if let target { items.append(("target", target)) }
        if let metric { items.append(("metric", metric)) }
        return items
    }

    package var path: String {
        let drawn = statistic.map { [("statistic", $0.rawValue)] } ?? []
        return trendPath + queryText(items + drawn)
    }

    package var jsonPath: String { trendJSONPath + queryText(items) }

    /// The command that prints the same numbers.
    package var command: String {
        var words = ["trend"]
        if let target { words.append(target) }
        if let metric { words += ["--metric", metric] }
        return copiedCommand(words, data: dataFolder)
    }

    func with(_ statistic: Statistic) -> TrendQuery {
        var query = self
        query.statistic = statistic
        return query
    }
}

package let targetsPath = "/targets"
package let trendPath = "/trends"
package let trendJSONPath = "/api/v1/trend"
