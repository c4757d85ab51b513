import Synchronization

/// The time that a question may take, for the loops that work on what was read.
///
/// A loop that finds it over stops, and nothing that it made may be used or kept: whoever gave the
/// time sees in `hasStopped` that something is missing, and refuses the question. Without a budget,
/// as on the command line, nothing stops.
package final class WorkBudget: Sendable {
    @TaskLocal package static var current: WorkBudget?

    private let isSpent: @Sendable () -> Bool
    private let steps = Atomic(0)
    private let stopped = Atomic(false)

    package init(isSpent: @escaping @Sendable () -> Bool) { self.isSpent = isSpent }

    /// Whether something was not done because the time was over.
    package var hasStopped: Bool { stopped.load(ordering: .relaxed) }

    /// Asked before something that is done as a whole, or not at all.
    package func isOver() -> Bool {
        if hasStopped { return true }
        guard isSpent() else { return false }
        stopped.store(true, ordering: .relaxed)
        return true
    }

    /// Whether the loop of a question is to stop. The clock is asked only now and then.
    /// - Parameter work: what a round costs, in numbers that are looked at.
    package static func isOver(after work: Int) -> Bool {
        guard let current else { return false }
        let done = current.steps.add(work, ordering: .relaxed).newValue
        guard done >= WorkLimits.stepsBetweenLooks else { return current.hasStopped }
        current.steps.store(0, ordering: .relaxed)
        return current.isOver()
    }

    /// Whether a loop of this question has stopped.
    package static var hasStopped: Bool { current?.hasStopped ?? false }
}
