/// A hash of a password that takes as long as it is told to: PBKDF2 with HMAC-SHA-256 (RFC 8018),
/// 32 bytes. Whoever has the hash must spend that time on each guess.
package enum SlowHash {
    private static let digestWords = 8
    /// Of a message of one block in front and eight words.
    private static let digestBits = UInt32((SHA256.blockBytes + 32) * 8)

    /// - Parameter rounds: at least one.
    package static func hash(_ password: [UInt8], salt: [UInt8], rounds: Int) -> [UInt8] {
        precondition(rounds > 0, "\(rounds) rounds")
        let (inner, outer) = states(of: password)
        var block = outer.finish(inner.finish(after: salt + [0, 0, 0, 1]))
        var result = block
        for _ in 1..<rounds {
            block = outer.finish(inner.finish(block))
            for index in result.indices { result[index] ^= block[index] }
        }
        return result.flatMap { word in
            stride(from: 24, through: 0, by: -8).map { UInt8(truncatingIfNeeded: word >> $0) }
        }
    }

    /// HMAC hashes twice, behind a block that is made of the password: these are the states behind
    /// those blocks.
    private static func states(of password: [UInt8]) -> (inner: State, outer: State) {
        var key = password
        if key.count > SHA256.blockBytes {
            key = SHA256.words(of: key).flatMap { word in
                stride(from: 24, through: 0, by: -8).map { UInt8(truncatingIfNeeded: word >> $0) }
            }
        }
        key += [UInt8](repeating: 0, count: SHA256.blockBytes - key.count)
        return (State(behind: key.map { $0 ^ 0x36 }), State(behind: key.map { $0 ^ 0x5C }))
    }

    private struct State {
        let block: [UInt8]
        let hash: SHA256

        init(behind block: [UInt8]) {
            self.block = block
            var hash = SHA256()
            unsafe withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 64) { schedule in
                unsafe block.withUnsafeBytes { unsafe hash.compress(blocksOf: $0, schedule) }
            }
            self.hash = hash
        }

        /// Of a message of any length.
        func finish(after message: [UInt8]) -> [UInt32] { SHA256.words(of: block + message) }

        /// Of a message that is a digest.
        func finish(_ digest: [UInt32]) -> [UInt32] {
            var hash = hash
            unsafe withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 64) { words in
                for index in 0..<SlowHash.digestWords { unsafe words[index] = digest[index] }
                unsafe words[8] = 0x8000_0000
                for index in 9..<15 { unsafe words[index] = 0 }
                unsafe words[15] = SlowHash.digestBits
                unsafe SHA256.extend(words)
                unsafe SHA256.roundConstants.withUnsafeBufferPointer { constants in
                    unsafe hash.compress(words, constants)
                }
            }
            return hash.state
        }
    }
}
