import TrackerLog

/// A condition on a number of the row.
package struct CatalogNumber: Sendable, Hashable {
    package enum Field: String, Sendable, CaseIterable {
        case p50, p99, errors, rate, n, runs, events
    }

    package enum Relation: String, Sendable, CaseIterable {
        // Longer ones first: `>=` begins with `>`.
        case atMost = "<="
        case atLeast = ">="
        case below = "<"
        case above = ">"
        /// Of counts.
        case equal = "="
    }

    var field: Field
    var relation: Relation
    var value: Double
    /// `nil` is the unit that the session has.
    var unit: String?

    /// - Parameter word: `p99>20ms`, `errors>0`, `errors>1%`; of a unit, too, case does not count.
    init?(_ word: String) {
        let name = word.prefix { !"<>=".contains($0) }
        let condition = word.dropFirst(name.count)
        guard let field = Field(rawValue: name.lowercased()),
            let relation = Relation.allCases.first(where: { condition.hasPrefix($0.rawValue) })
        else { return nil }
        let rest = condition.dropFirst(relation.rawValue.count)
        let sign = rest.prefix { $0 == "-" }
        let digits = sign + rest.dropFirst(sign.count).prefix { "0123456789.".contains($0) }
        let unit = String(rest.dropFirst(digits.count))
        guard let value = Double(digits), value.isFinite else { return nil }
        let isAllowed =
            switch field {
            case .p50, .p99: relation != .equal
            case .errors: unit.isEmpty || unit == "%"
            case .rate: relation != .equal && (unit.isEmpty || unit == "/s")
            case .n, .runs, .events: unit.isEmpty
            }
        guard isAllowed else { return nil }
        self.field = field
        self.relation = relation
        self.value = value
        self.unit = unit.isEmpty || field == .rate ? nil : MetricUnit.typed(unit)
    }

    func matches(_ entry: CatalogEntry) -> Bool {
        guard let actual = number(of: entry) else { return false }
        switch relation {
        case .atMost: return actual <= value
        case .atLeast: return actual >= value
        case .below: return actual < value
        case .above: return actual > value
        case .equal: return actual == value
        }
    }

    /// In the unit of the condition; `nil` where the row has no such number.
    private func number(of entry: CatalogEntry) -> Double? {
        let headline = entry.headline
        switch field {
        case .p50: return headline.flatMap { converted($0.p50, $0) }
        case .p99: return headline.flatMap { converted($0.p99, $0) }
        case .rate: return headline?.requestsPerSecond ?? entry.reported?.perSecond
        case .n: return headline.map { Double($0.count) }
        case .runs: return Double(entry.runCount)
        case .events: return Double(entry.eventCount)
        case .errors:
            let known =
                headline.map { ($0.errors, $0.count) }
                ?? entry.reported.map { ($0.failed, $0.requests) }
            guard let (errors, count) = known else { return nil }
            guard unit == "%" else { return Double(errors) }
            return count > 0 ? 100 * Double(errors) / Double(count) : nil
        }
    }

    private func converted(_ value: Double?, _ headline: CatalogEntry.Headline) -> Double? {
        guard let value, let unit else { return value }
        if headline.unit?.lowercased().isExactly(unit.lowercased()) == true { return value }
        return UnitConversion(metric: headline.metric, from: headline.unit, to: unit)?(value)
    }
}
