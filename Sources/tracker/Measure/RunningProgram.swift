import Dispatch
import Glibc
import Synchronization
import TrackerLoad

/// The program that is being measured, and whether it is to end. Safe to use from any thread.
final class RunningProgram: Sendable {
    private struct State {
        var child: pid_t?
        var isStopped = false
        var killed: ContinuousClock.Instant?
    }

    private let state = Mutex(State())

    /// A terminal's Ctrl-C reaches the program as well, and it may take this long to clean up.
    private static let ownTime = DispatchTimeInterval.seconds(1)

    var isStopped: Bool { state.withLock(\.isStopped) }

    func begin(_ child: pid_t) {
        let isStopped = state.withLock { state in
            state.child = child
            return state.isStopped
        }
        if isStopped { send(SIGTERM) }
    }

    func end() { state.withLock { $0.child = nil } }

    /// Asks the program to end, unless the signal that is the reason has ended it already.
    func stop() {
        state.withLock { $0.isStopped = true }
        DispatchQueue.global().asyncAfter(deadline: .now() + Self.ownTime) { [self] in
            send(SIGTERM)
        }
    }

    /// Ends a program that ignores `stop`: what waits for it goes on and records its end.
    /// - Returns: `false` where there is none, or it was killed before.
    func killOnce() -> Bool {
        let now = ContinuousClock.now
        let last = state.withLock { state in
            let last = state.killed
            state.killed = last ?? now
            return last
        }
        if let last { return now - last < SignalCounter.window }
        return send(SIGKILL)
    }

    /// - Returns: whether there is a program.
    @discardableResult
    private func send(_ signal: Int32) -> Bool {
        state.withLock { state in
            guard let child = state.child else { return false }
            // A shell does not pass it on to what it waits for.
            for member in ProcessFamily.members(of: child) { kill(member, signal) }
            return true
        }
    }
}
