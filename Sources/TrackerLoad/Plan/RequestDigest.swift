import TrackerLog

/// What the log has of the parts of a request that may be secret: parts of their hashes.
package enum RequestDigest {
    /// Values of headers may be keys: eight digits are enough to tell two apart, and no way back.
    private static let headerDigits = 8
    private static let bodyDigits = 16

    /// Of the values of a header, in their order.
    package static func header(_ name: String, _ values: [String]) -> String {
        let text = "\(name)\n" + values.joined(separator: "\n")
        return digest(Array(text.utf8), digits: headerDigits)
    }

    /// Of a body, or of what stands for several requests.
    package static func body(_ bytes: [UInt8]) -> String { digest(bytes, digits: bodyDigits) }

    private static func digest(_ bytes: [UInt8], digits: Int) -> String {
        String(SHA256.hexDigest(of: bytes).prefix(digits))
    }
}
