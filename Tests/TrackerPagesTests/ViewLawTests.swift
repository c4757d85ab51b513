import Testing
import TrackerLog
import TrackerPages
import TrackerTestSupport

@Suite("Laws of clocks, scales and paths") struct ViewLawTests {
    private static let dayMs = 86_400_000.0

    @Test("a moment is its parts put together", arguments: [1, 2] as [UInt64])
    func parts(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<5_000 {
            let ms = Double(generator.next() % 253_402_300_800_000)
            let time = try #require(Timestamp(milliseconds: ms))
            let parts = time.calendar
            let seconds: Int = (parts.hour * 60 + parts.minute) * 60 + parts.second
            let rest = Double(seconds * 1_000 + parts.millisecond)
            #expect(Double(time.dayNumber) * Self.dayMs + rest == ms, "seed \(seed)")
            #expect((1...12).contains(parts.month) && (0..<7).contains(parts.weekday))
            let machine = ClockText.machine(time)
            #expect(machine.utf8.count == 24 && machine.hasSuffix("Z"), "seed \(seed), \(machine)")
            #expect(machine.contains("T" + ClockText.clock(time) + "."))
            #expect(ClockText.clock(time).hasPrefix(ClockText.minute(time)))
            #expect(ClockText.clockTenths(time).hasPrefix(ClockText.clock(time) + "."))
        }
    }

    @Test("later moments have later texts", arguments: [3, 4] as [UInt64])
    func order(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<2_000 {
            let one = Double(generator.next() % 253_402_300_800_000)
            let other = Double(generator.next() % 253_402_300_800_000)
            let a = try #require(Timestamp(milliseconds: one))
            let b = try #require(Timestamp(milliseconds: other))
            #expect((a < b) == (ClockText.machine(a) < ClockText.machine(b)), "seed \(seed)")
        }
    }

