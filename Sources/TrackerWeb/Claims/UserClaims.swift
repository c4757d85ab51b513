import Dispatch
package import Logging
import Synchronization
package import TrackerLog

/// Which keys may write for which users: the first key that is used for a user claims the name.
///
/// A key that was right once is kept in memory and compared there, so that a report costs no slow
/// hash. Every other answer is read from the file first: `tracker user release` needs no restart.
package final class UserClaims: Sendable {
    private struct Known {
        let claim: Claim
        /// Right, as a slow hash has told.
        var proven: APIKey?
    }

    private struct State {
        var known: [UserID: Known] = [:]
        var version: ClaimFile.Version
        var checked = ContinuousClock.now
        var isChecking = false
        var isFailing = false

        /// Says so once: the caller then looks at the file.
        mutating func becomesStale() -> Bool {
            guard !isChecking, ContinuousClock.now - checked > WebLimits.claimsCheckedEvery else {
                return false
            }
            isChecking = true
            return true
        }
    }

    private let file: ClaimFile
    private let logger: Logger
    private let now: @Sendable () -> Timestamp
    private let state: Mutex<State>
    /// One slow hash at a time: that bounds the rate of wrong tries, and what they cost.
    private let checking = Mutex(())
    private let queue = DispatchQueue(label: "tracker.claims")
    private let waiting = Atomic(0)

    /// - Throws: claims that cannot be read.
    package init(
        storage: any Storage, logger: Logger, now: @escaping @Sendable () -> Timestamp = { .now }
    ) throws(ClaimError) {
        file = ClaimFile(storage: storage)
        self.logger = logger
        self.now = now
        let (claims, version) = try file.read()
        state = Mutex(State(known: Self.known(claims), version: version))
    }

    private static func known(_ claims: [Claim]) -> [UserID: Known] {
        Dictionary(uniqueKeysWithValues: claims.map { ($0.user, Known(claim: $0)) })
    }

    func isClaimed(_ user: UserID) -> Bool { state.withLock { $0.known[user] != nil } }

    /// Decides without blocking: at once, or later on another thread.
    /// - Parameters:
    ///   - claims: whether a key takes a user whom nobody has claimed.
    ///   - completion: called once; with `nil` the request may write.
    func check(
        _ user: UserID, _ key: GivenKey, claims: Bool = true,
        completion: @escaping @Sendable (ClaimRefusal?) -> Void
    ) {
        if isAdmitted(user, key) { return completion(nil) }
        guard waiting.add(1, ordering: .relaxed).newValue <= WebLimits.maxWaitingKeys else {
            waiting.subtract(1, ordering: .relaxed)
            return completion(.busy)
        }
        queue.async { [self] in
            let refusal = checkBlocking(user, key, claims: claims)
            waiting.subtract(1, ordering: .relaxed)
            completion(refusal)
        }
    }

    func check(_ user: UserID, _ key: GivenKey, claims: Bool = true) async -> ClaimRefusal? {
        await withCheckedContinuation { continuation in
            check(user, key, claims: claims) { continuation.resume(returning: $0) }
        }
    }

    /// As `check`, on the caller's thread.
    func checkBlocking(_ user: UserID, _ key: GivenKey, claims: Bool = true) -> ClaimRefusal? {
        if isAdmitted(user, key) { return nil }
        return checking.withLock { _ in
            // Somebody else may have proven the key meanwhile.
            if isAdmitted(user, key) { return nil }
            do throws(ClaimError) {
                try refresh()
                return try decide(user, key, claims: claims)
            } catch {
                tell(error)
                return .unreadable
            }
        }
    }

    /// What needs no look at the file: nobody claims the user, or the key is known to be right.
    private func isAdmitted(_ user: UserID, _ key: GivenKey) -> Bool {
        let (isAdmitted, isStale) = state.withLock { state in
            let isStale = state.becomesStale()
            switch (state.known[user], key) {
            case (nil, .none): return (true, isStale)
            case (let known?, .one(let text)):
                return (known.proven?.matches(text) ?? false, isStale)
            default: return (false, isStale)
            }
        }
        if isStale { queue.async { [self] in refreshQuietly() } }
        return isAdmitted
    }

    private func decide(
        _ user: UserID, _ key: GivenKey, claims: Bool
    ) throws(ClaimError) -> ClaimRefusal? {
        let known = state.withLock { $0.known[user] }
        switch (known, key) {
        case (_, .unusable): return .wrong
        case (nil, .none): return nil
        case (_?, .none): return .missing
        case (nil, .one(let text)):
            guard claims else { return nil }
            let made = Claim(user: user, claimed: now(), key: KeyHash(of: text))
            let counting = try file.add(made)
            try refresh()
            guard counting == made || counting.key.matches(text) else { return .wrong }
            prove(counting, text)
            logger.notice(
                "a user was claimed by a key",
                metadata: ["user": "\(VisibleText.escaped(user.value))"])
        case (let known?, .one(let text)):
            guard known.claim.key.matches(text) else { return .wrong }
            prove(known.claim, text)
        }
        return nil
    }

    private func prove(_ claim: Claim, _ key: String) {
        state.withLock { $0.known[claim.user] = Known(claim: claim, proven: APIKey(key)) }
    }

    /// Reads the file if it is another one.
    private func refresh() throws(ClaimError) {
        state.withLock { $0.checked = .now }
        let version = try file.version()
        guard version != state.withLock({ $0.version }) else { return }
        let (claims, read) = try file.read()
        state.withLock { state in
            var known = Self.known(claims)
            for (user, old) in state.known where known[user]?.claim == old.claim {
                known[user] = old
            }
            state.known = known
            state.version = read
        }
    }

    /// What was known before goes on to count where the file cannot be read.
    private func refreshQuietly() {
        var failure: ClaimError?
        checking.withLock { _ in
            do throws(ClaimError) { try refresh() } catch { failure = error }
        }
        let isNew = state.withLock { state in
            defer { (state.isChecking, state.isFailing) = (false, failure != nil) }
            return failure != nil && !state.isFailing
        }
        if let failure, isNew { tell(failure) }
    }

    private func tell(_ failure: ClaimError) {
        logger.error(
            "the claims of users cannot be read or written", metadata: ["error": "\(failure)"])
    }
}
