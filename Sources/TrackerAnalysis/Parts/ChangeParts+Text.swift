import Glibc
package import TrackerLog

/// Where the change is, in words: for the command line, pages and programs alike.
extension ChangeParts {
    /// `route`, or `method and route`.
    package var cut: String { names.joined(separator: " and ") }

    /// `route=/checkout stands out: mean from 20.1 ms to 26.3 ms (+30.8%), …`.
    package func sentence(_ format: NumberFormat) -> String {
        guard let first = named.first else { return nothingNamed(format) }
        var text = first.name + " stands out: " + story(of: first, format)
        let more = named.count - 1
        if more > 0 {
            let names = named.dropFirst().prefix(PartLimits.shown - 1).map(\.name)
            text += "; so do \(names.joined(separator: ", "))"
            if more > names.count { text += " and \(more - names.count) more" }
        }
        if let common, named.contains(where: \.mean.isNamed) {
            text += "; the other \(parts.count - named.count) moved by "
            text += format.signed(common) { format.percent(share: $0) }
        }
        return text
    }

    private func story(of part: ChangePart, _ format: NumberFormat) -> String {
        guard part.mean.isNamed, let a = part.meanA, let b = part.meanB,
            let change = part.shownChange
        else {
            let difference = format.signed(part.errors.change ?? 0) {
                format.fixed($0, digits: 2)
            }
            return "\(part.failedA) of \(part.requestsA) requests failed, then \(part.failedB) of"
                + " \(part.requestsB) (\(difference) pp)"
        }
        let size = format.signed(change) { format.percent(share: $0) }
        let whole = added(meanB - meanA, format)
        return "mean from \(mean(a, format)) to \(mean(b, format))"
            + " (\(size)), which is \(added(of: part, format)) of the \(whole) of the whole"
    }

    /// A mean with the digits that the change is computed from.
    package func mean(_ value: Double?, _ format: NumberFormat) -> String {
        guard let value else { return format.missing }
        return format.quantity(value, unit: unit, digits: ComparisonLimits.shownDigits)
    }

    /// What a part added to the mean of the whole. All parts have one unit and the same decimals:
    /// a reader adds them up.
    package func added(of part: ChangePart, _ format: NumberFormat) -> String {
        added(part.mean.contribution, format)
    }

    private func added(_ value: Double, _ format: NumberFormat) -> String {
        let most = parts.map(\.mean.contribution.magnitude).max() ?? 0
        let largest = Quantity(most, unit: unit)
        guard most > 0, Self.alignable.contains(largest.value) else {
            return format.signed(value) { format.quantity($0, unit: unit) }
        }
        let decimals = max(0, 2 - Int(log10(largest.value).rounded(.down)))
        let factor = largest.value / most
        let ending = largest.unit.map { $0 == "%" ? $0 : " " + $0 } ?? ""
        return format.signed(value) { format.fixed($0 * factor, digits: decimals) + ending }
    }

    /// Numbers that are written without an exponent and with few decimals.
    private static let alignable = 1e-3...1e6

    private func nothingNamed(_ format: NumberFormat) -> String {
        guard yardstick != .nothing else {
            return "which part moved cannot be told: \(parts.count) parts and \(fewestRuns)"
                + " run\(fewestRuns == 1 ? "" : "s") on a side; \(PartLimits.runsThatTell) runs of"
                + " each, or \(PartLimits.fewestToMeasureAgainst) parts, tell how much a part moves"
                + " by chance"
        }
        let alike = "no part stands out: \(parts.count) by \(cut)"
        guard let common else { return alike + ", none moved beyond chance" }
        return alike + " moved alike, by " + format.signed(common) { format.percent(share: $0) }
    }
}

extension ChangePart {
    /// The change of the mean as it is shown: B / A − 1 of the two means shown.
    package var shownChange: Double? {
        guard mean.change != nil, let meanA, let meanB else { return nil }
        let a = VerdictRule.shown(meanA)
        return a > 0 ? VerdictRule.shown(meanB) / a - 1 : nil
    }
}
