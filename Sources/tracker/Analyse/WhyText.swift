import TrackerAnalysis
import TrackerIndexer
import TrackerLog
import TrackerPages

/// A comparison in a few lines: the verdict, its size, where it is, what else differs, what is
/// missing, and what to do next.
struct WhyText {
    /// More lines would not be read at once.
    static let mostLines = 20
    /// Of each kind: parts, conditions and doubts.
    private static let mostOfKind = 3
    /// Of one value of a condition.
    private static let mostLetters = 40
    /// Beside the headline: as many as a measured metric has at most.
    private static let mostOthers = Statistic.allCases.count

    /// The one that stands for the runs.
    let comparison: Comparison
    /// Of each number that was reported; that one alone where it was measured.
    private let all: [Comparison]
    let parts: ChangeParts?
    let groups: [ComparisonGroup]

    private let number = NumberFormat.plain

    init(_ answer: ComparisonAnswer, _ parts: ChangeParts?, _ groups: [ComparisonGroup]) {
        comparison = answer.main
        all = answer.comparisons
        self.parts = parts
        self.groups = groups
    }

    var lines: [String] {
        [finding, certainty, others] + whereLines + conditions + doubts + ["Data: \(lost)"]
            + NextSteps.after(comparison, parts).map { "Next: \($0)" }
    }

    /// `Worse: p99 rose by 25.3%, from 18.4 ms to 23.1 ms`.
    var finding: String {
        let row = comparison.headline
        let a = value(row.a, row)
        let b = value(row.b, row)
        let verdict = row.verdict.words
        if case .inconclusive(let reason) = row.verdict {
            return "\(verdict): \(name(row)) went from \(a) to \(b); needed: \(reason.words)"
        }
        guard row.verdict.isDifferent, let difference = row.difference else {
            return "\(verdict): \(name(row)) is \(a) and \(b)"
        }
        let size = CompareText.change(difference.magnitude, row, comparison.unit)
            .drop { $0 == "+" }
        return "\(verdict): \(name(row)) \(difference > 0 ? "rose" : "fell") by \(size),"
            + " from \(a) to \(b)"
    }

    /// The interval, and what it is from.
    private var certainty: String {
        let row = comparison.headline
        let interval =
            row.interval.map { ends in
                let (low, high) = (ends.lowerBound, ends.upperBound)
                return "95 % interval \(CompareText.change(low, row, comparison.unit))"
                    + " to \(CompareText.change(high, row, comparison.unit))"
            } ?? "No interval"
        return "\(interval); n = \(row.countA) and \(row.countB), \(runs(comparison.runsA)) of A"
            + " and \(comparison.runsB) of B; metric \(comparison.metric)"
    }

    /// The other numbers of the table, and how many requests failed.
    private var others: String {
        let headline = comparison.headline
        let rows = all.flatMap { one in one.rows.map { (one, $0) } }.filter { one, row in
            // The failures are one number, whatever it goes by.
            row.statistic != headline.statistic
                || row.statistic != .errorRate && !one.metric.isExactly(comparison.metric)
        }
        // Those that differ are not the ones to leave out.
        let differing = rows.filter { $1.verdict.isDifferent }
        let ordered = differing + rows.filter { !$1.verdict.isDifferent }
        let words = ordered.prefix(Self.mostOthers).map { one, row in
            let change = row.difference.map { CompareText.change($0, row, one.unit) } ?? "-"
            let name = CompareText.name(row, of: one)
            return "\(name) \(change) (\(row.verdict.words.lowercased()))"
        }
        let more = rows.count - words.count
        return "Beside it: " + (words.isEmpty ? "no other number" : words.joined(separator: ", "))
            + (more > 0 ? ", and \(more) more; `tracker compare` lists them" : "")
    }

    private var whereLines: [String] {
        guard let parts else { return ["Where: no label cuts the metric into parts"] }
        let listed = parts.parts.prefix(Self.mostOfKind).map { part in
            "  \(part.name): \(PartsText.added(part, parts)) of the change of the mean;"
                + " n = \(part.countA) and \(part.countB)"
        }
        return ["Where, by \(parts.cut): \(parts.sentence(number))"] + listed
    }

    private var conditions: [String] {
        let all = comparison.differences.map { difference in
            let values = [difference.a, difference.b].map {
                $0.isEmpty ? "nothing" : cut($0.joined(separator: ", "))
            }
            return "Differs: \(difference.name): \(values[0]), then \(values[1])"
        }
        guard !all.isEmpty else { return ["Differs: nothing that was logged of the conditions"] }
        return first(all, "Differs: ")
    }

    private var doubts: [String] {
        let lost = Set(groups.flatMap { $0.runs.compactMap { $0.lost?.text } })
        let doubts = comparison.warnings.filter { warning in !lost.contains(where: warning.contains)
        }
        return first(doubts.map { "Doubt: \($0)" }, "Doubt: ")
    }

    /// What is missing in the log of the runs.
    var lost: String {
        let texts = zip(["A", "B"], groups).flatMap { side, group in
            group.runs.compactMap { run in run.lost?.text.map { "\(side): \($0)" } }.distinctSorted
        }
        guard let first = texts.first else { return "nothing is missing" }
        return first + (texts.count > 1 ? "; and \(texts.count - 1) more" : "")
    }

    private func first(_ all: [String], _ kind: String) -> [String] {
        guard all.count > Self.mostOfKind else { return all }
        let shown = all.prefix(Self.mostOfKind - 1)
        return shown + ["\(kind)\(all.count - shown.count) more; `tracker compare` lists them"]
    }

    private func cut(_ text: String) -> String {
        text.count > Self.mostLetters ? text.prefix(Self.mostLetters - 1) + "…" : text
    }

    private func value(_ value: Double?, _ row: ComparisonRow) -> String {
        value.map { CompareText.level($0, row.statistic, comparison.unit) } ?? "none"
    }

    private func runs(_ count: Int) -> String { count == 1 ? "1 run" : "\(count) runs" }

    private func name(_ row: ComparisonRow) -> String {
        CompareText.name(row, of: comparison)
    }

    /// `{"a","b","metric","verdict","finding","headline",…,"next":[…]}`.
    var json: JSONValue {
        guard case .object(let members) = comparison.json else { return .null }
        func member(_ name: String) -> JSONValue {
            members.first { $0.key == name }?.value ?? .null
        }
        let kept = ["a", "b", "metric", "unit", "runs_a", "runs_b", "differences", "warnings"]
        return .object(
            kept.map { .init($0, member($0)) } + [
                .init("verdict", .string(comparison.headline.verdict.words)),
                .init("finding", .string(finding)),
                .init("headline", comparison.headline.json),
                .init("failures", member("failures")), .init("where", parts?.json ?? .null),
                .init("lost", .string(lost)),
                .init(
                    "next",
                    .array(NextSteps.after(comparison, parts).map(JSONValue.string))),
            ])
    }
}
