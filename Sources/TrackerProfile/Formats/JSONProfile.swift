import TrackerLog

/// What the formats in JSON have in common.
enum JSONProfile {
    static func isObject(_ bytes: [UInt8]) -> Bool {
        bytes.first { $0 > 0x20 } == UInt8(ascii: "{")
    }

    /// Whether the text stands near the beginning or the end, where profilers have such fields.
    static func contains(_ text: String, _ bytes: [UInt8]) -> Bool {
        let near = 4 << 10
        return [bytes.prefix(near), bytes.suffix(near)].contains {
            // Slashes may be escaped.
            String(decoding: $0, as: UTF8.self).split(separator: "\\").joined().contains(text)
        }
    }

    static func parse(_ bytes: [UInt8], _ format: String) throws(ProfileError) -> JSONValue {
        do throws(JSONTextError) {
            return try JSONValue(parsingText: bytes)
        } catch {
            throw .damaged(
                format: format, reason: "\(error.reason.rawValue) at offset \(error.offset)")
        }
    }
}
