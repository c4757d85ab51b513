import Testing
import TrackerTestSupport

@testable import TrackerLog

/// The fast reader of short numbers against the one that validates everything.
@Suite("Short numbers")
struct DecimalTests {
    /// - Returns: the fast reader's result for the text followed by more bytes.
    private static func short(_ text: String, _ behind: String) -> (count: Int, value: Double) {
        let tens = unsafe Decimal.makeTens()
        defer { unsafe tens.deallocate() }
        let bytes = Array((text + behind).utf8) + [UInt8](repeating: 0x39, count: 32)
        var value = Double.nan
        let count = unsafe bytes.withUnsafeBufferPointer {
            guard let base = $0.baseAddress else { return 0 }
            return unsafe Decimal.readShort(base, tens: tens, &value)
        }
        return (count, value)
    }

    @Test("all numbers of up to four digits, with the point at any position")
    func allShort() {
        for digits in 1...4 {
            let most = Int(String(repeating: "9", count: digits)) ?? 0
            for number in 0...most {
                let text = String(repeating: "0", count: digits - "\(number)".count) + "\(number)"
                for point in 0...digits {
                    let spelled = text.prefix(point) + "." + text.dropFirst(point)
                    let isNumber =
                        point > 0 && point < digits && (point == 1 || spelled.first != "0")
                    let (count, value) = Self.short(String(spelled), ",")
                    if isNumber {
                        #expect(count == spelled.count && value == Double(spelled), "\(spelled)")
                    } else {
                        #expect(count == 0, "\(spelled)")
                    }
                }
            }
        }
    }

    @Test("whatever it accepts is the number in the text", arguments: [1, 2] as [UInt64])
    func random(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let letters = Array("0123456789.-+eE,}: \"\\\nné")
        for _ in 0..<200_000 {
            let text = String(
                (0..<Int.random(in: 1...9, using: &random)).map { _ -> Character in
                    // Digits and points more often than the rest.
                    let isUsual = Int.random(in: 0..<3, using: &random) > 0
                    let most = isUsual ? 10 : letters.count - 1
                    return letters[Int.random(in: 0...most, using: &random)]
                })
            let (count, value) = Self.short(text, ",")
            guard count > 0 else { continue }
            let number = String(decoding: Array(text.utf8).prefix(count), as: UTF8.self)
            #expect(number.utf8.count == count && value == Double(number), "\(text)")
            // And it ends where the digits do.
            let next = Array((text + ",").utf8)[count]
            #expect(next < 0x30 || next > 0x39, "\(text)")
        }
    }
}
