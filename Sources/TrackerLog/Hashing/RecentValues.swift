/// Values by key, of the last keys that came, so many of them: what is older is forgotten.
package struct RecentValues<Value: Sendable>: Sendable {
    private var values: [String: Value] = [:]
    private var order: [String] = []
    private var next = 0
    private let capacity: Int

    package init(capacity: Int) { self.capacity = capacity }

    package subscript(key: String) -> Value? { values[key] }

    /// A key that is known keeps its value.
    package mutating func insert(_ value: Value, for key: String) {
        guard values[key] == nil else { return }
        if order.count < capacity {
            order.append(key)
        } else {
            // The oldest one makes place.
            values[order[next]] = nil
            order[next] = key
            next = (next + 1) % capacity
        }
        values[key] = value
    }
}

/// The last keys that came.
package typealias RecentKeys = RecentValues<Void>

extension RecentValues where Value == Void {
    package func contains(_ key: String) -> Bool { self[key] != nil }

    package mutating func insert(_ key: String) { insert((), for: key) }
}
