import Synchronization

/// The bytes of request bodies that are held in memory, of all connections together.
final class BodyBudget: Sendable {
    private let used = Atomic(0)
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    /// - Returns: whether there is room for so many more.
    func take(_ bytes: Int) -> Bool {
        guard used.add(bytes, ordering: .relaxed).newValue > limit else { return true }
        give(bytes)
        return false
    }

    func give(_ bytes: Int) { used.subtract(bytes, ordering: .relaxed) }
}

/// What one connection holds of it.
struct BodyShare {
    private let budget: BodyBudget
    /// Bytes of bodies whose requests are not answered.
    private var held = 0
    /// Those that are counted: every connection may hold a small body whatever the others do.
    private var counted = 0

    init(of budget: BodyBudget) { self.budget = budget }

    /// - Returns: whether there is room for so many more bytes.
    mutating func take(_ bytes: Int) -> Bool {
        held += bytes
        let beyond = held - WebLimits.maxLoopBodyBytes
        guard beyond > counted else { return true }
        guard budget.take(beyond - counted) else { return false }
        counted = beyond
        return true
    }

    mutating func release() {
        if counted > 0 { budget.give(counted) }
        (held, counted) = (0, 0)
    }
}
