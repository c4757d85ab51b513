package import TrackerLog

/// A line of Prometheus text: `name{label="value"} 1.5 1395066363000`.
package struct PrometheusPoint {
    package var name: String
    package var labels: [Label] = []
    /// May be infinite or no number: the format has both.
    package var value: Double
    package var timestamp: Timestamp?

    /// Whether the log takes its name and labels.
    package var isShort: Bool {
        labels.count <= LogLimits.maxLabels && name.utf8.count <= LogLimits.maxMetricLength
            && labels.allSatisfy { $0.name.utf8.count <= LogLimits.maxNameBytes }
    }

    package init?(_ text: String) {
        // By scalars: a mark that joins a quote or a brace makes one character with it.
        var rest = text.unicodeScalars[...]
        let bare = rest.prefix { $0 != "{" && $0 != " " && $0 != "\t" }
        var name = String(bare)
        rest = rest[bare.endIndex...].drop { $0 == " " || $0 == "\t" }
        if rest.first == "{" {
            rest = rest.dropFirst()
            guard let found = Self.labels(&rest) else { return nil }
            labels = found.labels
            // Prometheus 3 may have the name within the braces.
            if name.isEmpty { name = found.name ?? "" }
        }
        guard let first = name.unicodeScalars.first, !("0"..."9").contains(first) else {
            return nil
        }
        self.name = name
        // An exemplar follows ` # `.
        let words = rest.split { $0 == " " || $0 == "\t" }.prefix { !$0.elementsEqual(["#"]) }
            .map(String.init)
        guard (1...2).contains(words.count), let value = Self.number(words[0]) else { return nil }
        self.value = value
        guard words.count == 2 else { return }
        guard let time = Self.time(words[1]) else { return nil }
        timestamp = time
    }

    static func number(_ text: String) -> Double? {
        switch text.lowercased() {
        case "nan": return .nan
        case "+inf", "inf", "+infinity", "infinity": return .infinity
        case "-inf", "-infinity": return -.infinity
        default: return DecimalText.sent(text)
        }
    }

    /// Milliseconds; in OpenMetrics seconds, which have a point or fewer digits.
    private static func time(_ text: String) -> Timestamp? {
        guard let value = DecimalText.number(text) else { return nil }
        let isSeconds = text.contains(".") || value.magnitude < 1e11
        return Timestamp(milliseconds: isSeconds ? value * 1e3 : value)
    }

    private static func labels(
        _ rest: inout Substring.UnicodeScalarView
    ) -> (labels: [Label], name: String?)? {
        var labels: [Label] = []
        var name: String?
        while true {
            rest = rest.drop { $0 == " " || $0 == "," || $0 == "\t" }
            guard let first = rest.first else { return nil }
            if first == "}" {
                rest = rest.dropFirst()
                return (labels, name)
            }
            let key: String
            if first == "\"" {
                guard let quoted = quoted(&rest) else { return nil }
                key = quoted
                rest = rest.drop { $0 == " " }
                if rest.first != "=" {
                    name = quoted
                    continue
                }
            } else {
                key = String(rest.prefix { $0 != "=" }).trimmedBlanks
                rest = rest.drop { $0 != "=" }
            }
            guard rest.first == "=" else { return nil }
            rest = rest.dropFirst().drop { $0 == " " }
            guard let value = quoted(&rest) else { return nil }
            // An empty value is the same as no label.
            if !value.isEmpty, !labels.contains(where: { $0.name.isExactly(key) }) {
                labels.append(Label(key, value.shortened(toBytes: ImportLimits.maxLabelBytes)))
            }
        }
    }

    private static func quoted(_ rest: inout Substring.UnicodeScalarView) -> String? {
        guard rest.first == "\"" else { return nil }
        rest = rest.dropFirst()
        var text = String.UnicodeScalarView()
        while let next = rest.popFirst() {
            if next == "\"" { return String(text) }
            guard next == "\\" else {
                text.append(next)
                continue
            }
            guard let escaped = rest.popFirst() else { return nil }
            text.append(escaped == "n" ? "\n" : escaped)
        }
        return nil
    }
}
