package import TrackerLog

/// The start and end of one run, from its events. Contradictions are resolved by time, then by
/// text: a rule that does not depend on the reading order. A plausible time counts before any
/// other.
struct RunFacts {
    /// The earliest start.
    private(set) var started: RunStarted?
    /// The latest end.
    private(set) var finished: RunFinished?
    /// Whether `started` has a plausible time for the frame it was in.
    private(set) var startIsPlausible = false
    /// The same for `finished`.
    private(set) var endIsPlausible = false

    mutating func add(_ event: RunStarted, isPlausible: Bool) {
        if let known = started {
            guard
                isPlausible == startIsPlausible
                    ? precedes(.runStarted(event), .runStarted(known)) : isPlausible
            else { return }
        }
        started = event
        startIsPlausible = isPlausible
    }

    mutating func add(_ event: RunFinished, isPlausible: Bool) {
        if let known = finished {
            guard
                isPlausible == endIsPlausible
                    ? precedes(.runFinished(known), .runFinished(event)) : isPlausible
            else { return }
        }
        finished = event
        endIsPlausible = isPlausible
    }

    mutating func merge(_ other: RunFacts) {
        if let event = other.started { add(event, isPlausible: other.startIsPlausible) }
        if let event = other.finished { add(event, isPlausible: other.endIsPlausible) }
    }
}

/// Whether one time comes before another. Times that are not plausible come before all others: the
/// latest event counts, and one of the year 9999 must not count for ever.
func isEarlier(_ a: Timestamp, _ b: Timestamp) -> Bool {
    a.isPlausible == b.isPlausible ? a < b : b.isPlausible
}

/// Whether one event comes before another: by time, then by its text.
func precedes(_ a: Event, _ b: Event) -> Bool {
    if a.timestamp != b.timestamp { return isEarlier(a.timestamp, b.timestamp) }
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
        /// Whether the time is plausible for the frame that the event was in.
        var isPlausible: Bool
        var text: String

        func isOlder(than other: Value) -> Bool {
            guard isPlausible == other.isPlausible else { return other.isPlausible }
            return at == other.at
                ? ExactText(text) < ExactText(other.text) : isEarlier(at, other.at)
        }
    }

    private(set) var name: Value?
    private(set) var host: Value?
    private(set) var commit: Value?

    mutating func add(_ event: SessionEvent, isPlausible: Bool) {
        for (field, text) in [("name", event.name), ("host", event.host), ("commit", event.commit)]
        {
            guard let text else { continue }
            keep(field, Value(at: event.timestamp, isPlausible: isPlausible, text: text))
        }
    }

    mutating func merge(_ other: SessionFacts) {
        for (field, value) in other.fields { keep(field, value) }
    }

    /// Keeps the later of the known value of a field and this one. Other fields are ignored.
    mutating func keep(_ field: String, _ value: Value) {
        switch field {
        case "name": Self.keepLater(&name, value)
        case "host": Self.keepLater(&host, value)
        case "commit": Self.keepLater(&commit, value)
        default: break
        }
    }

    var fields: [(String, Value)] {
        [("name", name), ("host", host), ("commit", commit)].compactMap { field, value in
            value.map { (field, $0) }
        }
    }

    private static func keepLater(_ value: inout Value?, _ new: Value) {
        if value?.isOlder(than: new) ?? true { value = new }
    }
}
