import TrackerLog

/// The name of a stored profile: the SHA-256 of its bytes, in hex.
package struct ProfileHash: Sendable, Hashable, CustomStringConvertible {
    package let text: String

    package init(of bytes: [UInt8]) { text = SHA256.hexDigest(of: bytes) }

    /// - Returns: `nil` where the text is no hash.
    package init?(_ text: String) {
        guard Edit.isProfileHash(text) else { return nil }
        self.text = text
    }

    package var description: String { text }
}
