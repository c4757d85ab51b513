package import TrackerAnalysis
import TrackerIndexer
import TrackerLog

/// A table of the page of a trend.
package enum TrendPanel: String, Sendable, CaseIterable {
    case runs
    /// Where the numbers changed.
    case changes

    package static let names = allCases.map(\.rawValue).joined(separator: ", ")
}

extension Trend {
    package func table(of panel: TrendPanel) -> PanelTable {
        switch panel {
        case .runs: runTable
        case .changes: changeTable
        }
    }

    /// The runs, oldest first, with each number that is followed.
    private var runTable: PanelTable {
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

    /// The changes of all numbers, oldest first.
    private var changeTable: PanelTable {
        let unit = MetricChoice.unit(of: metric, logged: unit)
        var table = PanelTable([
            .init("number"), .init("unit"), .init("before"), .init("after"),
            .init("change", "%"), .init("runs before"), .init("runs after"), .init("p"),
            .init("last before"), .init("commit before"), .init("first after"),
            .init("started"), .init("commit after"), .init("verdict"), .init("beyond noise"),
        ])
        table.rows = changes.map { change in
            let point = change.point
            let shown: String? =
                switch change.statistic {
                case .errorRate: "%"
                case .perSecond: "1/s"
                default: unit
                }
            let verdict = change.isBetter.map { $0 ? "better" : "worse" } ?? "changed"
            return [
                .text(name(of: change.statistic)), .text(shown), .number(point.before.mean),
                .number(point.after.mean), .number(point.change.map { $0 * 100 }),
                .count(point.before.count), .count(point.after.count), .number(point.pValue),
                .text(change.before.name), .text(change.before.commit),
                .text(change.after.name), .text(change.after.started.map(ClockText.machine)),
                .text(change.after.commit), .text(verdict),
                .text(change.isSettled ? "yes" : "no"),
            ]
        }
        return table
    }

    /// A reported metric has one number, which goes by its name, and beside it the error rate.
    func name(of statistic: Statistic) -> String {
        isReported && statistic != .errorRate ? metric : ComparisonText.name(statistic)
    }
}

extension HTMLWriter {
    /// Links to the numbers of a panel of the page.
    mutating func trendLinks(
        _ id: String, of title: String, _ panel: TrendPanel, _ query: TrendQuery
    ) {
        dataLinks(
            id, of: title, json: query.jsonPath, csv: query.csvPath(panel), command: query.command)
    }
}

extension TrendQuery {
    func csvPath(_ panel: TrendPanel) -> String {
        let chosen = panel == .runs ? [] : [("panel", panel.rawValue)]
        return trendJSONPath + "/csv" + queryText(items + chosen)
    }
}
