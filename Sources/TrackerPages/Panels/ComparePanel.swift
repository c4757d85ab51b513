import TrackerAnalysis
import TrackerIndexer
package import TrackerLog

/// The numbers of a panel of the page of a comparison.
package enum ComparePanel: String, Sendable, CaseIterable {
    /// What changed, and how sure that is.
    case forest
    /// Which part moved the whole.
    case `where`
    /// The percentile curves.
    case curve
    /// Over time, both from their start.
    case aligned

    package static let names = allCases.map(\.rawValue).joined(separator: ", ")

    var title: String {
        switch self {
        case .forest: "What changed"
        case .where: "Where the change is"
        case .curve: "The percentile curves"
        case .aligned: "Over time, both from their start"
        }
    }

    /// Whether the comparison as a whole, as JSON and as a command, has the numbers.
    var isOfAnswer: Bool { self == .forest || self == .where }
}

extension CompareModel {
    package func table(of panel: ComparePanel) -> PanelTable {
        switch panel {
        case .forest: changeTable
        case .where: partTable
        case .curve: curveTable
        case .aligned: alignedTable
        }
    }

    /// For programs: as `tracker compare --panel --json`.
    package func json(of panel: ComparePanel) -> JSONValue {
        .object(
            [
                .init("panel", .string(panel.rawValue)), .init("a", .string(a.name)),
                .init("b", .string(b.name)), .init("metric", .string(main.metric)),
                .init("unit", .optional(unit)),
            ] + table(of: panel).jsonMembers)
    }

    private var unit: String? { MetricChoice.unit(of: main.metric, logged: main.unit) }

    /// The percentiles that are named, and those that the two curves are drawn of.
    private var curveTable: PanelTable {
        var table = PanelTable([
            .init("percentile", "%"), .init("A", unit), .init("B", unit),
            .init("samples of A beyond"), .init("samples of B beyond"),
        ])
        guard let a = a.total, let b = b.total, a.count > 0, b.count > 0 else { return table }
        let quantiles = PercentileCurve.listed([a, b])
        let values = [a, b].map { $0.quantiles(quantiles) }
        table.rows = quantiles.enumerated().map { index, quantile in
            [
                .number(PercentileCurve.percent(quantile)), .number(values[0][index]),
                .number(values[1][index]),
                .count(PercentileCurve.samples(of: a, beyond: quantile)),
                .count(PercentileCurve.samples(of: b, beyond: quantile)),
            ]
        }
        return table
    }

    private var alignedTable: PanelTable {
        let name = curves?.name ?? "value"
        var table = PanelTable([
            .init("group"), .init("from the start", "ms"), .init("length", "ms"),
            .init(name, unit), .init("n"),
        ])
        guard let curves else { return table }
        for (group, points) in [("A", curves.a), ("B", curves.b)] {
            table.rows += points.map { point in
                [
                    .text(group), .number(point.startMs), .number(point.lengthMs),
                    .number(point.value), .count(point.count),
                ]
            }
        }
        return table
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

    func jsonPath(_ panel: ComparePanel) -> String {
        panel.isOfAnswer
            ? jsonPath : compareJSONPath + queryText(items + [("panel", panel.rawValue)])
    }

    func command(_ panel: ComparePanel) -> String {
        command(panel.isOfAnswer ? [] : ["--panel", panel.rawValue])
    }
}

extension HTMLWriter {
    /// Links to the numbers of a table of the page.
    mutating func panelLinks(_ panel: ComparePanel, _ query: CompareQuery) {
        dataLinks(
            panel.rawValue, of: panel.title, json: query.jsonPath(panel),
            csv: query.csvPath(panel), command: query.command(panel),
            markdown: panel == .forest ? query.markdownPath : nil)
    }
}
