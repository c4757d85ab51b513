import TrackerLog

/// What is kept of a key: enough to recognise it, and hardly enough to find it.
struct KeyHash: Sendable, Hashable {
    let salt: [UInt8]
    let rounds: Int
    let hash: [UInt8]

    /// Takes as long as a check of a key does.
    /// - Parameter salt: random.
    init(of key: String, salt: [UInt8] = Self.randomSalt(), rounds: Int = WebLimits.keyHashRounds) {
        self.salt = salt
        self.rounds = rounds
        self.hash = SlowHash.hash(Array(key.utf8), salt: salt, rounds: rounds)
    }

    /// Of the file of claims.
    /// - Returns: `nil` where it is no such hash, or one that takes too long to check.
    init?(salt: [UInt8], rounds: Int, hash: [UInt8]) {
        guard WebLimits.keySaltBytes.contains(salt.count), hash.count == Self.hashBytes,
            (1...WebLimits.maxKeyHashRounds).contains(rounds)
        else { return nil }
        self.salt = salt
        self.rounds = rounds
        self.hash = hash
    }

    private static let hashBytes = 32

    private static func randomSalt() -> [UInt8] {
        // The system's generator, which is made for secrets.
        var random = SystemRandomNumberGenerator()
        return (0..<WebLimits.keySaltBytes.lowerBound).map { _ in
            UInt8.random(in: .min ... .max, using: &random)
        }
    }

    /// Takes some tens of milliseconds, the same for every key.
    func matches(_ key: String) -> Bool {
        let given = SlowHash.hash(Array(key.utf8), salt: salt, rounds: rounds)
        var difference: UInt8 = 0
        for (one, other) in zip(given, hash) { difference |= one ^ other }
        return difference == 0
    }
}
