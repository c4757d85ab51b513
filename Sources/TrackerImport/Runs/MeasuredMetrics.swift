/// What of a run was measured, for its loss report.
struct MeasuredMetrics {
    enum Kind: String {
        case samples
        case counts = "counts that can be merged"
    }

    private var metrics: [(name: String, kind: Kind)] = []
    private var last = ""
    private(set) var more = 0

    private static let fewMetrics = 3

    var isEmpty: Bool { metrics.isEmpty }

    mutating func note(_ metric: String, _ kind: Kind) {
        // Bytes of most names fit the string itself: this compares two words.
        if metric == last { return }
        last = metric
        if metrics.contains(where: { $0.name.utf8.elementsEqual(metric.utf8) }) { return }
        if metrics.count < ImportLimits.maxListedMetrics {
            metrics.append((metric, kind))
        } else {
            more += 1
        }
    }

    var text: String? {
        guard !metrics.isEmpty else { return nil }
        if metrics.count <= Self.fewMetrics {
            return metrics.map { "\($0.name) (\($0.kind.rawValue))" }.joined(separator: ", ")
        }
        // By kind, so that a page has room for them.
        let kinds = [Kind.samples, .counts].compactMap { kind in
            let names = metrics.filter { $0.kind == kind }.map(\.name)
            return names.isEmpty ? nil : names.joined(separator: ", ") + " (\(kind.rawValue))"
        }
        return (kinds + (more > 0 ? ["\(more) others"] : [])).joined(separator: "; ")
    }
}
