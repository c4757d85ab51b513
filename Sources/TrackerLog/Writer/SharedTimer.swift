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

    private let entries = Mutex<[Entry]>([])
    private let changed = MonotonicSemaphore()

    private init() {
        DispatchQueue(label: "tracker.alarm").async { [self] in
            while true { wait() }
        }
    }

    /// - Parameter call: must return quickly.
    package func after(milliseconds: Int, _ call: @escaping @Sendable () -> Void) {
        let deadline = MonotonicTime.now.advanced(byMilliseconds: milliseconds)
        entries.withLock { $0.append(Entry(deadline: deadline, call: call)) }
        changed.signal()
    }

    /// Sleeps until the next deadline or a new entry.
    private func wait() {
        let next = ForkGate.hold { entries.withLock { $0.map(\.deadline).min() } }
        _ = changed.wait(until: next)
        ForkGate.hold(callDue)
    }

    private func callDue() {
        let now = MonotonicTime.now
        let due = entries.withLock { entries in
            let due = entries.filter { $0.deadline <= now }
            entries.removeAll { $0.deadline <= now }
            return due
        }
        for entry in due { entry.call() }
    }
}
