package import TrackerLog

/// The start and end of one run, from its events. Contradictions are resolved by time, then by
/// text: a rule that does not depend on the reading order.
struct RunFacts {
    /// The earliest start.
    private(set) var started: RunStarted?
    /// The latest end.
    private(set) var finished: RunFinished?

    mutating func add(_ event: RunStarted) {
        if let known = started, !precedes(.runStarted(event), .runStarted(known)) { return }
        started = event
    }

    mutating func add(_ event: RunFinished) {
        if let known = finished, !precedes(.runFinished(known), .runFinished(event)) { return }
        finished = event
    }

    mutating func merge(_ other: RunFacts) {
        if let event = other.started { add(event) }
        if let event = other.finished { add(event) }
    }
}

/// Whether one event comes before another: by time, then by its text.
func precedes(_ a: Event, _ b: Event) -> Bool {
    if a.timestamp != b.timestamp { return a.timestamp < b.timestamp }
    return canonicalLine(a).lexicographicallyPrecedes(canonicalLine(b))
}

/// The event's canonical encoding; empty when it exceeds the line limit.
package func canonicalLine(_ event: Event) -> [UInt8] {
    var bytes: [UInt8] = []
    _ = EventEncoder.append(event, to: &bytes)
    return bytes
}

/// The facts about a session: for each field the latest value.
struct SessionFacts {
    struct Value {
        var at: Timestamp
        var text: String

        func isOlder(than other: Value) -> Bool {
            (at, ExactText(text)) < (other.at, ExactText(other.text))
        }
    }

    private(set) var name: Value?
    private(set) var host: Value?
    private(set) var commit: Value?

    mutating func add(_ event: SessionEvent) {
        Self.keepLater(&name, event.name, event.timestamp)
        Self.keepLater(&host, event.host, event.timestamp)
        Self.keepLater(&commit, event.commit, event.timestamp)
    }

    mutating func rename(to text: String, at: Timestamp) { Self.keepLater(&name, text, at) }

    mutating func merge(_ other: SessionFacts) {
        for (field, value) in other.fields { restore(field, value) }
    }

    /// Adds a value to a field by its name, for decoding and merging.
    mutating func restore(_ field: String, _ value: Value) {
        switch field {
        case "name": Self.keepLater(&name, value.text, value.at)
        case "host": Self.keepLater(&host, value.text, value.at)
        case "commit": Self.keepLater(&commit, value.text, value.at)
        default: break
        }
    }

    var fields: [(String, Value)] {
        [("name", name), ("host", host), ("commit", commit)].compactMap { field, value in
            value.map { (field, $0) }
        }
    }

    private static func keepLater(_ value: inout Value?, _ text: String?, _ at: Timestamp) {
        guard let text else { return }
        let new = Value(at: at, text: text)
        if value?.isOlder(than: new) ?? true { value = new }
    }
}
