import TrackerLog

/// The start and end of one run, from its events. Contradictions are resolved by time, then by
/// text: a rule that does not depend on the reading order. A plausible time counts before any
/// other.
struct RunFacts {
    /// The earliest start.
    private(set) var start: KeptEvent<RunStarted>?
    /// The latest end.
    private(set) var end: KeptEvent<RunFinished>?
    /// The most that the details of any start took, and of any end: what was seen never becomes
    /// less, so that what is left out does not depend on the order.
    private(set) var startBytes = 0
    private(set) var endBytes = 0

    var started: RunStarted? { start?.value }
    var finished: RunFinished? { end?.value }
    /// Whether `started` has a plausible time for the frame it was in.
    var startIsPlausible: Bool { start?.isPlausible ?? false }
    /// The same for `finished`.
    var endIsPlausible: Bool { end?.isPlausible ?? false }
    var detailBytes: Int { startBytes + endBytes }
    var unkept: UnkeptDetails {
        (start?.unkept ?? UnkeptDetails()) + (end?.unkept ?? UnkeptDetails())
    }

    mutating func add(_ event: RunStarted, isPlausible: Bool) {
        startBytes = max(startBytes, event.detailBytes)
        add(KeptEvent(event, isPlausible: isPlausible))
    }

    mutating func add(_ event: RunFinished, isPlausible: Bool) {
        endBytes = max(endBytes, event.detailBytes)
        add(KeptEvent(event, isPlausible: isPlausible))
    }

    private mutating func add(_ new: KeptEvent<RunStarted>) {
        if let start {
            guard
                new.isPlausible == start.isPlausible ? new.precedes(start) : new.isPlausible
            else { return }
        }
        start = new
    }

    private mutating func add(_ new: KeptEvent<RunFinished>) {
        if let end {
            guard new.isPlausible == end.isPlausible ? end.precedes(new) : new.isPlausible
            else { return }
        }
        end = new
    }

    mutating func merge(_ other: RunFacts) {
        startBytes = max(startBytes, other.startBytes)
        endBytes = max(endBytes, other.endBytes)
        if let event = other.start { add(event) }
        if let event = other.end { add(event) }
    }

    /// Leaves out the details that are too long.
    mutating func shorten() {
        start = start?.shortened
        end = end?.shortened
    }

    /// Whether the sizes follow from the events.
    var isWhole: Bool {
        start?.wholeHash == nil && end?.wholeHash == nil
            && startBytes == started?.detailBytes ?? 0 && endBytes == finished?.detailBytes ?? 0
    }

    mutating func restore(startBytes: Int, endBytes: Int) {
        self.startBytes = startBytes
        self.endBytes = endBytes
    }

    mutating func restore(
        start: (UnkeptDetails, wholeHash: UInt64)?, end: (UnkeptDetails, wholeHash: UInt64)?
    ) {
        if let (unkept, hash) = start { self.start?.restore(unkept: unkept, wholeHash: hash) }
        if let (unkept, hash) = end { self.end?.restore(unkept: unkept, wholeHash: hash) }
    }
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
