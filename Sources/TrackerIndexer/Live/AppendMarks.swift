import Synchronization
import TrackerLog

/// What this server has appended to each session, and how much of it the index has published.
///
/// A sender does not wait for the index. A reader waits for what was appended before it asked, of
/// the sessions that it asks for, and for a limited time.
final class AppendMarks: Sendable {
    typealias Key = DataFolder.SessionKey

    private struct Counts {
        var appended = 0
        var folded = 0
    }

    private struct Waiter {
        /// What has to be folded, of each session that is not folded so far.
        var missing: [Key: Int]
        let continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        /// Only sessions of which something is not folded.
        var counts: [Key: Counts] = [:]
        var waiters: [Int: Waiter] = [:]
        var nextWaiter = 0
        var total = 0
    }

    private let state = Mutex(State())

    /// Something was appended to the session.
    /// - Returns: whether the index has to be told: everything before it was folded.
    func add(_ key: Key) -> Bool {
        state.withLock { state in
            state.total &+= 1
            state.counts[key, default: Counts()].appended += 1
            return state.counts[key]?.appended == 1
        }
    }

    /// Taken before the session's folder is listed: what the fold that follows includes.
    func mark(_ key: Key) -> Int { state.withLock { $0.counts[key]?.appended ?? 0 } }

    /// The session was folded and published as it was at the mark.
    /// - Returns: whether more has been appended since.
    func folded(_ key: Key, upTo mark: Int) -> Bool {
        guard mark > 0 else { return false }
        let (isBehind, done) = state.withLock { state in
            var counts = state.counts[key] ?? Counts(appended: mark, folded: 0)
            counts.folded = max(counts.folded, mark)
            let isBehind = counts.appended > counts.folded
            // Without an entry nobody waits for more: the count may begin again.
            state.counts[key] = isBehind ? counts : nil
            return (isBehind, Self.served(&state, key, counts.folded))
        }
        for continuation in done { continuation.resume() }
        return isBehind
    }

    /// Sessions of which something is not folded.
    func behind(where isChosen: (Key) -> Bool) -> [Key] {
        state.withLock { $0.counts.keys.filter(isChosen) }
    }

    /// How many appends to the session are not folded.
    func unfolded(_ key: Key) -> Int {
        state.withLock { state in state.counts[key].map { $0.appended - $0.folded } ?? 0 }
    }

    /// How often something was appended to any session.
    var total: Int { state.withLock { $0.total } }

    /// Readers that wait.
    var waiting: Int { state.withLock { $0.waiters.count } }

    /// Returns when what was appended to these sessions is folded, or after `limit`.
    func wait(for keys: [Key], atMost limit: Duration) async {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let id = state.withLock { state -> Int? in
                var missing: [Key: Int] = [:]
                for key in keys { missing[key] = state.counts[key]?.appended }
                guard !missing.isEmpty else { return nil }
                state.nextWaiter += 1
                state.waiters[state.nextWaiter] = Waiter(
                    missing: missing, continuation: continuation)
                return state.nextWaiter
            }
            guard let id else { return continuation.resume() }
            let milliseconds = Int(limit / .milliseconds(1))
            SharedTimer.shared.after(milliseconds: milliseconds) { [self] in
                let late = state.withLock { $0.waiters.removeValue(forKey: id) }
                late?.continuation.resume()
            }
        }
    }

    /// The index stops: nobody is served any more.
    func end() {
        let waiters = state.withLock { state in
            defer { state.waiters = [:] }
            return Array(state.waiters.values)
        }
        for waiter in waiters { waiter.continuation.resume() }
    }

    private static func served(
        _ state: inout State, _ key: Key, _ folded: Int
    ) -> [CheckedContinuation<Void, Never>] {
        var done: [CheckedContinuation<Void, Never>] = []
        for (id, var waiter) in state.waiters {
            guard let needed = waiter.missing[key], needed <= folded else { continue }
            waiter.missing[key] = nil
            state.waiters[id] = waiter.missing.isEmpty ? nil : waiter
            if waiter.missing.isEmpty { done.append(waiter.continuation) }
        }
        return done
    }
}
