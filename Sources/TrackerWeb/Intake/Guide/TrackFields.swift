import TrackerLog

/// Reads and validates the fields of a `POST /api/track` body.
struct TrackFields {
    let body: JSONValue

    func requiredText(_ name: String) throws(TrackBodyError) -> String {
        guard let text = body[name]?.stringValue, !text.isEmpty else {
            throw TrackBodyError(message: "\(name) is missing or not a text.")
        }
        guard text.utf8.count <= LogLimits.maxNameBytes else {
            throw TrackBodyError(message: "\(name) is longer than \(LogLimits.maxNameBytes) bytes.")
        }
        return text
    }

    private func refuseStep(_ id: String, of field: String) throws(TrackBodyError) {
        guard !id.isPathStep else {
            throw TrackBodyError(
                message: "\(field) is \".\" or \"..\", which no URL can hold: choose another.")
        }
    }

    func user() throws(TrackBodyError) -> UserID {
        let text = try requiredText("userId")
        try refuseStep(text, of: "userId")
        do { return try UserID(text) } catch {
            throw TrackBodyError(
                message:
                    "userId is too long for a directory name of"
                    + " \(LogLimits.maxDirectoryNameBytes) bytes."
            )
        }
    }

    func metric() throws(TrackBodyError) -> String {
        let text = try requiredText("metricName")
        guard text.unicodeScalars.count <= LogLimits.maxMetricLength else {
            throw TrackBodyError(
                message: "metricName is longer than \(LogLimits.maxMetricLength) characters.")
        }
        return text
    }

    func details() throws(TrackBodyError) -> JSONValue {
        guard let details = body["runDetails"], details.objectValue != nil else {
            throw TrackBodyError(message: "runDetails is missing or not an object.")
        }
        return details
    }

    func value() throws(TrackBodyError) -> Double? {
        switch body["value"] {
        case nil, .null?: return nil
        case let given?:
            guard let value = given.doubleValue, value.isFinite else {
                throw TrackBodyError(message: "value is not a number.")
            }
            return value
        }
    }

    func timestamp() throws(TrackBodyError) -> Timestamp? {
        switch body["timestamp"] {
        case nil, .null?: return nil
        case let given?:
            guard let time = given.stringValue.flatMap(Timestamp.init(iso8601AssumingUTC:)),
                time >= .epoch
            else {
                throw TrackBodyError(
                    message:
                        "timestamp is not ISO 8601 like 2026-11-23T14:02:11Z (default zone: UTC)."
                )
            }
            return time
        }
    }

    func labels() throws(TrackBodyError) -> [Label] {
        let wrong = TrackBodyError(
            message:
                "labels is not a flat object of at most \(LogLimits.maxLabels) texts or numbers.")
        guard let given = body["labels"], given != .null else { return [] }
        guard let members = given.objectValue, members.count <= LogLimits.maxLabels else {
            throw wrong
        }
        var labels: [Label] = []
        for member in members {
            guard let text = Self.labelText(member.value), !member.key.isEmpty,
                member.key.utf8.count <= LogLimits.maxNameBytes,
                text.utf8.count <= LogLimits.maxNameBytes
            else { throw wrong }
            labels.append(Label(member.key, text))
        }
        return labels
    }

    private static func labelText(_ value: JSONValue) -> String? {
        switch value {
        case .string(let text), .number(let text): text
        case .bool(let flag): flag ? "true" : "false"
        case .null: ""
        case .array, .object: nil
        }
    }

    /// The session that the program names, else one for the day of the report.
    func session(onDayOf time: Timestamp) throws(TrackBodyError) -> SessionID {
        let text: String
        switch body["runDetails"]?["session_id"] {
        case nil, .null?, .string("")?: text = "track-" + time.compactText.prefix(8)
        case .string(let given)?: text = given
        default: throw TrackBodyError(message: "runDetails.session_id is not a text.")
        }
        try refuseStep(text, of: "runDetails.session_id")
        do { return try SessionID(text) } catch {
            throw TrackBodyError(
                message: "runDetails.session_id is too long for a directory name"
                    + " of \(LogLimits.maxDirectoryNameBytes) bytes.")
        }
    }

    /// A body that does not fit into one line of the log must be refused before anything is
    /// appended.
    /// - Parameter bytes: length of the body as the log would have it.
    func checkSize(_ bytes: Int) throws(TrackBodyError) {
        guard bytes <= WebLimits.maxDetailsBytes else {
            throw TrackBodyError(
                message: "The body has more than \(WebLimits.maxDetailsBytes) bytes of JSON.")
        }
        guard Self.depth(of: body) <= WebLimits.maxBodyDepth else {
            throw TrackBodyError(
                message: "The body is nested deeper than \(WebLimits.maxBodyDepth) levels.")
        }
    }

    private static func depth(of value: JSONValue) -> Int {
        switch value {
        case .object(let members): 1 + (members.map { depth(of: $0.value) }.max() ?? 0)
        case .array(let elements): 1 + (elements.map(depth).max() ?? 0)
        default: 0
        }
    }
}
