/// What a program says of a metric: its unit, what it measures, and which way is better.
///
/// It holds for the metric of this name in the whole session, and comes before what name and unit
/// suggest. `docs/FORMAT.md` section 3 has the rules.
public struct MetricDeclaration: Sendable, Hashable {
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        case duration, size, rate, ratio, temperature, count
    }

    public enum Better: String, Sendable, Hashable, CaseIterable {
        case lower, higher
        /// A change is *Higher* or *Lower*, whatever the name suggests.
        case neither
    }

    /// 1 to 128 characters.
    public var metric: String
    /// Of the samples that have none.
    public var unit: String?
    public var kind: Kind?
    public var better: Better?

    public init(
        metric: String, unit: String? = nil, kind: Kind? = nil, better: Better? = nil
    ) {
        self.metric = metric
        self.unit = unit
        self.kind = kind
        self.better = better
    }

    /// Whether it says nothing.
    package var isEmpty: Bool { unit == nil && kind == nil && better == nil }

    /// Its fields, else those of another one.
    package func filled(from other: MetricDeclaration?) -> MetricDeclaration {
        MetricDeclaration(
            metric: metric, unit: unit ?? other?.unit, kind: kind ?? other?.kind,
            better: better ?? other?.better)
    }
}
