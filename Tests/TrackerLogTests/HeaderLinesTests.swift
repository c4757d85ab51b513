import Testing
import TrackerLog
import TrackerTestSupport

/// Header lines are found by their key, many bytes at a time; the plain rule is: a line that begins
/// with `{`, blanks, `"frame"`.
@Suite("Header lines")
struct HeaderLinesTests {
    private static let session = "s"

    /// Pieces that are headers, nearly headers, and lines around them.
    private static let pieces = [
        #"{"frame":1,"session":"s","writer":"w","seq":%,"events":0}"#,
        "{ \t \"frame\":1,\"session\":\"s\",\"writer\":\"w\",\"seq\":%,\"events\":0}",
        #"{"fram":1}"#, #"{"frame"#, #" {"frame":1}"#, #"{"a":{"frame":1}}"#, #"["frame"]"#,
        #"{"ts":1,"metric":"m","value":2,"f":"\n\"frame\""}"#, "", "{", #""frame""#, "\"f",
        #"{"ts":1763899200000.123,"metric":"http.latency_ms","value":1.5,"run":"run-0"}"#,
    ]

    @Test("are found at any offset, and all lines counted", arguments: [1, 2, 3] as [UInt64])
    func matchesPlainRule(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let reader = SegmentReader()
        for round in 0..<400 {
            var text: [UInt8] = []
            for number in 0..<Int.random(in: 1...60, using: &random) {
                let piece = Self.pieces.randomElement(using: &random) ?? ""
                text += Array(piece.replacing("%", with: "\(number)").utf8) + [0x0A]
            }
            // Lines of any length shift what follows over the borders of blocks.
            let length = Int.random(in: 0...300, using: &random)
            text += [UInt8](repeating: 0x20, count: length) + [0x0A]
            let reading = try SegmentReading(
                ZstdText.compress(text) ?? [],
                as: #require(SegmentName(fileName: "0000000000000001.000001.jsonl.zst")),
                session: Self.session, reader: reader)
            #expect(Self.sections(reading) == Self.plainSections(text), "seed \(seed), \(round)")
        }
    }

    struct Extent: Hashable {
        var firstLine: Int
        var lineCount: Int
        var isHeaded: Bool
    }

    /// These headers cover no lines: a header followed by lines is refused and not listed.
    private static func sections(_ reading: SegmentReading) -> [Extent] {
        reading.sections.map {
            Extent(firstLine: $0.firstLine, lineCount: $0.lineCount, isHeaded: $0.header != nil)
        }
    }

    private static func plainSections(_ text: [UInt8]) -> [Extent] {
        var extents: [Extent] = []
        var current: Extent?
        for (index, line) in text.dropLast()
            .split(separator: 0x0A, omittingEmptySubsequences: false).enumerated()
        {
            if isHeader(line) {
                if let current { extents.append(current) }
                current = Extent(firstLine: index + 2, lineCount: 0, isHeaded: true)
            } else {
                current = current ?? Extent(firstLine: 1, lineCount: 0, isHeaded: false)
                current?.lineCount += 1
            }
        }
        if let current { extents.append(current) }
        return extents.filter { !$0.isHeaded || $0.lineCount == 0 }
    }

    private static func isHeader(_ line: ArraySlice<UInt8>) -> Bool {
        guard line.first == UInt8(ascii: "{") else { return false }
        let key = line.dropFirst().drop { $0 == 0x20 || $0 == 0x09 }
        return key.starts(with: Array("\"frame\"".utf8))
    }
}
