import TrackerIndexer
import TrackerLog

/// What a logged condition of a run means for a comparison.
enum Condition {
    /// What `tracker ab` says of a run.
    static let experiment = "ab"

    /// The condition as it is compared and shown; `nil` for a moment, which says nothing about what
    /// was tested.
    static func text(of member: JSONValue.Member, in run: RunSummary) -> String? {
        if member.key == "load_average" { return run.wasBusy.map { $0 ? "busy" : "idle" } }
        if member.key == LikeConditions.requests { return requests(member.value) }
        // Which variant of an experiment it was; the round and the place differ in every run.
        if member.key == experiment, let variant = member.value["variant"]?.stringValue {
            return variant
        }
        if isMoment(member) || isOfSource(member) { return nil }
        return member.value.stringValue ?? member.value.text
    }

    /// `GET http://a/x ×9, POST http://a/buy ×1 (12 B 5f3a9c01be…, authorization 9f3c77aa)`.
    private static func requests(_ mix: JSONValue) -> String {
        guard let requests = mix.arrayValue else { return mix.text }
        return requests.map { request in
            guard let method = request["method"]?.stringValue,
                let url = request["url"]?.stringValue
            else { return request.text }
            var facts: [String] = []
            if let bytes = request["body_bytes"]?.intValue {
                facts.append("\(bytes) B \(request["body_sha256"]?.stringValue ?? "")")
            }
            for header in request["headers"]?.objectValue ?? [] {
                facts.append("\(header.key) \(header.value.stringValue ?? header.value.text)")
            }
            let weight = request["weight"]?.intValue ?? 1
            return "\(method) \(url)" + (requests.count > 1 ? " ×\(weight)" : "")
                + (facts.isEmpty ? "" : " (\(facts.joined(separator: ", ")))")
        }.joined(separator: ", ")
    }

    /// Whether it tells what a file of another tool carries: the same test is recorded by files of
    /// several kinds. What such a file lost is a condition.
    private static func isOfSource(_ member: JSONValue.Member) -> Bool {
        member.key.hasPrefix("import_") && member.key != "import_lost"
    }

    /// Whether the value is a time of day: any two runs have different ones. A name that says which
    /// version was tested stays, also where versions are named by the time of their build.
    private static func isMoment(_ member: JSONValue.Member) -> Bool {
        let name = member.key.lowercased()
        guard !versionWords.contains(where: name.contains) else { return false }
        if let text = member.value.stringValue {
            return Timestamp(iso8601AssumingUTC: text) != nil
        }
        guard let number = member.value.doubleValue, isTimeName(name) else { return false }
        return unixUnits.contains { unixSeconds.contains(number / $0) }
    }

    private static let versionWords = ["version", "build", "release", "image", "commit"]

    private static func isTimeName(_ name: String) -> Bool {
        ["ts", "time", "date", "now", "timestamp"].contains(name)
            || ["_ts", "_at", "_time", "_date", "timestamp"].contains(where: name.hasSuffix)
    }

    /// From the year 2001 to 2286: ten digits.
    private static let unixSeconds = 1e9..<1e10
    /// Seconds, milliseconds, microseconds, nanoseconds.
    private static let unixUnits = [1, 1e3, 1e6, 1e9]
}

extension RunSummary {
    /// With a higher load average per core before the start, other programs were running as well.
    private static let busyLoadPerCore = 0.5

    /// Whether other programs were running before the start; `nil` where nothing says so.
    var wasBusy: Bool? {
        guard let load = environment["load_average"]?.arrayValue?.first?.doubleValue,
            let cores = environment["cores"]?.doubleValue, cores > 0
        else { return nil }
        return load / cores > Self.busyLoadPerCore
    }
}
