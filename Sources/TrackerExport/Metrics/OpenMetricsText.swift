import TrackerIndexer
import TrackerLog

/// The text format of OpenMetrics 1.0: of each metric a summary of its successes, of its failures,
/// and how many samples failed; of a run what its tool reported.
///
/// Times are in seconds, sizes in bytes and shares are ratios, as the format asks for.
struct OpenMetricsText {
    func write(
        _ selection: ExportSelection, to sink: ExportSink
    ) throws(StorageError) {
        var buffer = PieceBuffer()
        // The samples of a family stand together.
        for family in families(selection) {
            try buffer.add({ head(family, &$0) }, sink)
            for part in family.parts {
                try buffer.add({ samples(of: part, family, &$0) }, sink)
            }
        }
        try buffer.add({ reported(selection, &$0) }, sink)
        try buffer.add({ $0 += Array("# EOF\n".utf8) }, sink)
        try buffer.flush(sink)
    }

    private struct Family {
        var name: String
        var unit: String?
        var metric: String
        var parts: [Part] = []
        /// Their labels: a reader takes two samples with the same for one, and drops the other.
        var sets: Set<String> = []
    }

    private struct Part {
        var labels: [(String, String)]
        var factor: Double
        var total: Aggregate
        var time: Timestamp?
    }

    private static let quantiles = [
        (0.5, "0.5"), (0.9, "0.9"), (0.95, "0.95"), (0.99, "0.99"), (0.999, "0.999"),
    ]

    private func families(_ selection: ExportSelection) -> [Family] {
        var families: [Family] = []
        var places: [String: Int] = [:]
        for (session, run) in selection.runs {
            for series in run.series {
                let (unit, factor) = Self.unit(series.unit, of: series.metric)
                let name = Self.name("tracker_" + series.metric, unit)
                let isKnown = unit != nil || series.unit == nil
                let place = places[name] ?? families.count
                if place == families.count {
                    places[name] = place
                    families.append(Family(name: name, unit: unit, metric: series.metric))
                }
                var labels = Self.labels(session, run)
                if !isKnown { labels.append(("unit", series.unit ?? "")) }
                labels += series.labels.map { (Self.labelName($0.name), $0.value) }
                if !families[place].sets.insert(Self.set(labels)).inserted {
                    // `a.b` and `a_b` have one name in this format, and so have such labels.
                    labels.append(("as_logged", Self.asLogged(series.metric, series.labels)))
                    families[place].sets.insert(Self.set(labels))
                }
                families[place].parts.append(
                    Part(
                        labels: labels, factor: factor, total: series.aggregate,
                        time: run.finished ?? run.last))
            }
        }
        return families
    }

    private static func asLogged(_ metric: String, _ labels: [Label]) -> String {
        metric + "{" + labels.map { "\($0.name)=\($0.value)" }.joined(separator: ",") + "}"
    }

    private func head(_ family: Family, _ bytes: inout [UInt8]) {
        let help = Self.escaped("\(family.metric), as logged")
        var text = "# TYPE \(family.name) summary\n"
        if let unit = family.unit { text += "# UNIT \(family.name) \(unit)\n" }
        text += "# HELP \(family.name) \(help)\n"
        bytes += Array(text.utf8)
    }

    private func samples(of part: Part, _ family: Family, _ bytes: inout [UInt8]) {
        let time = part.time.map { " " + JSONValue.double($0.milliseconds / 1e3).text } ?? ""
        for (outcome, population) in [
            ("success", part.total.successes), ("failure", part.total.failures),
        ] where population.count > 0 {
            let labels = part.labels + [("outcome", outcome)]
            func line(_ suffix: String, _ more: [(String, String)], _ value: String) {
                let set = Self.set(labels + more)
                bytes += Array("\(family.name)\(suffix)\(set) \(value)\(time)\n".utf8)
            }
            for (quantile, text) in Self.quantiles {
                guard let value = population.quantile(quantile) else { continue }
                line("", [("quantile", text)], Self.number(value * part.factor))
            }
            line("_count", [], String(population.count))
            // A summary's sum counts up: of negative values there is none.
            if population.min >= 0 {
                line("_sum", [], Self.number(population.sum * part.factor))
            }
        }
    }

    /// A sum of large values, or a value in a smaller unit, can be beyond a double.
    private static func number(_ value: Double) -> String {
        if value.isFinite { return JSONValue.double(value).text }
        return value.isNaN ? "NaN" : value < 0 ? "-Inf" : "+Inf"
    }

    private func reported(_ selection: ExportSelection, _ bytes: inout [UInt8]) {
        let runs = selection.runs.filter { !$0.run.reportedNumbers.isEmpty }
        guard !runs.isEmpty else { return }
        bytes += Array(
            """
            # TYPE tracker_reported gauge
            # HELP tracker_reported what a tool reported of a run, in the unit of its label

            """.utf8)
        for (session, run) in runs {
            for number in run.reportedNumbers {
                let set = Self.set(
                    Self.labels(session, run) + [
                        ("name", number.name), ("unit", number.unit ?? ""),
                    ])
                let value = JSONValue.double(number.value).text
                bytes += Array("tracker_reported\(set) \(value)\n".utf8)
            }
        }
    }

    private static func labels(
        _ session: ExportedSession, _ run: RunSummary
    ) -> [(String, String)] {
        [
            ("tracker_user", session.key.user.value),
            ("tracker_session", session.key.session.value), ("tracker_run", run.run),
            ("tracker_target", run.target ?? ""),
        ]
    }

    /// The unit of the format, and what to multiply values by; without one they stay as they are.
    private static func unit(_ logged: String?, of metric: String) -> (String?, Double) {
        guard let unit = logged ?? MetricUnit.named(by: metric), let known = MetricUnit(unit)
        else { return (nil, 1) }
        switch known.dimension {
        case "time": return ("seconds", Double(known.size) / 1e9)
        case "bytes": return ("bytes", Double(known.size))
        case "share": return ("ratio", Double(known.size) / 100)
        default: return (nil, 1)
        }
    }

    /// A family's name ends with its unit.
    private static func name(_ text: String, _ unit: String?) -> String {
        let name = String(
            decoding: text.utf8.map { Self.isNamed($0) ? $0 : UInt8(ascii: "_") }, as: UTF8.self)
        guard let unit else {
            // These endings are those of samples.
            let isTaken = ["_total", "_count", "_sum", "_bucket", "_created", "_info"].contains {
                name.hasSuffix($0)
            }
            return isTaken ? name + "_value" : name
        }
        return name.hasSuffix("_" + unit) ? name : "\(name)_\(unit)"
    }

    private static func isNamed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    /// Each label's name once: a label of the log gets a prefix that ours do not have.
    private static func labelName(_ text: String) -> String {
        "label_"
            + String(
                decoding: text.utf8.map { isNamed($0) ? $0 : UInt8(ascii: "_") }, as: UTF8.self)
    }

    private static func set(_ labels: [(String, String)]) -> String {
        var seen: Set<String> = []
        var parts: [String] = []
        for (name, value) in labels {
            // Names that differ only in what is no letter become the same one.
            var own = name
            while !seen.insert(own).inserted { own += "_" }
            parts.append("\(own)=\"\(escaped(value))\"")
        }
        return "{" + parts.joined(separator: ",") + "}"
    }

    private static func escaped(_ text: String) -> String {
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\\"), UInt8(ascii: "\""): bytes += [UInt8(ascii: "\\"), byte]
            case 0x0A: bytes += Array(#"\n"#.utf8)
            default: bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
