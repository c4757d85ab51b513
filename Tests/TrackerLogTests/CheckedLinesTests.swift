import Testing
import TrackerLog
import TrackerTestSupport

@Suite("Lines of other programs")
struct CheckedLinesTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let text: String
        var accepted = 0
        /// Numbers of the refused lines.
        var refused: [Int] = []
        var testDescription: String { name }
    }

    private static let sample = #"{"ts":1763899200000,"metric":"m","value":1}"#
    private static let note = #"{"ts":1763899200000,"event":"note","text":"n"}"#
    private static let header =
        #"{"frame":1,"session":"s","writer":"w","seq":0,"events":1,"ts":1,"metric":"m","value":1}"#

    static let cases: [Case] = [
        Case(name: "nothing", text: ""),
        Case(name: "one line", text: "\(sample)\n", accepted: 1),
        Case(name: "its newline is missing", text: sample, accepted: 1),
        Case(name: "other kinds", text: "\(sample)\n\(note)\n", accepted: 2),
        Case(
            name: "empty lines are no mistake", text: "\n\(sample)\n \t\r\n\(note)\n\n", accepted: 2
        ),
        Case(name: "Windows ends", text: "\(sample)\r\n\(note)\r\n", accepted: 2),
        Case(name: "byte order mark", text: "\u{FEFF}\(sample)\n\(sample)\n", accepted: 2),
        Case(
            name: "a bad line between", text: "\(sample)\n{}\n\(sample)\n", accepted: 2,
            refused: [2]),
        Case(
            name: "no time", text: "\(sample)\n{\"metric\":\"m\",\"value\":1}", accepted: 1,
            refused: [2]),
        Case(
            name: "a header of the log", text: "\(sample)\n\(header)\n\(sample)\n", accepted: 2,
            refused: [2]),
        Case(name: "first of all", text: "\(header)\n\(sample)\n", accepted: 1, refused: [1]),
        Case(
            name: "behind a mark", text: "\u{FEFF}{ \t\"frame\":9}\n\(sample)\n", accepted: 1,
            refused: [1]),
        Case(name: "only bad ones", text: "x\ny\n", refused: [1, 2]),
    ]

    @Test("events are taken, the others named by their number", arguments: cases)
    func table(row: Case) throws {
        let lines = CheckedLines(checking: Array(row.text.utf8), listing: 100)
        #expect(lines.count == row.accepted && lines.events.count == row.accepted)
        #expect(lines.refused.map(\.line) == row.refused)
        #expect(lines.refusedCount == row.refused.count)
        #expect(lines.refused.allSatisfy { !$0.reason.isEmpty })
    }

    @Test("any text: the same lines are taken as the parser takes one by one")
    func anyText() {
        var generator = SeededGenerator(seed: 20_261_130)
        let parts = [Self.sample, Self.note, Self.header, "{}", "", "x", "\u{FEFF}", "\r", " "]
        for round in 0..<2_000 {
            var text: [UInt8] = []
            for _ in 0..<Int.random(in: 0...12, using: &generator) {
                text += Array((parts.randomElement(using: &generator) ?? "").utf8)
                if Bool.random(using: &generator) { text.append(0x0A) }
                if text.count > 1, Int.random(in: 0..<8, using: &generator) == 0 {
                    text[Int.random(in: 0..<text.count, using: &generator)] = .random(
                        in: 0...255, using: &generator)
                }
            }
            let lines = CheckedLines(checking: text, listing: 100)
            #expect(lines.events == Self.parsedOneByOne(text), "round \(round): \(text)")
        }
    }

    private static func parsedOneByOne(_ text: [UInt8]) -> [Event] {
        var text = text[...]
        if text.starts(with: [0xEF, 0xBB, 0xBF]) { text = text.dropFirst(3) }
        return text.split(separator: 0x0A).compactMap { line in
            let fields = line.drop { $0 == UInt8(ascii: "{") || $0 == 0x20 || $0 == 0x09 }
            let isHeader =
                line.first == UInt8(ascii: "{") && line.dropFirst().first != UInt8(ascii: "{")
                && fields.starts(with: "\"frame\"".utf8)
            // try? is right here: this is the law that the other reader is held to.
            return isHeader ? nil : try? EventParser.parse(Array(line))
        }
    }

    @Test("what is written is read back byte for byte, in frames that are the same each time")
    func written() throws {
        let user = try UserID("u")
        let session = try SessionID("s")
        var text: [UInt8] = []
        for value in 0..<9_000 {
            // A field that no reader knows stays.
            text += Array(
                #"{ "value":\#(value), "metric":"m","x":[\#(value)],"ts":1763899200000}"#.utf8)
            text.append(0x0A)
        }
        let lines = CheckedLines(checking: text, listing: 1)
        #expect(lines.count == 9_000 && lines.frameCount == 3)
        let storage = MemoryStorage()
        for _ in 0..<2 {
            let writer = SessionWriter(
                storage: storage, user: user, session: session,
                configuration: .init(durability: .written))
            writer.append(lines, identity: FrameIdentity(writer: "key", seq: 5)) { error in
                #expect(error == nil)
            }
            try writer.close()
        }
        let found = try RecoveredSession(storage, user, session)
        #expect(found.values == Array(0..<9_000))
        #expect(found.duplicates == 3 && found.conflicts == 0 && found.badLines == 0)
        #expect(found.seqsByWriter["key"].map(Set.init) == [5, 6, 7])
    }
}
