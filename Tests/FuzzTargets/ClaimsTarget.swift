import TrackerWeb

/// The file with the users that keys claim: what is taken is, written and read again, the same, and
/// no key takes long to check.
enum ClaimsTarget {
    static func complaint(about input: [UInt8]) -> String? {
        guard let claims = ClaimText.parse(input) else { return nil }
        guard claims.count <= WebLimits.maxClaims else { return "more claims than are kept" }
        guard Set(claims.map(\.user)).count == claims.count else { return "a user twice" }
        for claim in claims where claim.rounds > WebLimits.maxKeyHashRounds {
            return "\(claim.rounds) rounds for each key"
        }
        guard ClaimText.parse(ClaimText.bytes(of: claims)) == claims else {
            return "claims are not the same once they are written and read"
        }
        return nil
    }

    /// One of each kind of mistake is a change of a byte away.
    static func seeds() -> [[UInt8]] {
        let digits = String(repeating: "0a", count: 32)
        let claim =
            #"{"user":"ann","claimed":1763899200000,"salt":"\#(digits)","rounds":1000,"hash":"\#(digits)"}"#
        return ["", claim, claim + "," + claim.replacing("ann", with: "\\u00fc")].map {
            Array((#"{"format":1,"claims":["# + $0 + "]}\n").utf8)
        }
    }
}
