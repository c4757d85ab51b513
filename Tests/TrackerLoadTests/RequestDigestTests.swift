import Testing
import TrackerLoad

@Suite("What the log has of secret parts of a request") struct RequestDigestTests {
    @Test("a few digits of a hash: never a value, and none that is the same for others")
    func digests() {
        let secrets = [
            "", "a", "abcdef", "Bearer sk-very-secret", String(repeating: "key", count: 9_999),
        ]
        for secret in secrets {
            for (text, digits) in [
                (RequestDigest.header("authorization", [secret]), 8),
                (RequestDigest.header("authorization", ["x", secret]), 8),
                (RequestDigest.body(Array(secret.utf8)), 16),
            ] {
                #expect(text.count == digits && text.allSatisfy(\.isHexDigit), "\(text)")
            }
        }
        let all = secrets.flatMap { secret in
            [
                RequestDigest.header("a", [secret]), RequestDigest.header("b", [secret]),
                RequestDigest.header("a", [secret, secret]), RequestDigest.body(Array(secret.utf8)),
            ]
        }
        #expect(Set(all).count == all.count)
        // The first digits of SHA-256, as any tool computes them.
        #expect(RequestDigest.body(Array("abc".utf8)) == "ba7816bf8f01cfea")
    }
}
