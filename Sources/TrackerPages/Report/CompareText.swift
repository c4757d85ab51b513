package import TrackerAnalysis
import TrackerIndexer
import TrackerLog

/// Numbers of a comparison as plain text: in tables of a terminal, and as Markdown.
package enum CompareText {
    package static func name(_ statistic: Statistic) -> String {
        switch statistic {
        case .perSecond: "per second"
        case .errorRate: "error rate"
        default: statistic.rawValue
        }
    }

    package static func name(_ row: ComparisonRow, of comparison: Comparison) -> String {
        comparison.reportedName(of: row) ?? name(row.statistic)
    }

    /// Signed percent, percentage points for the error rate, or a difference in the unit.
    package static func change(_ value: Double, _ row: ComparisonRow, _ unit: String?) -> String {
        row.isInUnit
            ? inUnit(value, row.statistic, unit) : change(value, row.statistic == .errorRate)
    }

    /// A signed difference; of percentages in points.
    package static func inUnit(_ value: Double, _ statistic: Statistic, _ unit: String?) -> String {
        let isPoints = statistic == .errorRate || statistic.isInUnit && unit == "%"
        return NumberFormat.plain.signed(value) {
            isPoints
                ? NumberFormat.plain.fixed($0, digits: 2) + " pp" : level($0, statistic, unit)
        }
    }

    package static func level(_ value: Double, _ statistic: Statistic, _ unit: String?) -> String {
        let format = NumberFormat.plain
        switch statistic {
        case .errorRate: return format.quantity(value, unit: "%")
        case .perSecond: return format.quantity(value, unit: "/s")
        default: return VisibleText.escaped(format.quantity(value, unit: unit))
        }
    }

    /// A number of the table, with the digits that the difference is computed from.
    package static func cell(_ value: Double?, _ statistic: Statistic, _ unit: String?) -> String {
        guard let value else { return "-" }
        let digits = ComparisonLimits.shownDigits
        switch statistic {
        case .errorRate: return NumberFormat.plain.quantity(value, unit: "%", digits: digits)
        case .perSecond: return NumberFormat.plain.value(value, digits: digits)
        default:
            return VisibleText.escaped(NumberFormat.plain.cell(value, unit: unit, digits: digits))
        }
    }

    /// Signed percent; percentage points for the error rate.
    package static func change(_ value: Double, _ isPoints: Bool) -> String {
        let format = NumberFormat.plain
        return format.signed(value) {
            isPoints ? format.fixed($0, digits: 2) + " pp" : format.percent(share: $0)
        }
    }

    package static func verdict(_ verdict: Verdict) -> String {
        guard case .inconclusive(let reason) = verdict else { return verdict.words }
        return "\(verdict.words): \(reason.words)"
    }
}
