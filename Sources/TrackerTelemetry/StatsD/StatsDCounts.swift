package import TrackerLog

/// Why a part of a datagram was not taken.
package enum StatsDRefusal: String, Sendable, CaseIterable {
    /// No name, no value, an unknown type, or a field that cannot be read.
    case malformed
    /// A set, an event or a service check.
    case notSupported = "not_supported"
    /// Of more series than are kept at a time.
    case tooManySeries = "too_many_series"
    /// With what came before it within the interval, it is more than a number holds.
    case tooLarge = "too_large"
    /// The log did not take it.
    case notRecorded = "not_recorded"
}

/// What became of what was sent to a StatsD port.
package struct StatsDCounts: Sendable, Hashable {
    package var datagrams = 0
    /// Values that were taken, and are not among those that were refused later.
    package private(set) var values = 0
    package private(set) var refused: [StatsDRefusal: Int] = [:]
    /// Datagrams that the system discarded, because they came faster than they were read; `nil`
    /// where it does not say.
    package var droppedBySystem: Int?
    /// The first part that was refused, and why, for people.
    package private(set) var example: String?

    package init() {}

    /// For `/health`.
    package var json: JSONValue {
        .object([
            .init("datagrams", .integer(datagrams)), .init("values", .integer(values)),
            .init(
                "refused",
                .object(
                    StatsDRefusal.allCases.map { .init($0.rawValue, .integer(count(of: $0))) })),
            .init("first_refused", .optional(example)),
            .init("dropped_by_system", droppedBySystem.map(JSONValue.integer) ?? .null),
        ])
    }

    package var refusedCount: Int { refused.values.reduce(0, +) }

    package func count(of refusal: StatsDRefusal) -> Int { refused[refusal] ?? 0 }

    package mutating func take() { values += 1 }

    /// Values that were taken, and that the log did not.
    package mutating func refuse(recorded count: Int) {
        guard count > 0 else { return }
        values -= count
        refuse(.notRecorded, count: count)
    }

    package mutating func refuse(_ refusal: StatsDRefusal, count: Int = 1, example: String? = nil) {
        refused[refusal, default: 0] += count
        if self.example == nil { self.example = example }
    }
}
