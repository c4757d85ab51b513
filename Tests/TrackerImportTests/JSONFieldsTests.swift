import Testing
import TrackerImport
import TrackerLog
import TrackerTestSupport

@Suite("Import: the members of a line of JSON, as bytes")
struct JSONFieldsTests {
    /// What the scanner finds; `nil` where it leaves the line to the parser.
    private func fields(_ text: String) -> [String]? {
        pairs(text)?.map { "\($0.key)=\($0.value)" }
    }

    private func pairs(_ text: String) -> [(key: String, value: String)]? {
        let bytes = Array(text.utf8)
        return unsafe bytes.withUnsafeBytes { buffer -> [(key: String, value: String)]? in
            guard var fields = unsafe JSONFields(ByteView(buffer)) else { return nil }
            var found: [(key: String, value: String)] = []
            while true {
                switch fields.next() {
                case .field(let field): found.append((field.key.text, field.value.text))
                case .end: return found
                case .unusual: return nil
                }
            }
        }
    }

    @Test func members() {
        #expect(fields(#"{"a":1,"b":"x"}"#) == ["a=1", #"b="x""#])
        #expect(fields(#" { "a" : -1.5e3 , "b" : null } "#) == ["a=-1.5e3", "b=null"])
        #expect(
            fields(#"{"a":{"b":[1,"}"],"c":"\"}"},"d":"\\"}"#)
                == [#"a={"b":[1,"}"],"c":"\"}"}"#, #"d="\\""#])
        #expect(fields("{}") == [])
    }

    @Test(arguments: [
        "", "[]", "{", #"{"a"}"#, #"{"a":}"#, #"{"a":1"#, #"{"a":"x}"#, #"{"a":1}}"#,
        #"{"a":{"b":1}"#, #"{1:2}"#, #"{"a":1 2}"#,
    ])
    func unusual(_ text: String) { #expect(fields(text) == nil) }

    @Test("whatever the parser takes has the members that the scanner finds")
    func agreesWithParser() throws {
        for seed in UInt64(1)...UInt64(TestMode.rounds(200)) {
            var generator = SeededGenerator(seed: seed)
            let value = random(&generator, depth: 0)
            let found = try #require(pairs(value.text), "seed \(seed)")
            let members = value.objectValue ?? []
            #expect(found.count == members.count, "seed \(seed)")
            for (pair, member) in zip(found, members) {
                #expect("\"\(pair.key)\"" == JSONValue.string(member.key).text, "seed \(seed)")
                #expect(JSONValue.parsed(Array(pair.value.utf8)) == member.value, "seed \(seed)")
            }
        }
    }

    private func random(_ generator: inout SeededGenerator, depth: Int) -> JSONValue {
        let texts = ["", "x", "\"", "\\", "}{", "a,b", "é\n", "\\\""]
        func text() -> String { texts.randomElement(using: &generator) ?? "" }
        var members: [JSONValue.Member] = []
        for index in 0..<Int.random(in: 0...4, using: &generator) {
            let value: JSONValue =
                switch Int.random(in: 0...(depth < 3 ? 4 : 2), using: &generator) {
                case 0: .integer(Int.random(in: -9...9, using: &generator))
                case 1: .bool(true)
                case 2: .string(text())
                case 3: .array([.string(text()), .null])
                default: random(&generator, depth: depth + 1)
                }
            members.append(.init("\(index)\(text())", value))
        }
        return .object(members)
    }
}
