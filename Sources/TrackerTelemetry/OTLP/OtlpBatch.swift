package import TrackerLog

/// The events of one request, ready to be appended.
package struct OtlpBatch: Sendable {
    /// Those of one session, as they go into frames.
    package struct Part: Sendable {
        package var user: UserID
        package var session: SessionID
        package var frames: [Frame]
    }

    package struct Frame: Sendable {
        package var events: [Event]
        /// `nil` for facts, which say the same when they come twice.
        package var identity: FrameIdentity?
    }

    package var parts: [Part] = []
    /// Points or spans that were not taken.
    package var rejected = 0
    /// What an answer says of them, and of what is otherwise not as sent.
    package var message: String?
    /// Equal for requests that are the same.
    let key: String
}

/// Counts reasons.
struct OtlpReasons {
    private var counts: [(text: String, count: Int)] = []

    mutating func add(_ text: String) {
        if let index = counts.firstIndex(where: { $0.text == text }) {
            counts[index].count += 1
        } else if counts.count < TelemetryLimits.maxNamedReasons {
            counts.append((text, 1))
        }
    }

    /// `nil` without any.
    func text(of things: String) -> String? {
        guard !counts.isEmpty else { return nil }
        return "\(things) " + counts.map { "\($0.text): \($0.count)" }.joined(separator: "; ")
    }
}
