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
            (.infinity, "-"), (.leastNonzeroMagnitude, "4.94e-324"), (1.797e308, "1.80e308"),
            (1e-300 * 2.5e-10, "2.50e-310"), (9.999e-308, "1.00e-307"),
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

    @Test("Counts that were reported, large shares, and nothing above zero")
    func people() {
        let plain = NumberFormat.plain
        #expect(plain.reported(3, unit: nil) == "3")
        #expect(plain.reported(1e12, unit: nil) == "1000000000000")
        #expect(plain.reported(2.5, unit: nil) == "2.50")
        #expect(plain.reported(3, unit: "ms") == "3.00 ms")
        #expect(plain.percent(share: 999_999_999) == "1.00e11%")
        #expect(plain.percent(share: 21.82) == "2182%")
        func points(_ value: Double) -> String { plain.fixed(value, digits: 2) + " pp" }
        #expect(plain.signed(1e-9, points) == "0.00 pp")
        #expect(plain.signed(0.01, points) == "+0.01 pp")
        #expect(plain.quantity(5.01e17, unit: "B") == "501 PB")
        #expect(plain.quantity(3e15, unit: "MB/s") == "3000 EB/s")
    }

    @Test(
        "Zeros at the end may go",
        arguments: [
            (2.50, 2, "2.5"), (200, 2, "200"), (0.001, 2, "0"), (1.25, 2, "1.25"), (100, 0, "100"),
        ] as [(Double, Int, String)])
    func trimmed(number: Double, digits: Int, text: String) {
        #expect(NumberFormat.plain.fixed(number, digits: digits, trimsZeros: true) == text)
    }

    @Test(
        "A number with its unit, in the unit in which it is best read",
        arguments: [
            (3_301_000_000, "bytes", "3.30 GB"), (3_301_000_000, "B", "3.30 GB"),
            (0.5, "GB", "500 MB"), (0.000_5, "KB", "0.500 B"), (1_536, "KiB", "1.50 MiB"),
            (512, "MiB", "512 MiB"), (0.5, "GiB", "512 MiB"), (5e15, "B", "5.00 PB"),
            (3_301_000, "B/s", "3.30 MB/s"), (999.4, "kB", "999 kB"), (999.6, "kB", "1.00 MB"),
            (19.02, "ms", "19.0 ms"), (0.004_2, "ms", "4.20 µs"), (0.000_004_2, "ms", "4.20 ns"),
            (0.000_000_42, "ms", "0.420 ns"), (999.4, "ms", "999 ms"), (999.6, "ms", "1.00 s"),
            (86_400_000, "ms", "86400 s"), (12, "us", "12.0 µs"), (90, "seconds", "90.0 s"),
            (1.5, "min", "1.50 min"), (3_000, "kbps", "3.00 Mbps"), (1_250, "ops/s", "1250 ops/s"),
            (12.5, "%", "12.5%"), (-4.5, "°C", "-4.50 °C"), (-2_500, "ms", "-2.50 s"),
            (1_204.4, nil, "1204"), (1_204.4, "", "1204"), (0, "MB", "0 MB"), (0, "ms", "0 ms"),
            (.nan, "ms", "-"), (.infinity, "B", "-"), (-.infinity, nil, "-"),
            (1.797e308, "B", "1.80e290 EB"), (.leastNonzeroMagnitude, "TB", "4.94e-312 B"),
            (5, "MS", "5.00 MS"), (5_000, "mb", "5000 mb"),
        ] as [(Double, String?, String)])
    func quantity(number: Double, unit: String?, text: String) {
        #expect(NumberFormat.plain.quantity(number, unit: unit) == text)
    }

    @Test(
        "In a column whose head has the unit only sizes have their own",
        arguments: [
            (3_301_000_000, "bytes", "3.30 GB"), (2_000, "MB/s", "2.00 GB/s"),
            (1_204.4, "ms", "1204"), (1_204.4, "ops/s", "1204"), (1_204.4, nil, "1204"),
            (.nan, "B", "-"),
        ] as [(Double, String?, String)])
    func cell(number: Double, unit: String?, text: String) {
        #expect(NumberFormat.plain.cell(number, unit: unit) == text)
    }

    @Test("More digits where a difference is computed from the numbers shown")
    func digits() {
        for (number, text) in [
            (20.31, "20.31"), (20.3, "20.30"), (9.999_6, "10.00"), (12_345.6, "12346"),
            (0.012_345, "0.01235"), (0, "0"),
        ] {
            #expect(NumberFormat.plain.value(number, digits: 4) == text)
        }
        #expect(NumberFormat.plain.cell(3_301_000_000, unit: "B", digits: 4) == "3.301 GB")
    }

    @Test(
        "A share in percent, and with its sign",
        arguments: [
            (0.004, "0.4%", "+0.4%"), (0, "0.0%", "0.0%"), (-0.05, "-5.0%", "-5.0%"),
            (9.99, "999.0%", "+999.0%"), (12.345_6, "1235%", "+1235%"),
            (1.778_549_810_986_3e45, "1.78e47%", "+1.78e47%"), (.nan, "-", "-"),
        ] as [(Double, String, String)])
    func percent(share: Double, text: String, signed: String) {
        let format = NumberFormat.plain
        #expect(format.percent(share: share) == text)
        #expect(format.signed(share) { format.percent(share: $0) } == signed)
    }

    @Test("No text of a number is wider than a place of a table", arguments: [41, 42] as [UInt64])
    func width(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<5_000 {
            let number = Double(bitPattern: generator.next())
            for unit in [nil, "B", "KiB", "ns", "s", "bps", "MB/s"] {
                let texts = [
                    NumberFormat.plain.quantity(number, unit: unit),
                    NumberFormat.plain.cell(number, unit: unit, digits: 4),
                    NumberFormat.plain.percent(share: number),
                ]
                // Twelve digits and a minus, a blank and five letters.
                #expect(texts.allSatisfy { $0.count <= 19 }, "seed \(seed), \(number): \(texts)")
            }
        }
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
