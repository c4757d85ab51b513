import Testing
import TrackerLog
import TrackerPages
import TrackerTestSupport

@Suite("Numbers and times as text") struct ViewFormatTests {
    @Test(
        "a value has three digits that matter",
        arguments: [
            (0, "0"), (2.921, "2.92"), (13.84, "13.8"), (164.4, "164"), (1_204.4, "1,204"),
            (9.996, "10.0"), (99.96, "100"), (999.6, "1,000"), (0.04214, "0.0421"),
            (0.9996, "1.00"), (-4.5, "−4.50"), (1e-7, "1.00e-7"), (1.5e12, "1.50e12"),
            (123_456_789, "123,456,789"), (.nan, "–"), (.infinity, "–"),
            (.leastNonzeroMagnitude, "4.94e-324"), (1.797e308, "1.80e308"),
        ] as [(Double, String)])
    func value(number: Double, expected: String) {
        #expect(NumberText.value(number) == expected)
    }

    @Test(
        "counts have separators",
        arguments: [
            (0, "0"), (999, "999"), (1_000, "1,000"), (430_935, "430,935"),
            (-1_234_567, "−1,234,567"), (Int.max, "9,223,372,036,854,775,807"),
            (Int.min, "−9,223,372,036,854,775,808"),
        ])
    func count(number: Int, expected: String) { #expect(NumberText.count(number) == expected) }

    @Test(
        "a percentage is never 0 with a part, nor 100 with something left",
        arguments: [
            (0, 10, "0"), (10, 10, "100"), (23, 430_935, "0.005"), (1, 1_000_000_000, "<0.001"),
            (999_999, 1_000_000, ">99.9"), (1, 3, "33.3"), (5, 100, "5.00"), (0, 0, "–"),
        ])
    func percent(part: Int, whole: Int, expected: String) {
        #expect(NumberText.percent(part, of: whole) == expected)
    }

    @Test(
        "ticks are short",
        arguments: [
            (0, "0"), (0.5, "0.5"), (20, "20"), (1_200, "1,200"), (20_000, "20k"),
            (2_500_000, "2.5M"), (-5, "−5"), (0.30000000000000004, "0.3"), (0.00001, "1.00e-5"),
        ] as [(Double, String)])
    func tick(number: Double, expected: String) { #expect(NumberText.tick(number) == expected) }

    @Test(
        "moments are in UTC",
        arguments: [
            (0, "1970-01-01T00:00:00.000Z", "Thu 1 Jan 1970"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z", "Tue 29 Feb 2000"),
            (1_794_924_131_250, "2026-11-17T14:02:11.250Z", "Tue 17 Nov 2026"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999Z", "Fri 31 Dec 9999"),
            (-5, "1970-01-01T00:00:00.000Z", "Thu 1 Jan 1970"),
        ] as [(Timestamp, String, String)])
    func moment(time: Timestamp, machine: String, date: String) {
        #expect(ClockText.machine(time) == machine)
        #expect(ClockText.date(time) == date)
    }

    @Test(
        "elapsed time reads like a stopwatch",
        arguments: [
            (7_000, "0:07"), (761_000, "12:41"), (3_723_000, "1:02:03"),
            (273_600_000, "3d 4:00:00"),
            (-1, "0:00"), (.nan, "0:00"),
        ] as [(Double, String)])
    func elapsed(milliseconds: Double, expected: String) {
        #expect(ClockText.elapsed(milliseconds) == expected)
    }

    /// `Tests/Scripts/test_page_script.py` reads the same table with the script of the page.
    @Test("the page and its script write the same times")
    func sharedTable() throws {
        let here = #filePath
        let end = try #require(here.firstRange(of: "/Tests/TrackerPagesTests/")).lowerBound
        let folder = try PosixStorage(
            root: String(here[..<end]) + "/Tests/Fixtures", create: false)
        let bytes = try folder.readAll(StoragePath("page-times.json"), limit: 1 << 20)
        let rows = try #require(JSONValue.parsed(bytes)?.arrayValue)
        #expect(rows.count > 30)
        for row in rows {
            let cells = try #require(row.arrayValue)
            let (form, text) = (cells[0].stringValue, cells[2].stringValue)
            let milliseconds = try #require(cells[1].doubleValue)
            let time = Timestamp(clamping: milliseconds)
            let shown =
                switch form {
                case "elapsed": ClockText.elapsed(milliseconds)
                case "minute": ClockText.minute(time)
                case "clock": ClockText.clock(time)
                case "clockTenths": ClockText.clockTenths(time)
                case "dateMinute": ClockText.dateMinute(time)
                default: "no such form"
                }
            #expect(shown == text, "\(row.text)")
        }
    }

    @Test(
        "a number with its unit, on a page",
        arguments: [
            (3_301_000_000, "bytes", "3.30 GB", "3.30 GB"), (812, "B", "812 B", "812 B"),
            (19.02, "ms", "19.0 ms", "19.0"), (1_250, "ms", "1.25 s", "1,250"),
            (1_250, nil, "1,250", "1,250"), (-4.5, "°C", "−4.50 °C", "−4.50"),
            (.nan, "MB", "–", "–"), (0, "MB", "0 MB", "0 MB"),
        ] as [(Double, String?, String, String)])
    func units(number: Double, unit: String?, alone: String, inColumn: String) {
        #expect(NumberText.quantity(number, unit: unit) == alone)
        #expect(NumberText.cell(number, unit: unit) == inColumn)
    }

    @Test(
        "sizes are in decimal units",
        arguments: [
            (0, "0 B"), (999, "999 B"), (1_000, "1.00 kB"), (999_499, "999 kB"),
            (999_500, "1.00 MB"), (4_200_000, "4.20 MB"), (Int.max, "9.22 EB"),
        ])
    func bytes(count: Int, text: String) { #expect(NumberText.bytes(count) == text) }

    @Test(
        "durations are in words",
        arguments: [
            (300, "0.3 s"), (42_400, "42 s"), (9_960, "10 s"), (462_000, "7 min 42 s"),
            (11_100_000, "3 h 5 min"), (172_800_000, "2 days"), (90_000_000, "1 day 1 h"),
        ] as [(Double, String)])
    func duration(milliseconds: Double, expected: String) {
        #expect(ClockText.duration(milliseconds) == expected)
    }

    @Test("how recent a moment is")
    func recent() {
        let now: Timestamp = 1_794_924_131_000
        #expect(ClockText.recent(now - 3_600_000, now: now) == "13:02")
        #expect(ClockText.recent(now - 86_400_000, now: now) == "Mon 14:02")
        #expect(ClockText.recent(now - 10 * 86_400_000, now: now) == "7 Nov")
        #expect(ClockText.recent(now - 400 * 86_400_000, now: now) == "13 Oct 2025")
        #expect(ClockText.dayName(now - 86_400_000, now: now) == "Yesterday")
    }

    @Test(
        "any number gives a text that no digit is missing from",
        arguments: [11, 12, 13] as [UInt64])
    func anyNumber(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<20_000 {
            let number = Double(bitPattern: generator.next())
            let text = NumberText.value(number)
            #expect(!text.isEmpty && !text.contains("nan"), "seed \(seed), \(number)")
            _ = NumberText.tick(number)
        }
    }

    @Test("a link is one decoding away from the ids, or from their folders")
    func links() throws {
        let path = sessionPath(user: try UserID("Ada B"), session: try SessionID("../x"))
        #expect(path == "/sessions/Ada%20B/..%2Fx")
        #expect(
            sessionPath(user: try UserID("%41"), session: try SessionID("u\u{308}"))
                == "/sessions/%2541/u%CC%88")
        #expect(
            sessionPath(user: try UserID("A"), session: try SessionID(".."))
                == "/sessions/by-folder/%2541/%252e.")
        #expect(percentEncoded("a b&=\"<é") == "a%20b%26%3D%22%3C%C3%A9")
    }
}
