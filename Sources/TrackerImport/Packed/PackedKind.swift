/// What a file is packed in, by its first bytes: compressed, or text in two bytes a character.
enum PackedKind: Sendable {
    case gzip, zstd, bzip2, xz, utf16, utf16BigEndian

    static let magicBytes = 6

    init?(_ bytes: [UInt8]) {
        if bytes.starts(with: [0x1F, 0x8B]) {
            self = .gzip
        } else if bytes.starts(with: [0x28, 0xB5, 0x2F, 0xFD]) {
            self = .zstd
        } else if bytes.starts(with: [0x42, 0x5A, 0x68]), bytes.count > 3,
            (0x31...0x39).contains(bytes[3])
        {
            self = .bzip2
        } else if bytes.starts(with: [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00]) {
            self = .xz
        } else if Self.isUTF16(bytes, mark: [0xFF, 0xFE], low: 0) {
            self = .utf16
        } else if Self.isUTF16(bytes, mark: [0xFE, 0xFF], low: 1) {
            self = .utf16BigEndian
        } else {
            return nil
        }
    }

    var name: String {
        switch self {
        case .gzip: "gzip"
        case .zstd: "zstd"
        case .bzip2: "bzip2"
        case .xz: "xz"
        case .utf16, .utf16BigEndian: "UTF-16"
        }
    }

    /// The command that unwraps it.
    var command: String {
        switch self {
        case .gzip: "gzip -dc"
        case .zstd: "zstd -dc"
        case .bzip2: "bzip2 -dc"
        case .xz: "xz -dc"
        case .utf16, .utf16BigEndian: "iconv -f UTF-16 -t UTF-8"
        }
    }

    /// With a byte order mark, or two letters or digits of ASCII.
    /// - Parameter low: where the lower byte of a character is.
    private static func isUTF16(_ bytes: [UInt8], mark: [UInt8], low: Int) -> Bool {
        if bytes.starts(with: mark) { return true }
        guard bytes.count >= 4 else { return false }
        return [0, 2].allSatisfy { at in
            bytes[at + 1 - low] == 0 && (0x20..<0x7F).contains(bytes[at + low])
        }
    }
}
