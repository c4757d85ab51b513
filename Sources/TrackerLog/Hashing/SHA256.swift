/// SHA-256 (FIPS 180-4): identifies a body by its content, so that the same body gets the same run
/// id.
package struct SHA256 {
    /// Fractions of the cube roots of the first 64 primes.
    static let roundConstants: [UInt32] = [
        0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4,
        0xab1c_5ed5,
        0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7,
        0xc19b_f174,
        0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc,
        0x76f9_88da,
        0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7, 0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351,
        0x1429_2967,
        0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e,
        0x9272_2c85,
        0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585,
        0x106a_a070,
        0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f,
        0x682e_6ff3,
        0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7,
        0xc671_78f2,
    ]

    var state: [UInt32] = [
        0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab,
        0x5be0_cd19,
    ]

    static let blockBytes = 64

    /// 64 lower-case hex digits.
    package static func hexDigest(of message: [UInt8]) -> String {
        words(of: message).map(hex).joined()
    }

    /// The digest as eight words.
    static func words(of message: [UInt8]) -> [UInt32] {
        var hash = SHA256()
        unsafe withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 64) { schedule in
            unsafe message.withUnsafeBytes { unsafe hash.compress(blocksOf: $0, schedule) }
            let rest = message.count % blockBytes
            var end = Array(message.suffix(rest))
            end.append(0x80)
            end.append(contentsOf: repeatElement(0, count: (120 - end.count) % blockBytes))
            let bitCount = UInt64(message.count) * 8
            for shift in stride(from: 56, through: 0, by: -8) {
                end.append(UInt8(truncatingIfNeeded: bitCount >> UInt64(shift)))
            }
            unsafe end.withUnsafeBytes { unsafe hash.compress(blocksOf: $0, schedule) }
        }
        return hash.state
    }

    /// Takes all whole blocks.
    mutating func compress(
        blocksOf bytes: UnsafeRawBufferPointer, _ schedule: UnsafeMutableBufferPointer<UInt32>
    ) {
        unsafe Self.roundConstants.withUnsafeBufferPointer { constants in
            var at = 0
            while at + Self.blockBytes <= bytes.count {
                unsafe Self.expand(
                    UnsafeRawBufferPointer(rebasing: bytes[at..<at + Self.blockBytes]), schedule)
                unsafe compress(schedule, constants)
                at += Self.blockBytes
            }
        }
    }

    /// - Parameter schedule: a block, expanded.
    mutating func compress(
        _ schedule: UnsafeMutableBufferPointer<UInt32>,
        _ constants: UnsafeBufferPointer<UInt32>
    ) {
        var (a, b, c, d) = (state[0], state[1], state[2], state[3])
        var (e, f, g, h) = (state[4], state[5], state[6], state[7])
        for round in 0..<64 {
            let s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)
            let choice = (e & f) ^ (~e & g)
            let t1 = unsafe h &+ s1 &+ choice &+ constants[round] &+ schedule[round]
            let s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)
            let majority = (a & b) ^ (a & c) ^ (b & c)
            (h, g, f, e) = (g, f, e, d &+ t1)
            (d, c, b, a) = (c, b, a, t1 &+ s0 &+ majority)
        }
        state[0] &+= a
        state[1] &+= b
        state[2] &+= c
        state[3] &+= d
        state[4] &+= e
        state[5] &+= f
        state[6] &+= g
        state[7] &+= h
    }

    private static func expand(
        _ block: UnsafeRawBufferPointer, _ words: UnsafeMutableBufferPointer<UInt32>
    ) {
        for index in 0..<16 {
            let word = unsafe block.loadUnaligned(fromByteOffset: 4 * index, as: UInt32.self)
            unsafe words[index] = UInt32(bigEndian: word)
        }
        unsafe extend(words)
    }

    /// Makes 48 more words of the 16 of a block.
    static func extend(_ words: UnsafeMutableBufferPointer<UInt32>) {
        for index in 16..<64 {
            let (early, late) = unsafe (words[index - 15], words[index - 2])
            let s0 = rotate(early, 7) ^ rotate(early, 18) ^ early >> 3
            let s1 = rotate(late, 17) ^ rotate(late, 19) ^ late >> 10
            unsafe words[index] = words[index - 16] &+ s0 &+ words[index - 7] &+ s1
        }
    }
}

private func rotate(_ word: UInt32, _ count: UInt32) -> UInt32 {
    word >> count | word << (32 - count)
}

private func hex(_ word: UInt32) -> String {
    let digits = String(word, radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
}
