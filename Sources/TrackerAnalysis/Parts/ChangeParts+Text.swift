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
            let change = part.mean.change
        else {
            let difference = format.signed(part.errors.change ?? 0) {
                format.fixed($0, digits: 2)
            }
            return "\(part.failedA) of \(part.requestsA) requests failed, then \(part.failedB) of"
                + " \(part.requestsB) (\(difference) pp)"
        }
        let size = format.signed(change) { format.percent(share: $0) }
        let added = format.signed(part.mean.contribution) { format.quantity($0, unit: unit) }
        let whole = format.signed(meanB - meanA) { format.quantity($0, unit: unit) }
        return "mean from \(format.quantity(a, unit: unit)) to \(format.quantity(b, unit: unit))"
            + " (\(size)), which is \(added) of the \(whole) of the whole"
    }

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
