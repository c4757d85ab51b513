import Dispatch
import Synchronization

/// Calls back after some time, for all writers of the process, from one thread that sleeps on a
/// semaphore.
///
/// Not `asyncAfter`: its timers need file descriptors, and in a program that has none left
/// libdispatch ends the process, or the timer never comes. Not for forked children: the thread
/// stays with the parent.
final class SharedTimer: Sendable {
    static let shared = SharedTimer()

    private struct Entry {
        var deadline: DispatchTime
        var call: @Sendable () -> Void
    }

    private let entries = Mutex<[Entry]>([])
    private let changed = DispatchSemaphore(value: 0)

    private init() {
        DispatchQueue(label: "tracker.alarm").async { [self] in
            while true { wait() }
        }
    }

    /// - Parameter call: returns at once.
    func after(milliseconds: Int, _ call: @escaping @Sendable () -> Void) {
        let deadline = DispatchTime.now() + .milliseconds(milliseconds)
        entries.withLock { $0.append(Entry(deadline: deadline, call: call)) }
        changed.signal()
    }

    /// Until the next deadline or a new one, whichever first.
    private func wait() {
        let next = ForkGate.hold { entries.withLock { $0.map(\.deadline).min() } }
        _ = changed.wait(timeout: next ?? .distantFuture)
        ForkGate.hold(callDue)
    }

    private func callDue() {
        let now = DispatchTime.now()
        let due = entries.withLock { entries in
            let due = entries.filter { $0.deadline <= now }
            entries.removeAll { $0.deadline <= now }
            return due
        }
        for entry in due { entry.call() }
    }
}
