import Testing
import TrackerLog
import TrackerTestSupport

/// A point in time: always finite, ordered like its milliseconds, exact in text and in the log.
@Suite("Timestamp")
struct TimestampTests {
    /// The first millisecond of year 0, and the last of year 9999.
    private static let shown: ClosedRange<Timestamp> = -62_167_219_200_000...253_402_300_799_999

    private static let seeds: Range<UInt64> = 0..<UInt64(TestMode.rounds(4, long: 200))

    /// Times of all magnitudes: of the calendar, near the epoch, and any finite double.
    private static func any(_ random: inout SeededGenerator) -> Timestamp {
        switch Int.random(in: 0..<3, using: &random) {
        case 0: whole(&random)
        case 1: Timestamp(clamping: Double.random(in: -1e6...1e6, using: &random))
        default: Timestamp(milliseconds: Double(bitPattern: random.next())) ?? .epoch
        }
    }

    /// A whole number of milliseconds within the years 0 to 9999.
    private static func whole(_ random: inout SeededGenerator) -> Timestamp {
        let range = Int(shown.lowerBound.milliseconds)...Int(shown.upperBound.milliseconds)
        return Timestamp(clamping: Double(Int.random(in: range, using: &random)))
    }

    @Test(
        "what is no finite number is no time",
        arguments: [.nan, .infinity, -.infinity] as [Double])
    func refused(_ number: Double) {
        #expect(Timestamp(milliseconds: number) == nil)
        #expect(Timestamp(clamping: number).milliseconds.isFinite)
    }

    @Test(
        "the order is that of the milliseconds, and equal times are one",
        arguments: seeds)
    func order(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let times = (0..<2_000).map { _ in Self.any(&random) }
        let sorted = times.sorted()
        #expect(sorted.map(\.milliseconds) == times.map(\.milliseconds).sorted(), "seed \(seed)")
        #expect(Set(times).count == Set(times.map(\.milliseconds)).count, "seed \(seed)")
        #expect(Set([Timestamp(clamping: 0), Timestamp(clamping: -0.0)]).count == 1)
    }

    @Test(
        "whole milliseconds survive the way into text and back",
        arguments: seeds)
    func textRoundTrip(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var times = (0..<2_000).map { _ in Self.whole(&random) }
        times += [Self.shown.lowerBound, Self.shown.upperBound, .epoch, -1, 1]
        for time in times {
            #expect(Timestamp(rfc3339: time.description) == time, "seed \(seed)")
            #expect(Timestamp(iso8601AssumingUTC: time.description) == time, "seed \(seed)")
        }
        // All texts are equally long: they sort as the times do.
        times.sort()
        #expect(times.map(\.description) == times.map(\.description).sorted(), "seed \(seed)")
        #expect(times.map(\.compactText) == times.map(\.compactText).sorted(), "seed \(seed)")
    }

    @Test("text holds a fraction down to the millisecond, and other years at the nearest end")
    func textOfAny() {
        #expect(Timestamp(clamping: 1.999).description == "1970-01-01T00:00:00.001Z")
        #expect(Timestamp(clamping: -0.5).description == "1969-12-31T23:59:59.999Z")
        #expect(Timestamp(clamping: -1e300).description == "0000-01-01T00:00:00.000Z")
        #expect(Timestamp(clamping: 1e300).description == "9999-12-31T23:59:59.999Z")
        #expect(Timestamp(clamping: 1_795_442_531_500).compactText == "20261123-140211")
    }

    @Test("a missing zone is UTC, and a space may stand for the T")
    func iso8601() {
        let time: Timestamp = 1_795_442_531_000
        for text in ["2026-11-23T14:02:11", "2026-11-23 14:02:11", "2026-11-23 15:02:11+01:00"] {
            #expect(Timestamp(iso8601AssumingUTC: text) == time, "\(text)")
            #expect(Timestamp(rfc3339: text) == nil, "\(text)")
        }
        #expect(Timestamp(iso8601AssumingUTC: "2026-11-23") == nil)
    }

    @Test(
        "arithmetic is that of doubles, and never leaves them",
        arguments: seeds)
    func arithmetic(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<2_000 {
            let (a, b) = (Self.any(&random), Self.any(&random))
            let offset = Self.any(&random).milliseconds
            let sum = a.milliseconds + offset
            #expect(
                a.advanced(byMilliseconds: offset) == Timestamp(clamping: sum), "seed \(seed)")
            #expect(a.advanced(byMilliseconds: offset).milliseconds.isFinite)
            #expect(a.advanced(byMilliseconds: .infinity) >= b)
            #expect(a.advanced(byMilliseconds: -.infinity) <= b)
            #expect(a.advanced(byMilliseconds: .nan) == a)
            #expect(a.milliseconds(since: a) == 0)
            #expect(a.milliseconds(since: b) == -b.milliseconds(since: a))
            let (from, to) = (Self.whole(&random), Self.whole(&random))
            #expect(
                from.advanced(byMilliseconds: to.milliseconds(since: from)) == to, "seed \(seed)")
        }
    }

    @Test("each day of 800 years has the date and weekday that counting gives")
    func calendar() {
        // Saturday 1 January 1600, counted on day by day.
        var (year, month, day, weekday) = (1_600, 1, 1, 6)
        var time: Timestamp = -11_676_096_000_000
        let lengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        while year < 2_400 {
            let last = time + 86_399_999
            let (first, end) = (time.calendar, last.calendar)
            guard
                [first.year, first.month, first.day, first.weekday] == [year, month, day, weekday],
                [end.year, end.month, end.day, end.weekday] == [year, month, day, weekday],
                [first.hour, first.minute, first.second, first.millisecond] == [0, 0, 0, 0],
                [end.hour, end.minute, end.second, end.millisecond] == [23, 59, 59, 999],
                last.dayNumber == time.dayNumber
            else {
                Issue.record("\(year)-\(month)-\(day) is \(first) to \(end)")
                return
            }
            let isLeap = year % 400 == 0 || (year % 4 == 0 && year % 100 != 0)
            day += 1
            weekday = (weekday + 1) % 7
            let length = lengths[month - 1] + (month == 2 && isLeap ? 1 : 0)
            if day > length { (month, day) = (month + 1, 1) }
            if month > 12 { (year, month) = (year + 1, 1) }
            time = time + 86_400_000
        }
    }

    @Test(
        "any time is the same after the way through a line of the log",
        arguments: seeds)
    func throughTheLog(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<500 {
            let edit = Edit(
                timestamp: Self.any(&random), kind: .note, text: "n", from: Self.any(&random),
                to: Self.any(&random))
            for event in [
                Event.edit(edit),
                .sample(Sample(timestamp: edit.timestamp, metric: "m", value: 1)),
            ] {
                var line: [UInt8] = []
                #expect(EventEncoder.append(event, to: &line), "seed \(seed)")
                #expect(try EventParser.parse(line.dropLast()) == event, "seed \(seed)")
            }
        }
    }
}
