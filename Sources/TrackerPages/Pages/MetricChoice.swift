package import TrackerIndexer
import TrackerLog

/// One metric of a session that the page offers.
package struct MetricChoice: Sendable, Hashable {
    package var name: String
    /// As logged, else derived from the suffix of the name.
    package var unit: String?
    /// As logged.
    var loggedUnit: String?
    /// In the address of its page: the name, and the unit where another one has more samples.
    var id: String
    package var count: Int
    /// Whether its values are durations.
    package var isLatency: Bool
    /// What it measures; `nil` where nothing tells.
    package var kind: MetricMeaning.Kind?

    package init(
        name: String, unit: String?, count: Int, isLatency: Bool,
        kind: MetricMeaning.Kind? = nil
    ) {
        self.name = name
        self.unit = MetricChoice.unit(of: name, logged: unit)
        loggedUnit = unit
        id = name
        self.count = count
        self.isLatency = isLatency
        self.kind = kind
    }

    /// The logged unit, else the one derived from the suffix of the metric's name.
    static func unit(of name: String, logged: String?) -> String? {
        logged ?? ReportedNumber.unit(byEndingOf: name)
    }

    /// The word for its samples.
    var noun: String { isOfRequests ? "requests" : "samples" }
    /// The heading of its chart.
    var title: String { isOfRequests ? "Latency" : name }
    /// Whether it is the time that requests took: a build or a query takes time, too.
    private var isOfRequests: Bool { isLatency && MetricMeaning.isOfRequests(name) }
    /// The unit, or an empty text.
    var unitText: String { unit ?? "" }

    /// Whether a series has its name and unit.
    func isOf(_ series: SeriesSummary) -> Bool {
        series.metric.isExactly(name) && series.unit.isExactly(loggedUnit)
    }

    /// The name of a session's metric by its id in the address of a page; `nil` if it has none.
    package static func name(_ id: String?, in summary: SessionSummary) -> String? {
        id.flatMap { id in all(in: summary).first { $0.id.isExactly(id) }?.name }
    }

    /// All metrics of a session: latencies first, then by number of samples, descending.
    package static func all(in summary: SessionSummary) -> [MetricChoice] {
        var found: [[ExactText]: MetricChoice] = [:]
        for run in summary.runs {
            for timeline in run.timelines {
                // Units that are not converted are different numbers.
                let key = [ExactText(timeline.metric), ExactText(timeline.unit ?? "")]
                let known = found[key]
                found[key] = MetricChoice(
                    name: timeline.metric, unit: timeline.unit,
                    count: (known?.count ?? 0) + timeline.total.count,
                    isLatency: timeline.isLatency || known?.isLatency == true,
                    kind: known?.kind ?? timeline.meaning.kind)
            }
        }
        let sorted = found.sorted {
            ($0.value.isLatency ? 0 : 1, -$0.value.count, $0.key[0], $0.key[1])
                < ($1.value.isLatency ? 0 : 1, -$1.value.count, $1.key[0], $1.key[1])
        }
        var names: Set<ExactText> = []
        return sorted.map { key, choice in
            var choice = choice
            if !names.insert(key[0]).inserted {
                choice.id = "\(choice.name) (\(choice.loggedUnit ?? "no unit"))"
            }
            return choice
        }
    }
}
