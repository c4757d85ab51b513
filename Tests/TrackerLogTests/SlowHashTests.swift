import Testing
import TrackerLog

@Suite("The slow hash of keys") struct SlowHashTests {
    /// Those of RFC 7914 and of Python's `hashlib.pbkdf2_hmac("sha256", …)`.
    @Test(
        "It is PBKDF2 with HMAC-SHA-256",
        arguments: [
            (
                "password", "salt", 1,
                "120fb6cffcf8b32c43e7225256c4f837a86548c92ccc35480805987cb70be17b"
            ),
            (
                "password", "salt", 2,
                "ae4d0c95af6b46d32d0adff928f06dd02a303f8ef3c251dfd6e2d85a95474c43"
            ),
            (
                "password", "salt", 4_096,
                "c5e478d59288c841aa530db6845c4c8d962893a001ce4e11a4963873aa98134a"
            ),
            (
                "passwordPASSWORDpassword", "saltSALTsaltSALTsaltSALTsaltSALTsalt", 4_096,
                "348c89dbcbd32b2f32d814b8116e84cf2b17347ebc1800181c4e2a1fb8dd53e1"
            ),
            (
                "", "salt", 3,
                "5ddf839afa2d5fb4be56e1a0f48917617559bef61ec122bfca1c7f75ac8f401d"
            ),
            (
                "LONG", "salt", 3,
                "219c68bb88f1010f4a763b7c8fd58639c2280baf6820814c6d404891fcd85c3d"
            ),
        ])
    func vectors(password: String, salt: String, rounds: Int, hash: String) {
        let password = password == "LONG" ? String(repeating: "k", count: 100) : password
        let found = SlowHash.hash(Array(password.utf8), salt: Array(salt.utf8), rounds: rounds)
        let digits = found.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        #expect(digits == hash)
    }
}
