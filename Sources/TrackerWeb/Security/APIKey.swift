/// The key that programs must send with their events, if one is configured.
package struct APIKey: Sendable {
    private let bytes: [UInt8]

    /// - Returns: `nil` for an empty text: no key is required.
    package init?(_ text: String?) {
        guard let text, !text.isEmpty else { return nil }
        self.bytes = Array(text.utf8)
    }

    /// Takes the same time for all keys of one length, wherever they differ.
    package func matches(_ candidate: String) -> Bool {
        let candidate = Array(candidate.utf8)
        var difference = UInt(bitPattern: candidate.count ^ bytes.count)
        for index in candidate.indices {
            difference |= UInt(candidate[index] ^ bytes[index % bytes.count])
        }
        return difference == 0
    }
}
