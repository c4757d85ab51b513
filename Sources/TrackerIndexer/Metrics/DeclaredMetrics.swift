import TrackerLog

/// What the events of a session say of its metrics: for each field of each metric the latest value.
///
/// Kept are the `IndexLimits.maxDeclaredMetrics` names of lowest rank: see `SeriesTable`.
struct DeclaredMetrics {
    enum Field: String, CaseIterable {
        case unit, kind, better
    }

    /// One field of one metric.
    struct Entry {
        var metric: String
        var field: Field
        var value: SessionFacts.Value
    }

    private var values: [ExactText: [Field: SessionFacts.Value]] = [:]
    /// Fields that were not valid.
    var ignored = 0
    /// Whether there were more names than are kept.
    var hasExcluded = false

    var isEmpty: Bool { values.isEmpty && ignored == 0 && !hasExcluded }

    /// - Parameter ignoring: fields of the same event that were not valid.
    mutating func add(
        _ metrics: [MetricDeclaration], ignoring: Int, at time: Timestamp, isPlausible: Bool
    ) {
        ignored = SaturatingCount.sum(ignored, ignoring)
        for metric in metrics {
            let fields: [(Field, String?)] = [
                (.unit, metric.unit), (.kind, metric.kind?.rawValue),
                (.better, metric.better?.rawValue),
            ]
            for (field, text) in fields {
                guard let text else { continue }
                let value = SessionFacts.Value(at: time, isPlausible: isPlausible, text: text)
                keep(Entry(metric: metric.metric, field: field, value: value))
            }
        }
        if values.count >= 2 * IndexLimits.maxDeclaredMetrics { cut() }
    }

    /// Keeps the later of the known value of a field and this one.
    mutating func keep(_ entry: Entry) {
        let known = values[ExactText(entry.metric)]?[entry.field]
        guard known?.isOlder(than: entry.value) ?? true else { return }
        values[ExactText(entry.metric), default: [:]][entry.field] = entry.value
    }

    mutating func merge(_ other: DeclaredMetrics) {
        for entry in other.entries { keep(entry) }
        ignored = SaturatingCount.sum(ignored, other.ignored)
        hasExcluded = hasExcluded || other.hasExcluded
        if values.count >= 2 * IndexLimits.maxDeclaredMetrics { cut() }
    }

    mutating func cut() {
        guard values.count > IndexLimits.maxDeclaredMetrics else { return }
        hasExcluded = true
        let kept = values.keys
            .map { (rank: SeriesKey(run: "", metric: $0.text, labels: []).rank, metric: $0) }
            .sorted { ($0.rank, $0.metric) < ($1.rank, $1.metric) }
            .prefix(IndexLimits.maxDeclaredMetrics)
        let names = Set(kept.map(\.metric))
        values = values.filter { names.contains($0.key) }
    }

    /// By metric, then by field.
    var entries: [Entry] {
        values.sorted { $0.key < $1.key }.flatMap { metric, fields in
            Field.allCases.compactMap { field in
                fields[field].map { Entry(metric: metric.text, field: field, value: $0) }
            }
        }
    }

    /// By metric.
    var declarations: [MetricDeclaration] {
        values.keys.sorted().compactMap { self[$0] }
    }

    subscript(metric: ExactText) -> MetricDeclaration? {
        guard let fields = values[metric] else { return nil }
        return MetricDeclaration(
            metric: metric.text, unit: fields[.unit]?.text,
            kind: fields[.kind].flatMap { .init(rawValue: $0.text) },
            better: fields[.better].flatMap { .init(rawValue: $0.text) })
    }
}
