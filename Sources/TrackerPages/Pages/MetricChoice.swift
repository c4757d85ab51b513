package import TrackerIndexer
import TrackerLog

/// One metric of a session that the page offers.
package struct MetricChoice: Sendable, Hashable {
    package var name: String
    /// As logged, else derived from the suffix of the name.
    package var unit: String?
    package var count: Int
    /// Whether its values are durations, so that its samples are requests.
    package var isLatency: Bool

    package init(name: String, unit: String?, count: Int, isLatency: Bool) {
        self.name = name
        self.unit = MetricChoice.unit(of: name, logged: unit)
        self.count = count
        self.isLatency = isLatency
    }

    /// The logged unit, else the one derived from the suffix of the metric's name.
    static func unit(of name: String, logged: String?) -> String? {
        logged ?? ReportedNumber.unitsByEnding.first { name.hasSuffix($0.ending) }?.unit
    }

    /// The word for its samples.
    var noun: String { isLatency ? "requests" : "samples" }
    /// The heading of its chart.
    var title: String { isLatency ? "Latency" : name }
    /// The unit, or an empty text.
    var unitText: String { unit ?? "" }

    /// All metrics of a session: latencies first, then by number of samples, descending.
    package static func all(in summary: SessionSummary) -> [MetricChoice] {
        var found: [ExactText: MetricChoice] = [:]
        for run in summary.runs {
            for timeline in run.timelines {
                let name = ExactText(timeline.metric)
                let known = found[name]
                found[name] = MetricChoice(
                    name: timeline.metric, unit: known?.unit ?? timeline.unit,
                    count: (known?.count ?? 0) + timeline.total.count,
                    isLatency: timeline.isLatency || known?.isLatency == true)
            }
        }
        return found.values.sorted {
            ($0.isLatency ? 0 : 1, -$0.count, ExactText($0.name))
                < ($1.isLatency ? 0 : 1, -$1.count, ExactText($1.name))
        }
    }
}
