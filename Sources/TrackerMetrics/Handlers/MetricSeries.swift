import TrackerLog

/// A name and labels, as the log takes them.
struct MetricSeries: Hashable, Sendable {
    let metric: String
    let labels: [Label]

    /// OpenTelemetry's names of what the tracker shows by its own.
    private static let names = [
        "http.route": "route", "http.request.method": "method",
        "http.response.status_code": "status",
    ]

    /// - Parameter dimensions: those without a text, and beyond what the log takes, are left out.
    init(_ label: String, _ dimensions: [(String, String)]) {
        metric = String(label.prefix(LogLimits.maxMetricLength))
        var labels: [Label] = []
        for (name, text) in dimensions {
            let name = Self.names[name] ?? name
            guard labels.count < LogLimits.maxLabels, !name.isEmpty, !text.isEmpty,
                name.utf8.count <= LogLimits.maxNameBytes,
                !labels.contains(where: { $0.name.isExactly(name) })
            else { continue }
            labels.append(Label(name, Self.shortened(text)))
        }
        self.labels = labels.sorted()
    }

    /// Cut between characters: a byte of half a character is none.
    private static func shortened(_ text: String) -> String {
        var text = text[...]
        while text.utf8.count > MetricsLimits.maxTextBytes {
            text = text.prefix(min(text.count - 1, MetricsLimits.maxTextBytes))
        }
        return String(text)
    }

    func sample(_ value: Double, unit: String?) -> Sample {
        Sample(timestamp: .now, metric: metric, value: value, unit: unit, labels: labels)
    }
}
