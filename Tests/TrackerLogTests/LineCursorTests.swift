import Testing
import TrackerLog
import TrackerTestSupport

@testable import TrackerLog

@Suite("Text of lines")
struct LineCursorTests {
    /// Doubles of every kind: any bits, decimals of few places, whole ones, neighbours of powers.
    static func double(_ generator: inout SeededGenerator) -> Double {
        switch Int.random(in: 0..<6, using: &generator) {
        case 0: Double(bitPattern: generator.next())
        case 1: Double(Int.random(in: -1_000_000...1_000_000, using: &generator)) / 1_000
        case 2: 1_763_899_200_000 + Double(Int.random(in: 0..<10_000_000, using: &generator)) / 1e3
        case 3: Double.random(in: 1e-5..<1e6, using: &generator)
        case 4: Double(Int.random(in: -1 << 60...1 << 60, using: &generator))
        default:
            [1, 10, 1e-4, 1e3, 1e9, 1e15, 0x1p42, 0x1p50, 0x1p53].map { power in
                power * Double.random(in: 1..<1.000_000_1, using: &generator)
            }[Int.random(in: 0..<9, using: &generator)].nextUp
        }
    }

    @Test("a number has the digits of the standard library, and reads back as itself")
    func numbers() {
        let seed: UInt64 = 42
        var generator = SeededGenerator(seed: seed)
        let edges: [Double] = [
            0, -0.0, 0.5, 0.1, 1e-4, 0.0001.nextDown, 1e15, 1e15.nextDown, 0x1p42, 0x1p49,
            .leastNonzeroMagnitude, .greatestFiniteMagnitude, 123_456_789_012_345.7,
            0.00012345678901234567, 1e9 - 0x1p-23,
        ]
        let count = TestMode.rounds(200_000, long: 20_000_000)
        for index in 0..<count {
            let value = index < edges.count ? edges[index] : Self.double(&generator)
            guard value.isFinite else { continue }
            let isWhole = value == value.rounded(.towardZero) && abs(value) < 1e15
            let expected = isWhole ? String(Int64(value)) : value.description
            if shortestText(of: value) != expected {
                Issue.record("\(expected) became \(shortestText(of: value)), seed \(seed)")
                return
            }
        }
    }

    @Test("a string has every escape it needs, at any offset of the byte")
    func strings() throws {
        for byte in UInt8(0)..<0x80 {
            for length in 1...19 {
                for index in 0..<length {
                    var bytes = [UInt8](repeating: UInt8(ascii: "k"), count: length)
                    bytes[index] = byte
                    let text = String(decoding: bytes, as: UTF8.self)
                    var written: [UInt8] = []
                    appendJSONString(text, to: &written)
                    guard String(decoding: written, as: UTF8.self) == Self.escaped(text) else {
                        Issue.record("byte \(byte) at \(index) of \(length): \(written)")
                        return
                    }
                }
            }
        }
        for text in ["", "é", "日本語のラベル", "\u{2028}\u{202E}\u{FFFD}", "a\u{7F}é\"\\\u{0}😀"] {
            var written: [UInt8] = []
            appendJSONString(text, to: &written)
            #expect(String(decoding: written, as: UTF8.self) == Self.escaped(text))
            #expect(try JSONValue(parsing: written) == .string(text))
        }
    }

    private static func escaped(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": result += "\\\(scalar)"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case "\u{0}"..<"\u{20}", "\u{7F}":
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    @Test("in whatever room: the whole line, or nothing of it is used and nothing beyond touched")
    func room() {
        let sample = Sample(
            timestamp: 1_763_899_200_000.125, metric: "a\"metric", value: -12.000_001_2,
            unit: "ms", run: "r", labels: [Label("route", "/api\n"), Label("status", "200")],
            ok: true)
        var whole: [UInt8] = []
        #expect(EventEncoder.append(.sample(sample), to: &whole))
        for capacity in 1...whole.count + 20 {
            var memory = [UInt8](repeating: 0xAA, count: capacity + 16)
            let (outcome, written) = unsafe memory.withUnsafeMutableBytes { memory in
                var cursor = unsafe ByteWriter(
                    UnsafeMutableRawBufferPointer(rebasing: memory[..<capacity]))
                let outcome = EventEncoder.encode(sample, to: &cursor)
                return unsafe (outcome, Array(cursor.written))
            }
            #expect(memory[capacity...].allSatisfy { $0 == 0xAA }, "\(capacity)")
            #expect(outcome == (capacity < whole.count ? .noRoom : .line), "\(capacity)")
            if outcome == .line { #expect(written == whole) }
        }
    }

    @Test("a sample of a prepared series is the same line")
    func series() throws {
        var generator = SeededGenerator(seed: 7)
        let labels = [Label("route", "/api/{id}\"é"), Label("status", "503")]
        for (unit, run, labels) in [("ms", "r1", labels), (nil, nil, []), ("", "r", labels)] {
            let series = try Series(metric: "latency", unit: unit, run: run, labels: labels)
            for ok in [nil, true, false] {
                let value = Self.double(&generator)
                guard value.isFinite,
                    let time = Timestamp(milliseconds: Self.double(&generator))
                else { continue }
                let sample = Sample(
                    timestamp: time, metric: "latency", value: value, unit: unit, run: run,
                    labels: labels, ok: ok)
                var expected: [UInt8] = []
                var written: [UInt8] = []
                #expect(EventEncoder.append(.sample(sample), to: &expected))
                #expect(
                    unsafe EventEncoder.withLine {
                        EventEncoder.encode(value, at: time, ok: ok, series, to: &$0)
                    } use: {
                        unsafe written.append(contentsOf: $0)
                    })
                #expect(written == expected)
            }
        }
    }
}
