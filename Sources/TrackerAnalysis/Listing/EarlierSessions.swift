import Glibc
package import TrackerIndexer
import TrackerLog

/// Which sessions of the list are beyond what their earlier sessions vary by: the conditions
/// `worse` and `better` of a filter.
///
/// A session is held against the newest earlier ones of the same targets, tests, metric and
/// conditions, `ListingLimits.mostEarlier` at most, by the number of its row: p99, where that has
/// too few samples p50, or what its runs reported. Its logarithm is compared with the interval in
/// which Student's t expects one more such session with 95 %. From the rows alone: ten thousand
/// sessions take no comparison. The verdict of a session's page has that.
struct EarlierSessions {
    private(set) var shifts: [DataFolder.SessionKey: CatalogShift] = [:]
    private var seen: [Series: [Double]] = [:]

    /// What is compared with each other.
    private struct Series: Hashable {
        var targets: [ExactText]
        var tests: [ExactText]
        var metric: ExactText
        var unit: ExactText?
        var conditions: String
        var number: Number
    }

    private enum Number { case p99, p50, reported }

    /// - Parameter entries: in any order. Sessions that record, failed or are archived are not
    ///   judged, and judge no other.
    init(_ entries: [CatalogEntry]) {
        let counted = entries.filter {
            !$0.isRunning && !$0.isArchived && $0.failure == nil && !$0.targets.isEmpty
        }
        for entry in counted.sorted(by: { ($0.first ?? .epoch) < ($1.first ?? .epoch) }) {
            add(entry)
        }
    }

    private mutating func add(_ entry: CatalogEntry) {
        guard let conditions = entry.conditions else { return }
        var isJudged = false
        for (metric, unit, better, number, value) in Self.numbers(of: entry) where value > 0 {
            let series = Series(
                targets: entry.targets.map(ExactText.init), tests: entry.tests.map(ExactText.init),
                metric: ExactText(metric), unit: unit.map(ExactText.init), conditions: conditions,
                number: number)
            let earlier = seen[series] ?? []
            // The first number that there is judges; the others are for later sessions.
            if !isJudged, let better {
                isJudged = true
                shifts[entry.key] = Self.shift(log(value), earlier, better)
            }
            seen[series] = earlier.suffix(ListingLimits.mostEarlier - 1) + [log(value)]
        }
    }

    private static func numbers(
        of entry: CatalogEntry
    ) -> [(String, String?, MetricMeaning.Direction?, Number, Double)] {
        if let headline = entry.headline {
            let better = headline.better.flatMap(MetricMeaning.Direction.init)
            let all: [(Number, Double, Double?)] = [
                (.p99, 0.99, headline.p99), (.p50, 0.5, headline.p50),
            ]
            return all.compactMap { number, q, value in
                guard let value, !headline.hasFewSamples(beyond: q) else { return nil }
                return (headline.metric, headline.unit, better, number, value)
            }
        }
        guard let reported = entry.reported else { return [] }
        let unit = reported.number.unit
        let meaning = MetricMeaning(metric: reported.metric, unit: unit)
        return [(reported.metric, unit, meaning.better, .reported, reported.newest)]
    }

    private static func shift(
        _ value: Double, _ earlier: [Double], _ better: MetricMeaning.Direction
    ) -> CatalogShift? {
        guard earlier.count >= ListingLimits.fewestEarlier else { return nil }
        let count = Double(earlier.count)
        let mean = earlier.reduce(0, +) / count
        let squares = earlier.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        let spread = max((squares / (count - 1)).squareRoot(), ListingLimits.leastSpread)
        let reach = critical[earlier.count - 2] * spread * (1 + 1 / count).squareRoot()
        guard (value - mean).magnitude > reach else { return nil }
        return (value > mean) == (better == .higher) ? .better : .worse
    }

    /// Of Student's t with 1, 2, … degrees of freedom: computed once, as each takes a sum.
    private static let critical = (1..<ListingLimits.mostEarlier).map {
        StudentT.critical(alpha: 0.05, degrees: Double($0))
    }
}

extension CatalogFilter {
    /// The matching sessions in the filter's order.
    /// - Parameter all: every session, also those that do not match: `worse` asks for earlier ones.
    package func found(in all: [CatalogEntry]) -> [CatalogEntry] {
        let asksForShifts = terms.contains(where: \.isShift)
        return select(all, shifts: asksForShifts ? EarlierSessions(all).shifts : [:])
    }
}

extension CatalogFilter.Term {
    /// Also where it is turned.
    fileprivate var isShift: Bool {
        switch self {
        case .shift: true
        case .not(let term): term.isShift
        default: false
        }
    }
}
