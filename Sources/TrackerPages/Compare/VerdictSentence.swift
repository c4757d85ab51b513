import TrackerAnalysis
import TrackerIndexer
import TrackerLog

/// A comparison in a sentence: whether it helped, and how sure that is.
struct VerdictSentence: Sendable, Hashable {
    enum Tone: Sendable, Hashable {
        case good, bad
        /// A difference was found, and nobody knows whether it is better; or none was found.
        case neutral
        /// Too little is known.
        case open
    }

    var tone: Tone
    /// `Better: p99 fell by 25.4%, from 18.41 ms to 13.75 ms`.
    var finding: String
    /// `95% interval −38.6% to −9.3%; 6 runs of A, 6 of B.`
    var certainty: String

    init(_ comparison: Comparison) {
        let row = comparison.headline
        let text = ComparisonText(comparison, row)
        tone = Tone(row.verdict)
        let name = text.name
        let values = "from \(text.a) to \(text.b)"
        switch row.verdict {
        case .better, .worse, .higher, .lower:
            let rose = (row.difference ?? 0) > 0
            let size = row.difference.map { text.change($0.magnitude, signed: false) }
            finding = row.verdict.words + ": \(name) \(rose ? "rose" : "fell")"
            finding += (size.map { " by \($0)," } ?? "") + " " + values
            if case .higher = row.verdict { finding += "; which way is better is not known" }
            if case .lower = row.verdict { finding += "; which way is better is not known" }
        case .noDifferenceFound:
            let margin = comparison.settings.margin(of: row.statistic)
            finding = "No difference found: \(name) is \(text.a) and \(text.b)"
            finding += ", within \(text.change(margin, signed: false))"
        case .inconclusive(.wide(let further)):
            let needed = Verdict.Reason.wide(furtherRuns: further).words
            finding = "Inconclusive: \(name) went \(values); needed: \(needed)"
        case .inconclusive(let reason):
            finding = "Inconclusive: \(name) went \(values); \(reason.words)"
        }
        var parts: [String] = []
        if let interval = row.interval {
            parts.append("95% interval \(text.interval(interval))")
        } else {
            parts.append("No interval")
        }
        parts.append(
            comparison.runsA == comparison.runsB
                ? Self.runs(comparison.runsA) + " on each side"
                : "\(Self.runs(comparison.runsA)) of A, \(comparison.runsB) of B")
        certainty = parts.joined(separator: "; ") + "."
        let failures = comparison.failures
        if row.statistic != .errorRate, case .better = failures.verdict {
            certainty += " Fewer requests failed."
        }
    }

    static func runs(_ count: Int) -> String {
        count == 1 ? "1 run" : "\(NumberText.count(count)) runs"
    }
}

extension VerdictSentence.Tone {
    init(_ verdict: Verdict) {
        self =
            switch verdict {
            case .better: .good
            case .worse: .bad
            case .higher, .lower, .noDifferenceFound: .neutral
            case .inconclusive: .open
            }
    }
}

/// The numbers of a row as text.
struct ComparisonText {
    private let row: ComparisonRow
    private let unit: String?
    private let format = NumberFormat.page
    /// `p99`, `Throughput`, `Error rate`; the metric of a reported number.
    let name: String

    init(_ comparison: Comparison, _ row: ComparisonRow) {
        self.row = row
        unit = MetricChoice.unit(of: comparison.metric, logged: comparison.unit)
        name = comparison.reportedName(of: row) ?? Self.name(row.statistic)
    }

    static func name(_ statistic: Statistic) -> String {
        switch statistic {
        case .perSecond: "throughput"
        case .errorRate: "error rate"
        default: statistic.rawValue
        }
    }

    var a: String { row.a.map(level) ?? "–" }
    var b: String { row.b.map(level) ?? "–" }

    /// With the digits that the difference is computed from.
    private func level(_ value: Double) -> String {
        let digits = ComparisonLimits.shownDigits
        switch row.statistic {
        case .errorRate: return format.quantity(value, unit: "%", digits: digits)
        case .perSecond: return format.value(value, digits: digits) + "/s"
        default: return format.quantity(value, unit: unit, digits: digits)
        }
    }

    /// A difference: in percent, in percentage points, or in the unit of the number.
    func change(_ value: Double, signed: Bool = true) -> String {
        let text: (Double) -> String = { value in
            let isPercent = row.statistic.isInUnit && unit == "%"
            if row.isInUnit, !isPercent { return level(value) }
            return row.statistic == .errorRate || row.isInUnit
                ? format.fixed(value, digits: 2) + " pp" : format.percent(share: value)
        }
        return signed ? format.signed(value, text) : text(value)
    }

    func interval(_ interval: ClosedRange<Double>) -> String {
        "\(change(interval.lowerBound)) to \(change(interval.upperBound))"
    }
}
