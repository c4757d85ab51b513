package import TrackerIndexer
package import TrackerLog

/// The span of time that a page is asked to cut its numbers to, as its address says it.
package struct SpanQuery: Sendable, Hashable {
    /// `nil` is the beginning.
    package var from: Timestamp?
    /// `nil` is the end.
    package var to: Timestamp?
    /// The first of `from` and `to` that is no time.
    package var unreadable: String?

    package init(from: Timestamp? = nil, to: Timestamp? = nil) {
        self.from = from
        self.to = to
    }

    /// - Returns: `nil` where the query names no span.
    init?(queryItems: [(String, String)]) {
        func value(_ name: String) -> String? {
            queryItems.last { $0.0 == name }.flatMap { $0.1.isEmpty ? nil : $0.1 }
        }
        let texts = [value("from"), value("to")]
        guard texts.contains(where: { $0 != nil }) else { return nil }
        let times = texts.map { $0.flatMap(Self.time) }
        self.init(from: times[0], to: times[1])
        unreadable = zip(texts, times).first { $0.0 != nil && $0.1 == nil }?.0
    }

    /// Unix milliseconds, or a date and time; without a zone it is UTC.
    private static func time(_ text: String) -> Timestamp? {
        if let ms = Double(text), ms > 0 { return Timestamp(milliseconds: ms) }
        // A browser leaves out seconds that are zero.
        return Timestamp(iso8601AssumingUTC: text)
            ?? Timestamp(iso8601AssumingUTC: text + ":00")
    }

    /// Whether it says anything that can be cut to.
    var isUsable: Bool {
        guard unreadable == nil else { return false }
        guard let from, let to else { return from != nil || to != nil }
        return from < to
    }

    /// From the first moment that counts to the one after the last; `nil` if it says nothing that
    /// can be cut to. An end that is open is beyond all times.
    package var interval: Interval? {
        guard isUsable else { return nil }
        return Interval(
            startMs: from?.milliseconds ?? -.greatestFiniteMagnitude,
            endMs: to?.milliseconds ?? .greatestFiniteMagnitude)
    }

    var items: [(String, String)] {
        [("from", from), ("to", to)].compactMap { name, time in
            time.map { (name, ClockText.machine($0)) }
        }
    }
}