    @Test(
        "elapsed time as on a stopwatch",
        arguments: [
            (0, "0:00"), (999, "0:00"), (1_000, "0:01"), (59_999, "0:59"), (60_000, "1:00"),
            (761_000, "12:41"), (3_599_999, "59:59"), (3_600_000, "1:00:00"),
            (86_399_000, "23:59:59"), (86_400_000, "1d 0:00:00"), (273_600_000, "3d 4:00:00"),
            (-5, "0:00"), (.nan, "0:00"), (.infinity, "0:00"),
        ] as [(Double, String)])
    func elapsed(ms: Double, text: String) { #expect(ClockText.elapsed(ms) == text) }

    @Test(
        "a duration with units",
        arguments: [
            (0, "0.0 s"), (300, "0.3 s"), (9_949, "9.9 s"), (9_950, "10 s"), (42_000, "42 s"),
            (59_499, "59 s"), (59_500, "1 min"), (60_000, "1 min"), (462_000, "7 min 42 s"),
            (3_599_499, "59 min 59 s"), (3_599_500, "1 h"), (11_100_000, "3 h 5 min"),
            (86_400_000, "1 day"), (90_000_000, "1 day 1 h"), (172_800_000, "2 days"),
            (1_036_800_000, "12 days"), (-1, "0.0 s"), (.nan, "0.0 s"),
        ] as [(Double, String)])
    func duration(ms: Double, text: String) { #expect(ClockText.duration(ms) == text) }

    @Test(
        "whole seconds have no decimals, and a part of one is not none",
        arguments: [
            (0, "0 s"), (0.2, "1 ms"), (300, "300 ms"), (499.7, "500 ms"), (500, "1 s"),
            (1_499, "1 s"), (9_499, "9 s"), (9_500, "10 s"), (128_000, "2 min 8 s"),
        ] as [(Double, String)])
    func wholeSeconds(ms: Double, text: String) { #expect(ClockText.wholeSeconds(ms) == text) }

    @Test("recent times have a short form, and never that of another day")
    func recent() {
        // Tue 17 Nov 2026, 14:02.
        let now: Timestamp = 1_794_924_120_000
        for days in 0..<800 {
            let then = now - Double(days) * Self.dayMs
            let text = ClockText.recent(then, now: now)
            let parts = then.calendar
            switch days {
            case 0: #expect(text == "14:02")
            case 1...6: #expect(text.hasSuffix(" 14:02") && text.utf8.count == 9)
            default:
                #expect(text.hasPrefix("\(parts.day) "))
                #expect(text.hasSuffix(" \(parts.year)") == (parts.year != 2026), "\(text)")
            }
        }
        // The clock of a writer may be ahead: a day to come is named by its date.
        #expect(ClockText.recent(now + Self.dayMs, now: now) == "18 Nov")
        #expect(ClockText.dayName(now + Self.dayMs, now: now) == "Wed 18 Nov 2026")
    }

    @Test(
        "a position on a scale and its value are each other's inverse",
        arguments: [5, 6, 7] as [UInt64])
    func inverse(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        func unit() -> Double { Double(generator.next() >> 11) / Double(1 << 53) }
        for _ in 0..<2_000 {
            let kind: Scale.Kind = generator.next() & 1 == 0 ? .linear : .logarithmic
            let low = 0.001 + unit() * 100
            let high = low * (1.5 + unit() * 1_000)
            let isReversed = generator.next() & 1 == 0
            let scale = Scale(
                kind, low: low, high: high, start: isReversed ? 300 : 0, end: isReversed ? 0 : 300)
            #expect(abs(scale.position(of: low) - scale.start) < 1e-9)
            #expect(abs(scale.position(of: high) - scale.end) < 1e-9)
            let (a, b) = (low + unit() * (high - low), low + unit() * (high - low))
            #expect(abs(scale.value(at: scale.position(of: a)) - a) <= a * 1e-9, "seed \(seed)")
            if a < b {
                let (left, right) = (scale.position(of: a), scale.position(of: b))
                #expect((left <= right) != isReversed || left == right, "seed \(seed)")
            }
            // What is outside is held at the nearer end.
            #expect(scale.position(of: low - 1) == scale.position(of: low))
            #expect(scale.position(of: high * 2) == scale.position(of: high))
            #expect(scale.position(of: .nan) == scale.position(of: low))
        }
    }

    @Test("a step is 1, 2 or 5 times a power of ten, and the smallest that is enough")
    func steps() {
        var generator = SeededGenerator(seed: 8)
        for _ in 0..<2_000 {
            var value = Double(generator.next() >> 11) / Double(1 << 53) + 0.001
            for _ in 0..<generator.next() % 12 { value *= 10 }
            let step = Scale.niceStep(atLeast: value)
            #expect(step >= value * 0.999_99, "\(value)")
            #expect(step <= value * 2.500_1, "\(value): \(step)")
            #expect([1, 2, 5].contains { Scale.isPowerOfTen(step / $0) }, "\(value): \(step)")
        }
        for value in [0, -1, .nan, .infinity] as [Double] {
            #expect(Scale.niceStep(atLeast: value) == 1)
        }
    }

    @Test("an axis from zero ends on a tick at or above the maximum")
    func fromZero() {
        var generator = SeededGenerator(seed: 9)
        for _ in 0..<500 {
            let maximum = Double(generator.next() % 1_000_000) / 1_000 + 0.001
            let scale = Scale.fromZero(to: maximum, height: 200, ticks: 4)
            #expect(scale.low == 0 && scale.high >= maximum * 0.999_999, "\(maximum)")
            #expect(scale.high <= maximum * 2.6, "\(maximum)")
            let last = scale.ticks(4).last ?? 0
            #expect(abs(last - scale.high) <= scale.high * 1e-9, "\(maximum)")
            #expect(scale.position(of: 0) == 200 && scale.position(of: scale.high) == 0)
        }
        #expect(Scale.fromZero(to: 0, height: 1, ticks: 4).high == 1)
    }

    /// Where a path of moves and lines goes, read back from its bytes.
    private func points(of path: SVGPath) -> [Point] {
        var numbers: [Double] = []
        var text = ""
        var points: [Point] = []
        var (x, y) = (0.0, 0.0)
        var isRelative = false
        func end() {
            if let number = Double(
                text.hasPrefix(".") ? "0" + text : text.replacing("-.", with: "-0."))
            {
                numbers.append(number)
            }
            text = ""
            guard numbers.count == 2 else { return }
            (x, y) = isRelative ? (x + numbers[0], y + numbers[1]) : (numbers[0], numbers[1])
            points.append(Point(x, y))
            numbers = []
        }
        for byte in path.bytes {
            switch Character(Unicode.Scalar(byte)) {
            case "M":
                end()
                isRelative = false
            case "l":
                end()
                isRelative = true
            case " ": end()
            case "-":
                end()
                text = "-"
            case let other: text.append(other)
            }
        }
        end()
        return points
    }

    @Test("a path goes through its points, to half of a tenth", arguments: [1, 2, 3] as [UInt64])
    func path(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        func coordinate() -> Double { Double(Int(generator.next() % 2_000_001) - 1_000_000) / 997 }
        for _ in 0..<200 {
            let wanted = (0..<2 + Int(generator.next() % 30)).map { _ in
                Point(coordinate(), coordinate())
            }
            var path = SVGPath()
            path.polyline(wanted)
            let found = points(of: path)
            #expect(found.count == wanted.count, "seed \(seed)")
            for (a, b) in zip(found, wanted) {
                #expect(abs(a.x - b.x) <= 0.050_001, "seed \(seed)")
                #expect(abs(a.y - b.y) <= 0.050_001, "seed \(seed)")
            }
        }
    }

    @Test("a level stretch of a path is one line, with the points where it turns")
    func level() {
        func path(_ points: [(Double, Double)]) -> String {
            var path = SVGPath()
            path.polyline(points.map { Point($0.0, $0.1) })
            return String(decoding: path.bytes, as: UTF8.self)
        }
        #expect(path([(0, 5), (1, 5), (2, 5.04), (3, 5)]) == "M0 5l3 0")
        #expect(path([(0, 5), (1, 5), (2, 6), (3, 6), (4, 6)]) == "M0 5l1 0 1 1 2 0")
        #expect(path([(3, 5), (2, 5), (0, 5)]) == "M3 5l-3 0")
        #expect(path([(0, 5), (3, 5), (1, 5)]) == "M0 5l3 0-2 0")
        #expect(path([(0, 5), (1, 6), (2, 7)]) == "M0 5l1 1 1 1")
    }

    @Test("a path has only digits, signs and commands", arguments: [4, 5] as [UInt64])
    func alphabet(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let allowed = Set("0123456789.- Mlzh".utf8)
        for _ in 0..<500 {
            func any() -> Double { Double(bitPattern: generator.next()) }
            var path = SVGPath()
            path.move(any(), any())
            path.line(any(), any())
            path.rectangle(x: any(), y: any(), right: any(), bottom: any())
            path.dot(any(), any())
            path.area(
                top: [Point(any(), any()), Point(any(), any())], bottom: [Point(any(), any())])
            #expect(path.bytes.allSatisfy(allowed.contains), "seed \(seed)")
        }
        var nothing = SVGPath()
        nothing.polyline([])
        nothing.area(top: [Point(0, 0)], bottom: [])
        #expect(nothing.isEmpty)
    }
}
