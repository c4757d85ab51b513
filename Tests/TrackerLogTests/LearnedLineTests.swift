import Testing
import TrackerLog
import TrackerTestSupport

/// One way to write a sample. `%` stands for something else in each line.
struct LineShape: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var text: String

    init(_ name: String, _ text: String) {
        testDescription = name
        self.text = text
    }

    func line(_ other: String) -> [UInt8] {
        Array(text.replacing("%", with: other).utf8)
    }
}

/// The scanner learns from the lines it reads. The risk is a line that almost matches one it knows.
@Suite("Lines like those before")
struct LearnedLineTests {
    static let shapes = [
        LineShape(
            "plain",
            #"{"ts":1763899200000.620,"metric":"m.%","value":12.345,"run":"r","#
                + #""labels":{"route":"/","status":"200"}}"#),
        LineShape(
            "another order",
            #"{"labels":{"status":"%","a":"b"},"ok":false,"run":"r","value":-0.5,"unit":"ms","#
                + #""metric":"m","ts":1}"#),
        LineShape(
            "spaces", "{ \"ts\" : 17 ,\t\"metric\" : \"m\" , \"value\":1 , \"run\" : \"%\" } \r"),
        LineShape(
            "escapes",
            #"{"ts":1,"metric":"m\u0020\n","value":100,"labels":{"a":"\/%\ud83d\ude39","b":"é"}}"#),
        LineShape(
            "labels that are no texts",
            #"{"ts":1,"metric":"m","value":0,"labels":{"a":1.50,"b":true,"c":null,"d":"%"}}"#),
        LineShape(
            "RFC 3339", #"{"ts":"2026-11-23T14:02:11.5+01:00","metric":"m","value":1,"run":"%"}"#),
        LineShape(
            "RFC 3339 behind the value",
            #"{"value":7,"metric":"%","ts":"2026-11-23T14:02:11Z","labels":{}}"#),
        LineShape(
            "unknown fields",
            #"{"ts":1,"trace":"%","metric":"m","value":2,"x":{"y":[1,{"z":"w"},null],"k":2e3}}"#),
        LineShape(
            "long numbers",
            #"{"ts":1763899200000.123456,"metric":"m","value":12.182493960703473,"run":"%"}"#),
    ]

    @Test("a line like an earlier one is recognised by its template or its keys", arguments: shapes)
    func isLearned(_ shape: LineShape) throws {
        let lines = [shape.line("1"), shape.line("1"), shape.line("1"), shape.line("2")]
        let scanned = ScannedLines(Array(lines.joined(separator: [0x0A])))
        #expect(scanned.lines.map(\.kind) == [.sample, .sample, .sample, .sample])
        // Matched by a template: no key was made.
        #expect(scanned.lines[2].text == scanned.lines[0].text)
        #expect(scanned.lines[2].text >= 0)
        #expect(scanned.lines[2].key.count == 0)
        #expect(scanned.lines[3].key.count > 0)
        try scanned.checkAgainstParser(shape.testDescription)
    }

    private static let bytes = Array("0.e-\"\\}, :n".utf8) + [0x1F, 0xC3]

    @Test(
        "a byte changed, left out or put in, anywhere: read as the parser reads it",
        arguments: shapes)
    func nearlyKnown(_ shape: LineShape) throws {
        let line = shape.line("1")
        for at in line.indices {
            var lines = [line, line]
            func add(_ change: (inout [UInt8]) -> Void) {
                // Matched by a template, or only by a shape.
                var changed = shape.line(lines.count % 3 == 0 ? "2" : "1")
                change(&changed)
                lines += [changed, changed, line]
            }
            add { $0.remove(at: at) }
            add { $0.removeSubrange(at...) }
            for byte in Self.bytes {
                add { $0[at] = byte }
                add { $0.insert(byte, at: at) }
            }
            let scanned = ScannedLines(Array(lines.joined(separator: [0x0A])) + [0x0A])
            try scanned.checkAgainstParser("\(shape.testDescription), byte \(at)")
        }
    }

    @Test("lines of all shapes, mutated and in turn, by one scanner that keeps learning")
    func mixed() throws {
        let seed: UInt64 = 14
        print("seed \(seed)")
        var random = SeededGenerator(seed: seed)
        var generator = LineGenerator(seed: seed)
        let scanner = LineScanner()
        var known = 0
        for round in 0..<20 {
            var lines: [[UInt8]] = []
            for number in 0..<200 {
                let shape = Self.shapes[Int.random(in: 0..<Self.shapes.count, using: &random)]
                let line = shape.line("\(number % 7)")
                lines.append(number % 5 == 0 ? generator.mutated(line) : line)
                if number % 11 == 0 { lines.append(Array(generator.line().utf8)) }
            }
            let scanned = ScannedLines(
                Array(lines.joined(separator: [0x0A])) + [0x0A], capacity: 16, scanner)
            known += scanned.lines.count { $0.text >= 0 && $0.key.count == 0 }
            try scanned.checkAgainstParser("seed \(seed), round \(round)")
        }
        #expect(known > 1_000)
    }

    @Test("20,000 numbers of 15 to 19 digits: the nearest double, as the standard library has it")
    func longNumbers() {
        let seed: UInt64 = 15
        print("seed \(seed)")
        var random = SeededGenerator(seed: seed)
        for _ in 0..<TestMode.rounds(200) {
            let texts = (0..<100).map { _ in
                let digits = String(
                    UInt64.random(in: 1...9_999_999_999_999_999_999, using: &random))
                let count = digits.utf8.count
                let point = Int.random(in: max(1, count - 15)...count, using: &random)
                let text = digits.prefix(point) + "." + digits.dropFirst(point)
                return text.hasSuffix(".") ? text + "5" : String(text)
            }
            let content = texts.map { #"{"ts":1,"metric":"m","value":\#($0)}"# }
            let scanned = ScannedLines(Array(content.joined(separator: "\n").utf8), capacity: 100)
            for (text, line) in zip(texts, scanned.lines) {
                #expect(
                    Double(text)?.bitPattern == line.value.bitPattern, "seed \(seed): \(text)")
            }
        }
    }

    @Test("times and values of every length, and near misses: as the parser reads them")
    func everyLength() throws {
        let seed: UInt64 = 16
        print("seed \(seed)")
        var random = SeededGenerator(seed: seed)
        // The first has the digits that a scanner expects before it has learned any.
        let starts = ["10000000", "17638992", "17638993", "89999999", "99999999", "01763899", ""]
        let endings = ["", "", "", "e3", "E0", ".", "-", "x", "\u{0}", "é"]
        func number(_ start: String, most: Int) -> String {
            var text = start
            for _ in 0..<Int.random(in: 0...most, using: &random) {
                text += String(Int.random(in: 0...9, using: &random))
            }
            let places = Int.random(in: 0...9, using: &random)
            if places > 0 {
                text += "."
                for _ in 0..<places { text += String(Int.random(in: 0...9, using: &random)) }
            }
            return text + (endings.randomElement(using: &random) ?? "")
        }
        for round in 0..<60 {
            let lines = (0..<300).map { _ in
                let start = starts.randomElement(using: &random) ?? ""
                let time = number(start, most: start.isEmpty ? 3 : 6)
                return #"{"ts":\#(time),"metric":"m","value":\#(number("", most: 5)),"run":"r"}"#
            }
            let content = Array((lines.joined(separator: "\n") + "\n").utf8)
            try ScannedLines(content, capacity: 32).checkAgainstParser("seed \(seed), \(round)")
        }
    }

    @Test("a time of bytes that are not digits, before any time with thirteen was learned")
    func noDigits() throws {
        for byte in [0, 0x2F, 0x3A, 0x80, 0xFF] as [UInt8] {
            let known = Array(#"{"ts":1,"metric":"m","value":2}"#.utf8) + [0x0A]
            let others = [UInt8](repeating: byte, count: 8)
            let time = others + Array("12345.678".utf8)
            let content = known + known + [known[..<6], time[...], known[7...]].flatMap(\.self)
            let scanned = ScannedLines(content)
            #expect(scanned.lines.map(\.kind) == [.sample, .sample, .other], "byte \(byte)")
            try scanned.checkAgainstParser("byte \(byte)")
        }
    }

    @Test("times of sixteen digits that are not exact doubles, one after another: rounded once")
    func longTimes() {
        let texts = (0..<2_000).map { "99999999\(10_000 + $0).\(100 + $0 * 7 % 900)" }
        let content = texts.map { #"{"ts":\#($0),"metric":"m","value":1}"# }
        let scanned = ScannedLines(Array(content.joined(separator: "\n").utf8), capacity: 100)
        for (text, line) in zip(texts, scanned.lines) {
            #expect(Double(text)?.bitPattern == line.timestampMs.bitPattern, "\(text)")
        }
    }
}
