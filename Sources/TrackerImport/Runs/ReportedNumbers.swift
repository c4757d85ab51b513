package import TrackerLog

/// The numbers that a tool reports of a run, by the names of `docs/METRIC_SCHEMA_REFERENCE.md`: the
/// unit is in the name's ending. A number that is not there is not added.
package struct ReportedNumbers: Sendable, Hashable {
    /// In the order in which they were added, each name once: the first counts.
    package private(set) var members: [JSONValue.Member] = []

    package init() {}

    package var names: [String] { members.map(\.key) }

    package mutating func add(_ name: String, _ value: Double?) {
        guard let value, value.isFinite else { return }
        add(name, json: .double(value))
    }

    package mutating func add(_ name: String, count: Int?) {
        guard let count else { return }
        add(name, json: .integer(count))
    }

    package mutating func add(contentsOf other: ReportedNumbers) {
        for member in other.members { add(member.key, json: member.value) }
    }

    /// For what is no number: outcomes by status, error texts.
    package mutating func add(_ name: String, json: JSONValue) {
        guard !members.contains(where: { $0.key.isExactly(name) }) else { return }
        members.append(JSONValue.Member(name, json))
    }

    /// Where nothing was answered: the times that a tool prints are what its fields began with.
    package mutating func removeTimes() { members.removeAll { $0.key.hasSuffix("_ms") } }

    /// Where a part of the report is missing: what was counted together may lack that part.
    /// - Returns: whether there was any.
    mutating func removeSums() -> Bool {
        let before = members.count
        members.removeAll { Self.sums.contains($0.key) }
        return members.count < before
    }

    private static let sums = [
        "total_requests", "successful_requests", "failed_requests", "error_rate", "rps",
        "exceptions", "outcomes",
    ]

    /// `p99_ms`, `p999_ms` for 99.9. Two digits stand before the fraction: `p025_ms` is 2.5 and
    /// `p25_ms` is 25.
    ///
    /// - Parameter percent: 0 to 100, as the tool writes it.
    package mutating func percentile(_ percent: String, ms: Double?, prefix: String = "") {
        add(prefix + Self.percentileName(percent), ms)
    }

    package static func percentileName(_ percent: String) -> String {
        var digits = percent
        if digits.contains(".") {
            while digits.hasSuffix("0") { digits.removeLast() }
            if digits.hasSuffix(".") { digits.removeLast() }
        }
        let whole = digits.prefix { $0 != "." }
        let zeros = String(repeating: "0", count: max(0, 2 - whole.count))
        return "p\(zeros)\(digits.replacing(".", with: ""))_ms"
    }

    /// Requests, how many of them failed, and the error rate in percent.
    package mutating func requests(total: Int?, failed: Int?) {
        add("total_requests", count: total)
        guard let total, let failed, failed >= 0, failed <= total else { return }
        add("successful_requests", count: total - failed)
        add("failed_requests", count: failed)
        if total > 0 { add("error_rate", 100 * Double(failed) / Double(total)) }
    }

    /// The rate of all requests, and where the counts are known that of the successful ones:
    /// `rps` is of successes alone.
    package mutating func rate(ofAll perSecond: Double?, total: Int?, failed: Int?) {
        add("attempted", perSecond)
        guard let perSecond, let total, let failed, total > 0, failed >= 0, failed <= total else {
            return
        }
        add("rps", failed == 0 ? perSecond : perSecond * Double(total - failed) / Double(total))
    }

    /// How many requests ended with which status or error.
    package mutating func outcomes(_ counts: [(name: String, count: Int)]) {
        guard !counts.isEmpty else { return }
        var members: [JSONValue.Member] = []
        for (name, count) in counts where !members.contains(where: { $0.key.isExactly(name) }) {
            members.append(JSONValue.Member(name, .integer(count)))
        }
        add("outcomes", json: .object(members))
    }
}
