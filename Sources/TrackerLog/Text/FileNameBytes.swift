/// Names of files as text, and back: on disk they are bytes.
///
/// The tracker only makes names in UTF-8, but what another program puts into a folder is listed,
/// moved and removed with the rest. In a name that is not UTF-8, each byte from 0x80 on stands as
/// one of the last 128 characters of Unicode's private planes, which no id and no segment has.
enum FileNameBytes {
    private static let first: UInt32 = 0x10_FF80

    static func text(of bytes: UnsafePointer<CChar>) -> String {
        if let text = unsafe String(validatingCString: bytes), !isOdd(text) { return text }
        var text = ""
        var rest = unsafe bytes
        while unsafe rest.pointee != 0 {
            let byte = UInt32(UInt8(bitPattern: unsafe rest.pointee))
            let value = byte < 0x80 ? byte : first + (byte - 0x80)
            if let scalar = Unicode.Scalar(value) { text.unicodeScalars.append(scalar) }
            unsafe rest += 1
        }
        return text
    }

    /// What the system is asked for, with its end.
    static func of(_ name: String) -> [CChar] {
        guard isOdd(name) else { return Array(name.utf8CString) }
        return bytes(of: name).map { CChar(bitPattern: $0) } + [0]
    }

    /// For people: such bytes as `\xff`.
    static func shown(_ name: String) -> String {
        guard isOdd(name) else { return name }
        return bytes(of: name).map { byte in
            byte < 0x80
                ? String(Unicode.Scalar(byte)) : "\\x" + String(byte, radix: 16)
        }.joined()
    }

    /// Whether it stands for bytes that are not UTF-8.
    static func isOdd(_ name: String) -> Bool {
        // The first byte of the planes that the private one is in: hardly any name has it.
        name.utf8.contains(0xF4) && name.unicodeScalars.contains { $0.value >= first }
    }

    private static func bytes(of name: String) -> [UInt8] {
        name.unicodeScalars.flatMap { scalar in
            scalar.value >= first
                ? [UInt8(truncatingIfNeeded: scalar.value - first + 0x80)]
                : Array(String(scalar).utf8)
        }
    }
}
