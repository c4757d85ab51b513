import TrackerLog

/// The segments of a request's path, percent-decoded exactly once, and its query:
///
/// ```text
/// /sessions/ada/a%252eb?metric=x    segments: sessions, ada, a%2eb    query: metric=x
/// ```
///
/// Ambiguous paths have no `RequestPath`, and so no route: those with empty or dot segments, `\`,
/// `;`, bytes outside visible ASCII, bad escapes or control characters.
package struct RequestPath: Sendable, Equatable {
    package let segments: [String]
    /// Everything after the first `?`, not decoded; `nil` without one.
    package let query: String?

    /// - Parameter target: the origin form, `/path?query`.
    package init?(target: String) {
        let parts = target.utf8.split(
            separator: UInt8(ascii: "?"), maxSplits: 1, omittingEmptySubsequences: false)
        guard let bytes = parts.first, bytes.first == UInt8(ascii: "/"),
            bytes.allSatisfy(Self.isPlain)
        else { return nil }
        let path = Substring(bytes)
        self.query = parts.count > 1 ? String(Substring(parts[1])) : nil
        if bytes.count == 1 {
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
