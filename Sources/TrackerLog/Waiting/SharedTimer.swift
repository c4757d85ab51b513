import Dispatch
import Synchronization

/// A timer for all writers of the process: one thread that sleeps on a semaphore, by a clock that
/// nobody sets.
///
/// Not `asyncAfter`: its timers need file descriptors, and when a program has none left,
/// libdispatch aborts the process or the timer never fires. Does not work in forked children, which
/// do not inherit the thread.
package final class SharedTimer: Sendable {
    package static let shared = SharedTimer()

    private struct Entry {
        var deadline: MonotonicTime
        var call: @Sendable () -> Void
    }

    private struct Waiting {
        var entries: [Entry] = []
        /// The earliest deadline, so that a new timer neither searches nor wakes the thread, unless
        /// it is due before all others.
        var next: MonotonicTime?
    }

    private let waiting = Mutex(Waiting())
    private let changed = MonotonicSemaphore()

    private init() {
        DispatchQueue(label: "tracker.alarm").async { [self] in
            while true { wait() }
        }
    }

    /// - Parameter call: must return quickly.
    package func after(milliseconds: Int, _ call: @escaping @Sendable () -> Void) {
        let deadline = MonotonicTime.now.advanced(byMilliseconds: milliseconds)
        let isNext = waiting.withLock { waiting in
            waiting.entries.append(Entry(deadline: deadline, call: call))
            if let next = waiting.next, next <= deadline { return false }
            waiting.next = deadline
            return true
        }
        if isNext { changed.signal() }
    }

    /// Sleeps until the next deadline or an earlier one is set.
    private func wait() {
        let next = ForkGate.hold { waiting.withLock { $0.next } }
        let isSet = changed.wait(until: next)
        // A wait that was not woken has lasted until its deadline.
        let least = isSet ? nil : next
        ForkGate.hold { callDue(notBefore: least) }
    }

    private func callDue(notBefore least: MonotonicTime?) {
        let now = max(.now, least ?? .now)
        let due = waiting.withLock { waiting -> [Entry] in
            guard let next = waiting.next, next <= now else { return [] }
            let due = waiting.entries.filter { $0.deadline <= now }
            waiting.entries.removeAll { $0.deadline <= now }
            waiting.next = waiting.entries.lazy.map(\.deadline).min()
            return due
        }
        for entry in due { entry.call() }
    }
}
