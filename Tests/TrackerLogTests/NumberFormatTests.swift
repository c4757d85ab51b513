import Testing
import TrackerLog
import TrackerTestSupport

@Suite("Numbers as a person reads them")
struct NumberFormatTests {
    @Test(
        "Three digits that matter",
        arguments: [
            (0, "0"), (0.0421, "0.0421"), (0.5, "0.500"), (2.921, "2.92"), (9.996, "10.0"),
            (99.96, "100"), (999.6, "1000"), (1_204.4, "1204"), (123_456_789, "123456789"),
            (-4.5, "-4.50"), (1e-7, "1.00e-7"), (-1.5e12, "-1.50e12"), (.nan, "-"),
            (.infinity, "-"), (.leastNonzeroMagnitude, "1.00e-324"), (1.797e308, "1.80e308"),
        ] as [(Double, String)])
    func value(number: Double, text: String) {
        #expect(NumberFormat.plain.value(number) == text)
    }

    @Test(
        "Digits behind the point",
        arguments: [
            (0, 0, "0"), (0, 2, "0.00"), (-0.001, 2, "0.00"), (0.05, 1, "0.1"),
            (-1_234.567, 2, "-1,234.57"), (999.995, 2, "1,000.00"), (0.5, 0, "1"),
            (1e15, 0, "1,000,000,000,000,000"), (1e16, 1, "1.00e16"), (1e300, 2, "1.00e300"),
            (12, 9, "12.000000000"), (.nan, 2, "-"), (-.infinity, 2, "-"),
        ] as [(Double, Int, String)])
    func fixed(number: Double, digits: Int, text: String) {
        #expect(NumberFormat.grouped.fixed(number, digits: digits) == text)
    }

    @Test(
        "Zeros at the end may go",
        arguments: [
            (2.50, 2, "2.5"), (200, 2, "200"), (0.001, 2, "0"), (1.25, 2, "1.25"), (100, 0, "100"),
        ] as [(Double, Int, String)])
    func trimmed(number: Double, digits: Int, text: String) {
        #expect(NumberFormat.plain.fixed(number, digits: digits, trimsZeros: true) == text)
    }

    @Test("Whole numbers to the ends of their range, in each form")
    func counts() {
        #expect(NumberFormat.plain.count(Int.min) == "-9223372036854775808")
        #expect(NumberFormat.grouped.count(UInt64.max) == "18,446,744,073,709,551,615")
        #expect(NumberFormat.page.count(-1_234_567) == "−1,234,567")
        #expect(NumberFormat.grouped.count(999) == "999")
        #expect(NumberFormat.grouped.count(Int8(-128)) == "-128")
    }

    @Test("The forms differ in commas and minus alone", arguments: [21, 22] as [UInt64])
    func forms(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<5_000 {
            let number = Double(bitPattern: generator.next())
            guard number.isFinite else { continue }
            let plain = NumberFormat.plain.value(number)
            let grouped = NumberFormat.grouped.value(number)
            #expect(grouped.replacing(",", with: "") == plain, "seed \(seed), \(number)")
            #expect(
                NumberFormat.page.value(number)
                    == grouped.replacing("-", with: "−", maxReplacements: number < 0 ? 1 : 0))
        }
    }

    @Test(
        "What is shown is the number, to half of its last digit", arguments: [31, 32] as [UInt64])
    func truth(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<5_000 {
            let exponent = Double(Int(generator.next() % 24)) - 9
            var number = Double(generator.next() >> 11) / Double(1 << 53) + 1e-9
            for _ in 0..<Int(exponent.magnitude) { number *= exponent < 0 ? 0.1 : 10 }
            let shown = try #require(Double(NumberFormat.plain.value(number)))
            #expect(abs(shown - number) <= number * 0.005_001, "seed \(seed), \(number)")
            let digits = Int(generator.next() % 7)
            let fixed = NumberFormat.plain.fixed(number, digits: digits)
            guard number < 1e9, let read = Double(fixed) else { continue }
            var half = 0.5000001
            for _ in 0..<digits { half /= 10 }
            // Both are doubles: each may be off by half a unit in the last place.
            #expect(abs(read - number) <= half + number.ulp, "seed \(seed), \(number)")
            let behind = fixed.split(separator: ".").dropFirst().first?.count ?? 0
            #expect(behind == digits, "seed \(seed), \(fixed)")
        }
    }
}
