import TrackerLog

/// `--summary-export`: the numbers of a metric stand in its object.
enum K6LegacySummary: DocumentFormat {
    static let name = "k6 summary (--summary-export)"
    static let tool = "k6"
    static let lacks = ["single requests", "the start of the test", "the URL"]

    static func recognises(_ document: JSONValue) -> Bool {
        guard let metrics = K6Known.metrics(document), let first = metrics.first else {
            return false
        }
        // Without what is around them: a shape of the script's own may have the same names.
        let isList =
            document["metrics"] != nil
            || metrics.contains { $0.key == "iterations" && $0.value["rate"] != nil }
                && metrics.contains { $0.key == "iteration_duration" && $0.value["med"] != nil }
        return isList && first.value["values"] == nil && first.value.objectValue != nil
            && K6Known.isMetricList(metrics.map(\.key))
    }

    static func read(
        _ document: JSONValue, into output: inout ImportOutput
    ) throws(ImportError) {
        var reading = K6SummaryReading()
        for metric in K6Known.metrics(document) ?? [] {
            reading.add(metric.key, unit: nil, values: metric.value.objectValue ?? [])
            // Here true means that the condition was broken.
            let broken = metric.value["thresholds"]?.objectValue ?? []
            reading.addThresholds(
                metric.key, broken: broken.filter { $0.value.boolValue == true }.map(\.key))
        }
        reading.finish(durationS: nil, end: nil, version: nil, into: &output)
    }
}

/// What `handleSummary(data)` gets, written as it is.
enum K6HandleSummary: DocumentFormat {
    static let name = "k6 summary (handleSummary)"
    static let tool = "k6"
    static let lacks = ["single requests", "the start of the test", "the URL"]

    static func recognises(_ document: JSONValue) -> Bool {
        guard let first = K6Known.metrics(document)?.first?.value else { return false }
        return first["values"]?.objectValue != nil && first["type"]?.stringValue != nil
    }

    static func read(
        _ document: JSONValue, into output: inout ImportOutput
    ) throws(ImportError) {
        var reading = K6SummaryReading()
        for metric in K6Known.metrics(document) ?? [] {
            reading.add(
                metric.key, unit: metric.value["contains"]?.stringValue,
                values: metric.value["values"]?.objectValue ?? [])
            let broken = metric.value["thresholds"]?.objectValue ?? []
            reading.addThresholds(
                metric.key,
                broken: broken.filter { $0.value["ok"]?.boolValue == false }.map(\.key))
        }
        let ms = document["state"]?["testRunDurationMs"]?.doubleValue
        reading.finish(
            durationS: ms.map { $0 / 1e3 }, end: nil, version: nil, into: &output)
    }
}

/// The machine-readable summary. `config.script` is the source of the script, which may hold
/// secrets: it is not read.
enum K6MachineSummary: DocumentFormat {
    static let name = "k6 summary (machine-readable)"
    static let tool = "k6"
    static let lacks = ["single requests", "the URL", "percentiles other than those of k6"]

    static func recognises(_ document: JSONValue) -> Bool {
        document["results"]?["metrics"]?.arrayValue != nil && document["version"] != nil
            && (document["config"] != nil || document["metadata"] != nil)
    }

    static func read(
        _ document: JSONValue, into output: inout ImportOutput
    ) throws(ImportError) {
        var reading = K6SummaryReading()
        let results = document["results"]
        let checks = results?["checks"]?["metrics"]?.arrayValue ?? []
        for metric in (results?["metrics"]?.arrayValue ?? []) + checks {
            guard let name = metric["name"]?.stringValue else { continue }
            reading.add(
                name, unit: metric["contains"]?.stringValue,
                values: metric["values"]?.objectValue ?? [])
        }
        let metadata = document["metadata"]
        reading.finish(
            durationS: document["config"]?["duration"]?.doubleValue,
            end: metadata?["generatedAt"]?.stringValue.flatMap(Timestamp.init(rfc3339:)),
            version: metadata?["k6Version"]?.stringValue, into: &output)
    }
}

/// A summary that a script wrote in a shape of its own: which number is what only its author
/// knows.
enum K6OwnSummary: DocumentFormat {
    static let name = "k6 summary of a script's own shape"
    static let tool = "k6"
    static let lacks: [String] = []

    static func recognises(_ document: JSONValue) -> Bool {
        let keys = (document.objectValue ?? []).map(\.key)
        return K6Known.isMetricList(keys)
    }

    static func read(
        _ document: JSONValue, into output: inout ImportOutput
    ) throws(ImportError) {
        throw .refused(
            format: name,
            reason: "the names are those of k6, the shape is none of its three summaries:"
                + " metrics with their numbers (--summary-export), with values (handleSummary),"
                + " or results.metrics (machine-readable)",
            advice: "Write what k6 gives, for example"
                + " handleSummary: data => ({'summary.json': JSON.stringify(data)})",
            place: nil)
    }
}

enum K6Known {
    /// Those of a summary; scripts also write them alone.
    static func metrics(_ document: JSONValue) -> [JSONValue.Member]? {
        if let metrics = document["metrics"] { return metrics.objectValue }
        let all = document.objectValue ?? []
        return isMetricList(all.map(\.key)) ? all : nil
    }

    /// Whether one of the names is of k6 alone.
    static func isMetricList(_ names: [String]) -> Bool {
        names.contains {
            ["http_req_duration", "http_reqs", "vus_max", "iteration_duration"].contains($0)
        }
    }
}
