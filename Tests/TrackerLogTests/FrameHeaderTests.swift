import Testing

@testable import TrackerLog

/// The fast path reads header lines as writers write them; the JSON parser reads other spellings.
@Suite("Frame headers")
struct FrameHeaderTests {
    static let numbers = [
        "0", "1", "12", "-0", "-1", "1e2", "1.0", "1.5", "01", "9007199254740992",
        "9007199254740993", "999999999999999", "1000000000000000", "null", "\"1\"",
        "18446744073709551616", "1e400",
    ]
    static let texts = [
        #""s""#, #""""#, #""\u0073""#, #""é""#, #""a\"b""#, "\"\u{1}\"", "\"\u{7F}\"", #""s"#, "7",
    ]

    /// The same line with an extra blank, which only the JSON parser accepts.
    private static func general(_ line: String) -> String { "{ " + line.dropFirst() }

    private static func parsed(_ line: String) -> String {
        unsafe Array(line.utf8).withUnsafeBytes { unsafe "\(FrameHeader.parse($0))" }
    }

    private static func check(_ line: String) {
        #expect(parsed(line) == parsed(general(line)), "\(line)")
    }

    private static func line(
        session: String = #""s""#, writer: String = #""w""#, seq: String = "1",
        events: String = "2", rest: String = ""
    ) -> String {
        #"{"frame":1,"session":\#(session),"writer":\#(writer),"seq":\#(seq),"events":\#(events)"#
            + rest + "}"
    }

    @Test("any number, in any field, is read alike", arguments: numbers)
    func anyNumber(_ number: String) {
        Self.check(Self.line(seq: number))
        Self.check(Self.line(events: number))
        Self.check(Self.line(rest: ",\"at\":" + number))
        Self.check(Self.line(rest: ",\"dropped\":" + number))
        Self.check(Self.line(rest: ",\"at\":5,\"dropped\":" + number))
    }

    @Test("any text, in any field, is read alike", arguments: texts)
    func anyText(_ text: String) {
        Self.check(Self.line(session: text))
        Self.check(Self.line(writer: text))
    }

    @Test("a line that is too long is not a header, however it is spelled")
    func tooLong() {
        for length in [-1, 0, 1] {
            let rest = LogLimits.maxLineBytes - Self.line(session: "\"\"").utf8.count
            let session = "\"" + String(repeating: "s", count: rest + length) + "\""
            let line = Self.line(session: session)
            let isInvalid = Self.parsed(line) == "invalid"
            #expect(isInvalid == (length > 0), "\(line.utf8.count) bytes")
        }
    }

    @Test(
        "whatever follows is read alike",
        arguments: [
            "", ",\"at\":5", ",\"at\":5,\"at\":6", ",\"of\":\"x\"", ",\"at\":5,\"x\":[1]", ",", "}",
            ",\"at\":5}", " ", ",\"at\":5 ", ",\"at\": 5", ",\"dropped\":3,\"at\":5",
            ",\"seq\":4",
        ])
    func rest(_ rest: String) {
        Self.check(Self.line(rest: rest))
        Self.check(Self.line(events: "0", rest: rest))
    }

    @Test("every line cut short, and every byte changed, is read alike")
    func damage() {
        let line = Self.line(rest: ",\"at\":1763899200000")
        for end in 1..<line.count { Self.check(String(line.prefix(end))) }
        let bytes = Array(line.utf8)
        for at in 1..<bytes.count {
            for byte in [0x20, 0x22, 0x30, 0x39, 0x2C, 0x7D, 0x61] as [UInt8] {
                var changed = bytes
                changed[at] = byte
                Self.check(String(decoding: changed, as: UTF8.self))
            }
        }
    }
}
