/// The name of a segment file: `<writer>.<nnnnnn>.jsonl.zst`.
public struct SegmentName: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// How the lines are kept in the file.
    public enum Encoding: String, Sendable, Hashable, CaseIterable {
        case zstd = "jsonl.zst"
        /// For languages without zstd: one gzip member an append.
        case gzip = "jsonl.gz"
        /// Bare lines: no checksum, no guarantee but the file system's.
        case plain = "jsonl"
    }

    /// The writer of segments that anybody may append to.
    public static let sharedWriter = "shared"

    /// Writers of compacted segments begin with this: a reader looks at the beginning of such
    /// files before it folds others. One of 16 million writers has it by chance, and costs that
    /// look.
    package static let compactedPrefix = "c0ac7e"

    /// Whether the file may begin with a `CompactionClaim`.
    package var isCompacted: Bool {
        encoding == .zstd && writer.hasPrefix(Self.compactedPrefix)
    }

    /// Six digits are all that a reader takes.
    public static let maxNumber = 999_999

    /// 16 hex digits, or `sharedWriter`.
    public var writer: String
    /// From 1.
    public var number: Int
    public var encoding: Encoding

    public init(writer: String, number: Int, encoding: Encoding = .zstd) {
        self.writer = writer
        self.number = number
        self.encoding = encoding
    }

    /// - Returns: `nil` when the file name is not that of a segment.
    public init?(fileName: String) {
        let parts = fileName.split(separator: ".", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, let encoding = Encoding(rawValue: String(parts[2])) else {
            return nil
        }
        let isRandom =
            parts[0].utf8.count == 16
            && parts[0].utf8.allSatisfy { ($0 >= 0x30 && $0 <= 0x39) || ($0 >= 0x61 && $0 <= 0x66) }
        guard isRandom || parts[0] == Self.sharedWriter, parts[1].utf8.count == 6,
            parts[1].utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }), let number = Int(parts[1]),
            number >= 1
        else { return nil }
        self.init(writer: String(parts[0]), number: number, encoding: encoding)
    }

    public var fileName: String {
        let digits = String(number)
        let padding = String(repeating: "0", count: max(0, 6 - digits.count))
        return "\(writer).\(padding)\(digits).\(encoding.rawValue)"
    }

    public var description: String { fileName }

    public static func < (a: SegmentName, b: SegmentName) -> Bool { a.fileName < b.fileName }
}
