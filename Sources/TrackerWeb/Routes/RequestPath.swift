/// A request's path in its parts, percent-decoded exactly once, and its query.
///
/// What could mean two things to two readers has no `RequestPath`, and so no route: empty and dot
/// segments, `\`, `;`, bytes outside visible ASCII, bad escapes, control characters.
package struct RequestPath: Sendable, Equatable {
    package let segments: [String]
    /// Everything behind the first `?`, as it came; `nil` without one.
    package let query: String?

    /// - Parameter target: the origin form, `/path?query`.
    package init?(target: String) {
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        guard let path = parts.first, path.utf8.first == UInt8(ascii: "/") else { return nil }
        guard path.utf8.allSatisfy(Self.isPlain) else { return nil }
        self.query = parts.count > 1 ? String(parts[1]) : nil
        if path.utf8.count == 1 {
            self.segments = []
            return
        }
        var segments: [String] = []
        for raw in path.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
            guard let segment = Self.decode(raw) else { return nil }
            segments.append(segment)
        }
        self.segments = segments
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "\\"), UInt8(ascii: ";"), UInt8(ascii: "#"): false
        case 0x21...0x7E: true
        default: false
        }
    }

    private static func decode(_ raw: Substring) -> String? {
        guard let text = PercentEncoding.decode(raw), !text.isEmpty, text != ".", text != "..",
            !text.unicodeScalars.contains(where: isControl)
        else { return nil }
        return text
    }

    /// C0, DEL and C1.
    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
    }
}

/// `%41` and the like.
enum PercentEncoding {
    /// Decodes once. - Returns: `nil` for a `%` without two hex digits, or bytes that are not
    /// UTF-8.
    static func decode(_ raw: some StringProtocol) -> String? {
        guard raw.utf8.contains(UInt8(ascii: "%")) else { return String(raw) }
        var bytes: [UInt8] = []
        var rest = Array(raw.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst().flatMap(hexValue),
                let low = rest.popFirst().flatMap(hexValue)
            else { return nil }
            bytes.append(high << 4 | low)
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func hexValue(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
