package import TrackerLog

/// A metric that was logged in several units.
package struct UnitNote: Sendable, Hashable {
    package var metric: String
    /// Units in which numbers are shown, that with the most samples first; `nil` is none. Numbers
    /// of several are kept apart.
    package var shown: [String?]
    /// Units that were converted, sorted.
    package var converted: [String]

    package init(metric: String, shown: [String?], converted: [String]) {
        self.metric = metric
        self.shown = shown
        self.converted = converted
    }

    /// One sentence for people.
    package var text: String {
        let shown = shown.map { $0 ?? "no unit" }
        let from = converted.isEmpty ? "" : "samples in \(converted.joined(separator: ", ")) are"
        return "\(metric): "
            + (shown.count > 1
                ? "samples in \(shown.joined(separator: " and in ")) are kept apart: these units"
                    + " are not converted" + (from.isEmpty ? "" : "; \(from) converted")
                : from.isEmpty
                    ? "samples without a unit are taken to be in \(shown.joined())"
                    : "\(from) converted to \(shown.joined())")
    }

    package var json: JSONValue {
        .object([
            .init("metric", .string(metric)),
            .init("shown", .array(shown.map(JSONValue.optional))),
            .init("converted", .array(converted.map(JSONValue.string))),
        ])
    }
}
