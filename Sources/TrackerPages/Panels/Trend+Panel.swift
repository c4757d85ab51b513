package import TrackerAnalysis
import TrackerIndexer
import TrackerLog

extension Trend {
    /// The runs, oldest first, with each number that is followed.
    package var table: PanelTable {
        let statistics = levels.map(\.statistic)
        let unit = MetricChoice.unit(of: metric, logged: unit)
        var table = PanelTable(
            [.init("run"), .init("started"), .init("commit"), .init("n")]
                + statistics.map { statistic in
                    switch statistic {
                    case .errorRate: .init(name(of: statistic), "%")
                    case .perSecond: .init(name(of: statistic), "1/s")
                    default: .init(name(of: statistic), unit)
                    }
                })
        table.rows = points.map { point in
            let facts: [PanelTable.Cell] = [
                .text(point.name), .text(point.started.map(ClockText.machine)),
                .text(point.commit), .count(point.count),
            ]
            return facts + statistics.map { .number(point.values[$0]) }
        }
        return table
    }

    /// A reported metric has one number, which goes by its name.
    private func name(of statistic: Statistic) -> String {
        isReported ? metric : ComparisonText.name(statistic)
    }
}

extension TrendQuery {
    var csvPath: String { trendJSONPath + "/csv" + queryText(items) }
}
