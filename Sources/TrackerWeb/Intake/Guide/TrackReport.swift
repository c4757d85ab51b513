package import TrackerLog

/// One run as reported by a program of the guide: the validated body of `POST /api/track`.
///
/// `docs/METRIC_SCHEMA_REFERENCE.md` describes every field and how it is stored.
package struct TrackReport: Sendable {
    let user: UserID
    package let session: SessionID
    let test: String
    let metric: String
    /// `nil` when the body has none: then there is no sample.
    let value: Double?
    package let timestamp: Timestamp
    /// Whether the body has a timestamp; without one it is the time of arrival.
    package let isTimestampGiven: Bool
    let labels: [Label]
    package let target: String?
    let commit: String?
    /// `runDetails`, unchanged.
    let details: JSONValue
    /// All other members of the body, unchanged.
    let rest: [JSONValue.Member]
    /// SHA-256 of the body with its members sorted: equal bodies have equal digests.
    let digest: String

    /// The run's id, the same for equal bodies.
    package var run: String { "track-" + digest.prefix(16) }
    /// The frame's identity in the log: a retry counts once, even after a restart.
    var identity: FrameIdentity { FrameIdentity(writer: String(digest.prefix(32)), seq: 0) }

    /// - Parameter now: for a body without a timestamp.
    package init(body: [UInt8], now: Timestamp) throws(TrackBodyError) {
        let parsed: JSONValue
        do { parsed = try JSONValue(parsing: body) } catch {
            throw TrackBodyError(message: "The body is not valid JSON: \(error.rawValue).")
        }
        try self.init(parsed, now: now)
    }

    private init(_ body: JSONValue, now: Timestamp) throws(TrackBodyError) {
        guard let members = body.objectValue else {
            throw TrackBodyError(message: "The body must be a JSON object.")
        }
        let fields = TrackFields(body: body)
        self.user = try fields.user()
        self.test = try fields.requiredText("challengeType")
        self.metric = try fields.metric()
        let details = try fields.details()
        self.details = details
        self.value = try fields.value()
        let timestamp = try fields.timestamp()
        self.timestamp = timestamp ?? now
        self.isTimestampGiven = timestamp != nil
        self.labels = try fields.labels()
        self.target = details["target_url"]?.stringValue.flatMap { $0.isEmpty ? nil : $0 }
        self.commit = details["commit_hash"]?.stringValue.flatMap { $0.isEmpty ? nil : $0 }
        self.session = try fields.session(onDayOf: self.timestamp)
        self.rest = members.filter { $0.key != "runDetails" }
        var canonical: [UInt8] = []
        canonical.reserveCapacity(Self.usualBytes)
        body.writeSorted(to: &canonical)
        // In another order they have the same length.
        try fields.checkSize(canonical.count)
        self.digest = SHA256.hexDigest(of: canonical)
    }

    private static let usualBytes = 1_024
}

extension JSONValue {
    /// Writes the value with the members of every object sorted by the bytes of their keys.
    fileprivate func writeSorted(to bytes: inout [UInt8]) {
        switch self {
        case .object(let members):
            let sorted = members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            bytes.append(UInt8(ascii: "{"))
            for (index, member) in sorted.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                appendJSONString(member.key, to: &bytes)
                bytes.append(UInt8(ascii: ":"))
                member.value.writeSorted(to: &bytes)
            }
            bytes.append(UInt8(ascii: "}"))
        case .array(let elements):
            bytes.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                element.writeSorted(to: &bytes)
            }
            bytes.append(UInt8(ascii: "]"))
        default: write(to: &bytes)
        }
    }
}
