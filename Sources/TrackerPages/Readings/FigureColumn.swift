import TrackerIndexer
import TrackerLog

/// A column of the tables of figures: its head, and what it has of the samples of a row.
struct FigureColumn {
    enum Figure: Hashable {
        case count, errors, errorShare, perSecond, mean, lowest, highest
        case quantile(Double)
    }

    var name: String
    var figure: Figure
    /// Hidden on a phone.
    var isLow = false
    /// The number that the eye looks for.
    var isMain = false
}

extension MetricStyle {
    /// The columns of the table of runs.
    var runColumns: [FigureColumn] {
        guard shape == .requests else {
            return levelColumns + outcomeColumns
        }
        return [
            FigureColumn(name: "Per second", figure: .perSecond),
            FigureColumn(name: "p50", figure: .quantile(0.5)),
            FigureColumn(name: "p90", figure: .quantile(0.9), isLow: true),
            FigureColumn(name: "p99", figure: .quantile(0.99), isMain: true),
            FigureColumn(name: "p99.9", figure: .quantile(0.999), isLow: true),
            FigureColumn(name: highestWord, figure: .highest, isLow: true),
            FigureColumn(name: "Errors", figure: .errors),
        ]
    }

    /// The columns of the table by labels.
    var labelColumns: [FigureColumn] {
        guard shape == .requests else {
            return [FigureColumn(name: "Count", figure: .count)] + levelColumns + errorColumns
        }
        return [
            FigureColumn(name: "Count", figure: .count),
            FigureColumn(name: "Errors", figure: .errors, isLow: true),
            FigureColumn(name: "Errors %", figure: .errorShare),
            FigureColumn(name: "Per second", figure: .perSecond, isLow: true),
            FigureColumn(name: "p50", figure: .quantile(0.5)),
            FigureColumn(name: "p90", figure: .quantile(0.9), isLow: true),
            FigureColumn(name: "p95", figure: .quantile(0.95), isLow: true),
            FigureColumn(name: "p99", figure: .quantile(0.99), isMain: true),
            FigureColumn(name: "p99.9", figure: .quantile(0.999), isLow: true),
            FigureColumn(name: highestWord, figure: .highest, isLow: true),
        ]
    }

    private var levelColumns: [FigureColumn] {
        [
            FigureColumn(name: "Mean", figure: .mean, isMain: true),
            FigureColumn(name: lowestWord, figure: .lowest),
            FigureColumn(name: "Median", figure: .quantile(0.5), isLow: true),
            FigureColumn(name: highestWord, figure: .highest),
        ]
    }

    private var outcomeColumns: [FigureColumn] {
        [FigureColumn(name: "Values", figure: .count)] + errorColumns
    }

    private var errorColumns: [FigureColumn] {
        hasErrors ? [FigureColumn(name: "Errors", figure: .errors)] : []
    }

    /// What the small curve of a run shows.
    var courseName: String { shape == .requests ? "p99 over time" : "Mean over time" }
}

extension HTMLWriter {
    mutating func figureHeads(_ columns: [FigureColumn]) {
        for column in columns {
            raw(
                column.isLow
                    ? "<th scope=\"col\" class=\"n lo\">" : "<th scope=\"col\" class=\"n\">")
            text(column.name)
            raw("</th>")
        }
    }

    /// - Parameter total: `nil` where the row has no samples.
    mutating func figureCells(
        _ columns: [FigureColumn], _ total: Aggregate?, unit: String?, perSecond: Double?
    ) {
        for column in columns { figureCell(column, total, unit, perSecond) }
    }

    private mutating func figureCell(
        _ column: FigureColumn, _ total: Aggregate?, _ unit: String?, _ perSecond: Double?
    ) {
        let usual = FigureColumn.cellClass(column)
        guard let total else {
            let isRate = column.figure == .perSecond
            return cell(usual, isRate ? NumberText.rate(perSecond) : NumberText.none)
        }
        func shown(_ value: Double?) -> String {
            let digits = total.successes.digits(unit: unit)
            return value.map { NumberText.cell($0, unit: unit, digits: digits) } ?? NumberText.none
        }
        let hasManyErrors = total.errors * 1_000 > total.count
        switch column.figure {
        case .count: cell(usual, NumberText.count(total.count))
        case .errors:
            cell(
                hasManyErrors ? (column.isLow ? "n e lo" : "n e") : usual,
                NumberText.count(total.errors))
        case .errorShare:
            cell(
                hasManyErrors ? "n e" : usual,
                NumberText.percent(total.errors, of: total.count))
        case .perSecond: cell(usual, NumberText.rate(perSecond))
        case .mean: cell(usual, shown(total.successes.mean))
        case .lowest: cell(usual, shown(total.successes.lowest))
        case .highest: cell(usual, shown(total.successes.highest))
        case .quantile(let q):
            quantileCell(
                usual, total.successes.quantile(q), unit: unit,
                isFew: total.successes.hasFewSamples(beyond: q))
        }
    }
}

extension FigureColumn {
    fileprivate static func cellClass(_ column: FigureColumn) -> StaticString {
        if column.isMain { return column.isLow ? "n strong lo" : "n strong" }
        return column.isLow ? "n q lo" : "n q"
    }
}

extension Population {
    /// `nil` when there are no values.
    var lowest: Double? { count > 0 ? min : nil }

    /// Digits that tell its lowest from its highest.
    func digits(unit: String?) -> Int {
        NumberText.digits(low: lowest, high: highest, unit: unit)
    }
}
