/// Reads the fields `unit`, `kind` and `better`.
extension EventFields {
    /// A `metric` event. It is new, so what is wrong in it is an error.
    func declaration() throws(LineError) -> MetricDeclaration {
        let metric = try metric()
        let (declaration, ignored) = Self.declaration(of: metric, object)
        guard ignored == 0 else { throw .eventField }
        return declaration
    }

    /// The field `metrics` of an event that was one before the field had a meaning: what is wrong
    /// is left out and counted, and the event stays one.
    func declarations() -> (metrics: [MetricDeclaration], ignored: Int) {
        switch object["metrics"] {
        case nil, .null: return ([], 0)
        case .object(let members):
            var found: [MetricDeclaration] = []
            var ignored = 0
            for member in members {
                guard Self.isMetric(member.key), case .object = member.value else {
                    ignored += 1
                    continue
                }
                let (declaration, wrong) = Self.declaration(of: member.key, member.value)
                ignored += wrong
                if !declaration.isEmpty { found.append(declaration) }
            }
            return (found, ignored)
        default: return ([], 1)
        }
    }

    /// - Returns: also how many of its fields are wrong.
    private static func declaration(
        of metric: String, _ object: JSONValue
    ) -> (MetricDeclaration, ignored: Int) {
        var declaration = MetricDeclaration(metric: metric)
        var ignored = 0
        func read<Value>(_ key: String, _ value: (String) -> Value?) -> Value? {
            guard let given = object[key], given != .null else { return nil }
            let read = given.stringValue.flatMap(value)
            if read == nil { ignored += 1 }
            return read
        }
        declaration.unit = read("unit") {
            $0.isEmpty || $0.utf8.count > LogLimits.maxNameBytes ? nil : $0
        }
        declaration.kind = read("kind", MetricDeclaration.Kind.init(rawValue:))
        declaration.better = read("better", MetricDeclaration.Better.init(rawValue:))
        return (declaration, ignored)
    }
}

extension MetricDeclaration {
    /// The field `metrics` of a line; `nil` if nothing is declared.
    static func object(_ metrics: [MetricDeclaration]) -> JSONValue? {
        guard !metrics.isEmpty else { return nil }
        return .object(
            metrics.map { metric in
                let fields = [
                    ("unit", metric.unit), ("kind", metric.kind?.rawValue),
                    ("better", metric.better?.rawValue),
                ]
                return JSONValue.Member(
                    metric.metric,
                    .object(
                        fields.compactMap { key, text in
                            text.map { JSONValue.Member(key, .string($0)) }
                        }))
            })
    }

    /// Whether it would be read as what it is.
    var isWhole: Bool {
        !isEmpty && EventFields.isMetric(metric)
            && unit.map { !$0.isEmpty && $0.utf8.count <= LogLimits.maxNameBytes } ?? true
    }
}
