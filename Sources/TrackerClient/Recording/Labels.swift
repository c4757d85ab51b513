public import TrackerLog

/// The labels of a sample: names and texts, as a dictionary literal.
///
///     run.sample("http.latency_ms", 12.5, unit: "ms", labels: ["route": route, "status": 200])
///
/// Values become text as `String(describing:)` gives it. At most `LogLimits/maxLabels`. Of equal
/// names in a literal the last one counts.
public struct Labels: Sendable, Hashable, ExpressibleByDictionaryLiteral {
    /// In the order given.
    public private(set) var list: [Label] = []

    public init(dictionaryLiteral elements: (String, any CustomStringConvertible)...) {
        for (name, value) in elements { self[name] = value.description }
    }

    /// In the order of the names.
    public init(_ texts: [String: String]) {
        list = texts.map { Label($0.key, $0.value) }.sorted()
    }

    /// The text of a label; `nil` removes it.
    public subscript(name: String) -> String? {
        get { list.first { $0.name.isExactly(name) }?.value }
        set {
            guard let newValue else {
                return list.removeAll { $0.name.isExactly(name) }
            }
            if let index = list.firstIndex(where: { $0.name.isExactly(name) }) {
                list[index].value = newValue
            } else {
                list.append(Label(name, newValue))
            }
        }
    }
}
