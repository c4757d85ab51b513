import TrackerIndexer
import TrackerLog

/// What to do after a comparison, the most useful first.
package enum NextSteps {
    /// More would not be done.
    package static let most = 3

    /// - Parameter parts: where the change is.
    package static func after(_ comparison: Comparison, _ parts: ChangeParts?) -> [String] {
        let row = comparison.headline
        var steps = conditions(comparison)
        // A part may have moved for sure where the whole did not.
        if let part = parts?.named.first { steps.append("look into \(part.name)") }
        switch row.verdict {
        case .inconclusive(let reason): steps.append(missing(reason, comparison))
        case .worse, .higher, .lower: steps += history(comparison)
        case .better:
            steps.append(
                "`tracker baseline \(comparison.nameB)` makes B what others are compared to")
        case .noDifferenceFound:
            let margin = comparison.settings.margin(of: row.statistic)
            let size =
                row.statistic == .errorRate
                ? NumberFormat.plain.fixed(margin, digits: 2) + " pp"
                : NumberFormat.plain.percent(share: margin)
            steps.append("none for the whole: if there is a difference, it is below \(size)")
        }
        return Array(steps.prefix(most))
    }

    /// What has to be alike before any number counts.
    private static func conditions(_ comparison: Comparison) -> [String] {
        let names = comparison.differences.filter {
            $0.isOfBoth && LikeConditions.names.contains($0.name)
        }.map(\.name)
        guard !names.isEmpty else { return [] }
        return [
            "repeat B under the conditions of A: \(names.joined(separator: ", "))"
                + " differ\(names.count == 1 ? "s" : "")"
        ]
    }

    private static func missing(_ reason: Verdict.Reason, _ comparison: Comparison) -> String {
        func runs(_ count: Int) -> String {
            "record \(count) more run\(count == 1 ? "" : "s") of each, A and B in turn"
        }
        switch reason {
        case .wide(let further?): return runs(further) + ", by the spread of these"
        case .oneRun(let further): return runs(further)
        case .wide(nil):
            return "more than \(ComparisonLimits.maxFurtherRuns) runs of each would be needed:"
                + " ask for a larger difference with --min-effect, or make runs longer"
        case .tooFewSamples(let needed):
            return "record at least \(needed) samples on each side"
        case .tooShort(let slots): return "record runs of at least \(slots) seconds"
        case .moreFailures:
            return "find out why more requests fail: what is left may be fast because of that"
        case .noRatio: return "compare another number: a value is zero or less"
        case .noValue: return "find out why no request of one side succeeded"
        }
    }

    private static func history(_ comparison: Comparison) -> [String] {
        let commits = comparison.differences.first { $0.name == "commit" }
        if let a = commits?.a.last, let b = commits?.b.last {
            return ["`git log --oneline \(a)..\(b)` lists what changed between them"]
        }
        return ["`tracker trend` of the target shows since which run"]
    }
}
