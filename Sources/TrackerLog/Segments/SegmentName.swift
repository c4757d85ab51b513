/// The name of a segment file: `<writer>.<nnnnnn>.jsonl.zst`.
public struct SegmentName: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// How the lines are stored in the file.
    public enum Encoding: String, Sendable, Hashable, CaseIterable {
        case zstd = "jsonl.zst"
        /// For languages without zstd: one gzip member per append.
        case gzip = "jsonl.gz"
        /// Bare lines: no checksum, and no guarantee beyond the file system's.
        case plain = "jsonl"
    }

    /// The writer name of segments that any program may append to.
    public static let sharedWriter = "shared"

    /// Prefix of the writer ids of compacted segments: readers check the start of these files for a
    /// claim before they fold others. One in 16 million random ids has it too, which costs only
    /// that check.
    package static let compactedPrefix = "c0ac7e"

    /// Whether the file may begin with a `CompactionClaim`.
    package var isCompacted: Bool {
        encoding == .zstd && writer.hasPrefix(Self.compactedPrefix)
    }

    /// Readers accept exactly six digits.
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

    /// - Returns: `nil` when it is not the name of a segment.
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

    /// Why a file of this name is no segment; `nil` when it is one.
    package static func refusal(of fileName: String) -> String? {
        guard SegmentName(fileName: fileName) == nil else { return nil }
        let parts = fileName.split(separator: ".", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, Encoding(rawValue: String(parts[2])) != nil else {
            return "its name does not end in .jsonl.zst, .jsonl.gz or .jsonl after a number"
        }
        guard parts[1].utf8.count == 6, parts[1].utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 })
        else { return "its number does not have six digits" }
        guard parts[1] != "000000" else { return "its number is 0: segments begin at 000001" }
        return "its writer is neither 16 hex digits (0-9, a-f) nor \(sharedWriter)"
    }

    public var fileName: String {
        let digits = String(number)
        let padding = String(repeating: "0", count: max(0, 6 - digits.count))
        return "\(writer).\(padding)\(digits).\(encoding.rawValue)"
    }

    public var description: String { fileName }

    /// The order of the file names.
    public static func < (a: SegmentName, b: SegmentName) -> Bool {
        // Folders of many segments are sorted often: without making the names.
        guard a.writer == b.writer, a.number != b.number, a.number <= maxNumber,
            b.number <= maxNumber
        else { return a.fileName < b.fileName }
        return a.number < b.number
    }
}
