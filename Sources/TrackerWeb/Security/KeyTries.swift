import Synchronization

/// Bounds the rate of wrong keys: each account and each address has its own allowance, so that
/// nobody can lock out anybody else. Once it is used up, no key of theirs is looked at.
final class KeyTries: Sendable {
    private struct Allowance {
        var left: Double
        var at: ContinuousClock.Instant

        mutating func refill(_ now: ContinuousClock.Instant) {
            let seconds = (now - at) / .seconds(1)
            left = min(Double(WebLimits.wrongKeys), left + seconds * WebLimits.wrongKeysPerSecond)
            at = now
        }
    }

    private let allowances = Mutex<[Peer: Allowance]>([:])
    /// Whether somebody has no allowance left: until then nobody needs to be identified.
    private let isBounding = Atomic(false)
    private let now: @Sendable () -> ContinuousClock.Instant

    init(now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) { self.now = now }

    /// Whether every key is looked at, whoever sends it.
    var isOpen: Bool { !isBounding.load(ordering: .relaxed) }

    /// Whether a key of the peer is looked at.
    func mayTry(_ peer: @autoclosure () -> Peer) -> Bool {
        guard !isOpen else { return true }
        let (peer, now) = (peer(), now())
        return allowances.withLock { allowances in
            for key in allowances.keys { allowances[key]?.refill(now) }
            allowances = allowances.filter { $0.value.left < Double(WebLimits.wrongKeys) }
            isBounding.store(allowances.values.contains { $0.left < 1 }, ordering: .relaxed)
            return (allowances[peer]?.left ?? 1) >= 1
        }
    }

    /// The peer has sent a wrong key.
    func failed(_ peer: Peer) {
        let now = now()
        allowances.withLock { allowances in
            let isKnown = allowances[peer] != nil
            let key = isKnown || allowances.count < WebLimits.maxKeyPeers ? peer : .unknown
            var allowance =
                allowances[key] ?? Allowance(left: Double(WebLimits.wrongKeys), at: now)
            allowance.refill(now)
            allowance.left -= 1
            allowances[key] = allowance
            if allowance.left < 1 { isBounding.store(true, ordering: .relaxed) }
        }
    }
}
