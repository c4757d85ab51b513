import TrackerAnalysis
import TrackerIndexer
import TrackerLog

/// A table of the page of a comparison.
package enum ComparePanel: String, Sendable, CaseIterable {
    /// What changed, and how sure that is.
    case forest
    /// Which part moved the whole.
    case `where`

    package static let names = allCases.map(\.rawValue).joined(separator: ", ")

    var title: String {
        switch self {
        case .forest: "What changed"
        case .where: "Where the change is"
        }
    }
}

extension CompareModel {
    package func table(of panel: ComparePanel) -> PanelTable {
        switch panel {
        case .forest: changeTable
        case .where: partTable
        }
    }

    private var changeTable: PanelTable {
        var table = PanelTable([
            .init("number"), .init("metric"), .init("unit"), .init("A"), .init("B"),
            .init("n of A"), .init("n of B"), .init("change"), .init("low"), .init("high"),
            .init("unit of change"), .init("verdict"), .init("reason"),
        ])
        for comparison in answer.comparisons {
            for row in comparison.rows { table.rows.append(cells(row, comparison)) }
        }
        return table
    }

    private func cells(_ row: ComparisonRow, _ comparison: Comparison) -> [PanelTable.Cell] {
        let metricUnit = MetricChoice.unit(of: comparison.metric, logged: comparison.unit)
        let unit =
            switch row.statistic {
            case .errorRate: "%"
            case .perSecond: "1/s"
            default: metricUnit
            }
        let isDifference = row.statistic == .errorRate || row.isInUnit
        // Shares are written in percent, as the page has them.
        let factor = isDifference ? 1.0 : 100
        let reason: String? =
            if case .inconclusive(let reason) = row.verdict { reason.words } else { nil }
        return [
            .text(ComparisonText(comparison, row).name), .text(comparison.metric), .text(unit),
            .number(row.a), .number(row.b), .count(row.countA), .count(row.countB),
            .number(row.difference.map { $0 * factor }),
            .number(row.interval.map { $0.lowerBound * factor }),
            .number(row.interval.map { $0.upperBound * factor }),
            .text(!isDifference ? "%" : unit == "%" ? "pp" : unit),
            .text(row.verdict.words), .text(reason),
        ]
    }

    private var partTable: PanelTable {
        let unit = changeParts?.unit
        var table = PanelTable([
            .init("part"), .init("mean of A", unit), .init("mean of B", unit), .init("n of A"),
            .init("n of B"), .init("change", "%"), .init("less the others", "%"),
            .init("low", "%"), .init("high", "%"), .init("added to the mean", unit),
            .init("failed of A"), .init("failed of B"), .init("stands out"),
        ])
        table.rows = (changeParts?.parts ?? []).map { part in
            func percent(_ share: Double?) -> PanelTable.Cell { .number(share.map { $0 * 100 }) }
            return [
                .text(part.name), .number(part.meanA), .number(part.meanB), .count(part.countA),
                .count(part.countB), percent(part.mean.change), percent(part.mean.apart),
                percent(part.mean.interval?.lowerBound), percent(part.mean.interval?.upperBound),
                .number(part.mean.contribution), .count(part.failedA), .count(part.failedB),
                .text(part.isNamed ? "yes" : "no"),
            ]
        }
        return table
    }
}

extension CompareQuery {
    var markdownPath: String { compareJSONPath + "/markdown" + queryText(items) }

    func csvPath(_ panel: ComparePanel) -> String {
        let chosen = panel == .forest ? [] : [("panel", panel.rawValue)]
        return compareJSONPath + "/csv" + queryText(items + chosen)
    }
}

extension HTMLWriter {
    /// Links to the numbers of a table of the page.
    mutating func panelLinks(_ panel: ComparePanel, _ query: CompareQuery) {
        dataLinks(
            panel.rawValue, of: panel.title, json: query.jsonPath, csv: query.csvPath(panel),
            command: query.command, markdown: panel == .forest ? query.markdownPath : nil)
    }
}
