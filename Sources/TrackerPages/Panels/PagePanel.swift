/// A panel of the page of a session or run, whose numbers can be had as a table.
package enum PagePanel: String, Sendable, CaseIterable {
    case figures
    case overTime = "over-time"
    case heatMap = "heat-map"
    case resources
    case curve
    case distribution
    case runs
    case routes
    case labels
    case metrics
    case reported

    /// For error texts.
    package static let names = allCases.map(\.rawValue).joined(separator: ", ")

    /// In the name of a link.
    var title: String {
        switch self {
        case .figures: "The key figures"
        case .overTime: "The values over time"
        case .heatMap: "The heat map"
        case .resources: "Processor and memory"
        case .curve: "The percentile curve"
        case .distribution: "The distribution"
        case .runs: "The runs"
        case .routes: "The table by route and status"
        case .labels: "The table by labels"
        case .metrics: "All metrics"
        case .reported: "What was reported"
        }
    }
}
