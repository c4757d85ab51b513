package import TrackerLog

/// Attributes of a resource, a point or a span. Lists and maps have no text: they are no labels.
package struct OtlpAttributes {
    /// Those with a text, in their order, each name once.
    package private(set) var texts: [Label] = []
    /// Equal for equal attributes in any order, also those without a text.
    package private(set) var fingerprint: UInt64 = 0

    package init(_ messages: [OtlpMessage]) {
        for message in messages {
            guard let key = message.text(.key), !key.isEmpty else { continue }
            let text = message.message(.value).flatMap(Self.text)
            let part = "\(key)\u{0}\(text ?? XXHash64.hex(message.fingerprint))"
            fingerprint &+= XXHash64.hash(Array(part.utf8))
            guard let text, !text.isEmpty, texts.count < ImportLimits.maxAttributes,
                !texts.contains(where: { $0.name.isExactly(key) })
            else { continue }
            texts.append(Label(key, text))
        }
    }

    package subscript(_ key: String) -> String? {
        texts.first { $0.name.isExactly(key) }?.value
    }

    /// The first of some names that is there: conventions change.
    package func first(of keys: [String]) -> String? {
        for key in keys { if let text = self[key] { return text } }
        return nil
    }

    /// - Parameter bytes: of a value; a longer one is cut.
    package func labels(toBytes bytes: Int) -> [Label] {
        let fitting = texts.lazy.filter { $0.name.utf8.count <= LogLimits.maxNameBytes }
        return fitting.prefix(LogLimits.maxLabels - 1)
            .map { Label($0.name, $0.value.shortened(toBytes: bytes)) }
    }

    private static func text(_ value: OtlpMessage) -> String? {
        if let text = value.text(.stringValue) { return text }
        if let flag = value.flag(.boolValue) { return flag ? "true" : "false" }
        if let whole = value.whole(.intValue) { return String(whole) }
        return value.number(.doubleValue).flatMap { JSONValue.double($0).numberText }
    }
}

/// Units as OpenTelemetry writes them, in UCUM, and as the log does.
package enum OtlpUnit {
    private static let names: [(ucum: String, unit: String)] = [
        ("us", "µs"), ("By", "B"), ("kBy", "kB"), ("MBy", "MB"), ("GBy", "GB"), ("KiBy", "KiB"),
        ("MiBy", "MiB"), ("GiBy", "GiB"), ("Cel", "°C"), ("1", ""),
    ]

    /// `By/s` is `B/s`, and `{request}` is `request`. `1` is UCUM's way to say that there is none.
    package static func unit(_ ucum: String?) -> String? {
        guard let ucum, !ucum.isEmpty, ucum.utf8.count <= LogLimits.maxNameBytes else { return nil }
        let parts = ucum.split(separator: "/", omittingEmptySubsequences: false).map { part in
            let plain =
                part.hasPrefix("{") && part.hasSuffix("}") ? part.dropFirst().dropLast() : part
            return names.first { $0.ucum == plain }?.unit ?? String(plain)
        }
        let unit = parts.joined(separator: "/")
        return unit.isEmpty ? nil : unit
    }
}
