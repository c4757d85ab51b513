import Testing
import TrackerImport
import TrackerLog
import TrackerTestSupport

@Suite("Export: texts in cells")
struct CellTextTests {
    private static let letters = [
        "=", "+", "-", "@", "'", "\"", "\\", "n", "r", ",", ";", "\n", "\r", "\t", " ", "\0", "é",
        "e\u{301}", "\u{301}", "＝", "＠", "1", "cmd|", "👩‍👩‍👧",
    ]

    private func cell(_ text: String?) -> [UInt8] {
        var bytes: [UInt8] = []
        CellText.append(text, to: &bytes)
        return bytes
    }

    /// As a row of a table gives it: without outer quotes.
    private func read(_ cell: [UInt8]) -> String? {
        let isQuoted = cell.count >= 2 && cell.first == 0x22 && cell.last == 0x22
        let inner = isQuoted ? Array(cell.dropFirst().dropLast()) : cell
        return unsafe inner.withUnsafeBytes { CellText.text(unsafe ByteView($0)) }
    }

    @Test("any text comes back byte for byte, in one line, and is no formula", arguments: 0..<20)
    func law(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            let count = Int.random(in: 0...6, using: &generator)
            let text = (0..<count).map { _ in
                Self.letters[Int.random(in: 0..<Self.letters.count, using: &generator)]
            }.joined()
            let cell = cell(text)
            #expect(read(cell).map { Array($0.utf8) } == Array(text.utf8), "seed \(seed): \(text)")
            #expect(!cell.contains(0x0A) && !cell.contains(0x0D), "seed \(seed): \(text)")
            let shown = cell.first == 0x22 ? Array(cell.dropFirst()) : cell
            for danger in ["=", "+", "-", "@", "\t", "＝", "＋", "－", "＠"] {
                #expect(!shown.starts(with: Array(danger.utf8)), "seed \(seed): \(text)")
            }
        }
    }

    @Test("an empty cell is no text, and an empty text is a cell")
    func empty() {
        #expect(cell(nil).isEmpty)
        #expect(String(decoding: cell(""), as: UTF8.self) == "'")
        #expect(read([]) == nil)
        #expect(read(cell("")) == "")
    }

    @Test(
        "how a cell looks",
        arguments: [
            ("/path", "/path"), ("=1+1", "'=1+1"), ("a,b", "\"a,b\""), ("a\"b", "\"a\"\"b\""),
            ("a\nb", #"a\nb"#), (#"a\nb"#, #"a\\nb"#), ("-5", "'-5"), ("'a", "''a"),
            (" a", "\" a\""), ("a;b", "\"a;b\""),
        ])
    func looks(text: String, expected: String) {
        #expect(String(decoding: cell(text), as: UTF8.self) == expected)
    }
}
