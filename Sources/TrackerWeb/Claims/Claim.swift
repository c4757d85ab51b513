package import TrackerLog

/// A user whose name belongs to whoever has a key.
package struct Claim: Sendable, Hashable {
    package let user: UserID
    /// When the key was used for the first time.
    package let claimed: Timestamp
    let key: KeyHash
    /// Of the slow hash of its key.
    package var rounds: Int { key.rounds }

    init(user: UserID, claimed: Timestamp, key: KeyHash) {
        self.user = user
        self.claimed = claimed
        self.key = key
    }

    package var json: JSONValue {
        .object([.init("user", .string(user.value)), .init("claimed", .time(claimed))])
    }
}

/// The content of the file of claims:
/// `{"format":1,"claims":[{"user":"…","claimed":1763899200000,"salt":"…","rounds":…,"hash":"…"}]}`
/// and a newline; `salt` and `hash` are hexadecimal digits.
package enum ClaimText {
    private static let format = 1

    package static func bytes(of claims: [Claim]) -> [UInt8] {
        var line: [UInt8] = []
        JSONValue.object([
            .init("format", .integer(format)),
            .init("claims", .array(claims.map(json))),
        ]).write(to: &line)
        line.append(UInt8(ascii: "\n"))
        return line
    }

    private static func json(_ claim: Claim) -> JSONValue {
        .object([
            .init("user", .string(claim.user.value)), .init("claimed", .time(claim.claimed)),
            .init("salt", .string(HexText.text(of: claim.key.salt))),
            .init("rounds", .integer(claim.key.rounds)),
            .init("hash", .string(HexText.text(of: claim.key.hash))),
        ])
    }

    /// - Returns: the claims by their users; `nil` unless the bytes are such a content.
    package static func parse(_ bytes: [UInt8]) -> [Claim]? {
        // try? is right here: what the file should be is said by whoever opens it.
        guard let value = try? JSONValue(parsing: bytes), value["format"]?.intValue == format,
            let list = value["claims"]?.arrayValue, list.count <= WebLimits.maxClaims
        else { return nil }
        var users: Set<UserID> = []
        var claims: [Claim] = []
        for value in list {
            guard let claim = claim(value), users.insert(claim.user).inserted else { return nil }
            claims.append(claim)
        }
        return claims
    }

    private static func claim(_ value: JSONValue) -> Claim? {
        guard let user = value["user"]?.stringValue.flatMap({ UserID(valid: $0) }),
            let time = value["claimed"]?.doubleValue.flatMap({ Timestamp(milliseconds: $0) }),
            let salt = value["salt"]?.stringValue.flatMap(unhex),
            let rounds = value["rounds"]?.intValue,
            let hash = value["hash"]?.stringValue.flatMap(unhex),
            let key = KeyHash(salt: salt, rounds: rounds, hash: hash)
        else { return nil }
        return Claim(user: user, claimed: time, key: key)
    }

    private static func unhex(_ text: String) -> [UInt8]? {
        let digits = Array(text.utf8)
        guard digits.count.isMultiple(of: 2), digits.count <= 2 * WebLimits.keySaltBytes.upperBound
        else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = value(digits[index]), let low = value(digits[index + 1]) else {
                return nil
            }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}
