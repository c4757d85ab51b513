import Testing
import TrackerImport
import TrackerLog

@Suite("Import: numbers and times as tools write them")
struct TextTests {
    @Test(arguments: [
        ("12", 12.0), ("-1.5", -1.5), (".85877", 0.85877), ("1.7e+07", 1.7e7), ("0.040", 0.04),
        ("123456789012345678", 123_456_789_012_345_680),
        ("0.017731481481481473", 0.017731481481481473),
    ])
    func numbers(_ text: String, _ value: Double) {
        #expect(DecimalText.number(text) == value)
        let bytes = Array(text.utf8)
        let read = unsafe bytes.withUnsafeBytes { unsafe DecimalText.number(ByteView($0)) }
        #expect(read == value)
    }

    @Test(arguments: ["", "-", ".", "N/A", "nan", "-nan", "inf", "0x10", "1,5", "1 2", "1e999"])
    func noNumbers(_ text: String) {
        #expect(DecimalText.number(text) == nil)
        let bytes = Array(text.utf8)
        let read = unsafe bytes.withUnsafeBytes { unsafe DecimalText.number(ByteView($0)) }
        #expect(read == nil)
    }

    @Test(arguments: [
        ("0,040%", ",", 0.04), ("1.234,5", ",", 1_234.5), ("1 234,5", ",", 1_234.5),
        (".85877", ".", 0.85877), ("1,234.5", ".", 1_234.5), ("12", ",", 12),
    ])
    func localized(_ text: String, _ decimal: String, _ value: Double) throws {
        let point = try #require(decimal.unicodeScalars.first)
        #expect(DecimalText.localized(text, decimal: point) == value)
    }

    @Test func units() {
        #expect(DecimalText.scaled("12.3k") == 12_300)
        #expect(DecimalText.scaled("748") == 748)
        #expect(DecimalText.bytes("1.50KB") == 1_536)
        #expect(DecimalText.bytes("19.00 MiB") == 19_922_944)
        #expect(DecimalText.bytes("12") == nil)
        #expect(DecimalText.percent("93.50%") == 93.5)
    }

    @Test(arguments: [
        ("635.91us", 0.63591), ("1.32ms", 1.32), ("30s", 30_000), ("2.00m", 120_000),
        ("0.0123 secs", 12.3), ("1h", 3.6e6), ("250ns", 0.00025),
    ])
    func durations(_ text: String, _ ms: Double) {
        #expect(DurationText.milliseconds(text).map { abs($0 - ms) < 1e-9 * ms } == true)
    }

    @Test(arguments: [
        ("1m2.5s", 62_500.0), ("1h2m3.5s", 3_723_500), ("326.9ms", 326.9), ("90µs", 0.09),
        ("0s", 0), ("0", 0), ("-1.5s", -1_500),
    ])
    func goDurations(_ text: String, _ ms: Double) { #expect(DurationText.go(text) == ms) }

    @Test(arguments: ["", "12", "1.5x", "ms", "s5"])
    func noDurations(_ text: String) {
        #expect(DurationText.go(text) == nil)
        #expect(DurationText.milliseconds(text) == nil)
    }

    @Test(arguments: [
        "1785578402", "1785578402000", "1785578402000000", "1785578402000000000",
        "2026-08-01T10:00:02Z", "2026-08-01T12:00:02+02:00",
        "2026/08/01 10:00:02", "2026-08-01 10:00:02,000", "2026/8/1 10:00:02.000",
        "01.08.2026 10:00:02",
    ])
    func times(_ text: String) {
        guard case .time(let time, _) = TimeText.read(text) else {
            Issue.record("no time: \(text)")
            return
        }
        #expect(time == Timestamp(clamping: 1_785_578_402_000))
    }

    @Test("day and month that cannot be told apart are not guessed")
    func ambiguousTimes() {
        for text in ["11/10/2026 10:00:00", "2026/20/11 10:00:00", "1/2/26 10:00"] {
            guard case .ambiguous(let why) = TimeText.read(text) else {
                Issue.record("guessed: \(text)")
                continue
            }
            #expect(why.hasPrefix(text))
        }
        for text in ["20/11/2026 10:00:00", "11/20/2026 10:00:00", "11/20/26 10:00"] {
            guard case .time(let time, let hasZone) = TimeText.read(text) else {
                Issue.record("no time: \(text)")
                continue
            }
            #expect("\(time)" == "2026-11-20T10:00:00.000Z" && !hasZone)
        }
        #expect(TimeText.read("yesterday") == .none)
    }

    @Test func urls() {
        var same = URLSummary()
        for url in ["http://a:1/x", "http://a:1/y", "http://a:1/x"] { same.add(url) }
        #expect(same.text == "http://a:1/")
        same.add("http://b/")
        #expect(same.text == nil)
        #expect(URLSummary.route(of: "http://a:1/x/y?token=1#z") == "/x/y")
        #expect(URLSummary.route(of: "http://a:1") == "/")
        #expect(URLSummary.route(of: "checkout") == "checkout")
    }

    @Test("a password in a URL does not come into the log")
    func urlsWithoutUser() {
        #expect(URLSummary.withoutUser("http://u:p@a:1/x@y?z=1") == "http://a:1/x@y?z=1")
        #expect(URLSummary.withoutUser("curl https://u:p@a -H b@c") == "curl https://a -H b@c")
        for url in ["http://a/x@y", "u@a", "http://a?b@c", "curl http://a -d b@c"] {
            #expect(URLSummary.withoutUser(url) == nil)
        }
        let imported = Imported(
            """
            Running 2s test @ http://u:secret@a:1/x
              1 threads and 1 connections
              Thread Stats   Avg      Stdev     Max   +/- Stdev
                Latency     1.20ms  400.00us   2.00ms   80.00%
                Req/Sec     1.50      0.50     2.00    100.00%
              3 requests in 2.00s, 1.00KB read
            Requests/sec:      1.50
            Transfer/sec:     512.00B

            """)
        #expect(imported.started.map(\.target) == ["http://a:1/x"])
        #expect(!imported.lines.joined().contains("secret"))
        #expect(imported.param("import_left_out")?.contains("password") == true)
    }

    @Test("a number that ends with its point has lost digits, unless a program sends it")
    func openNumbers() {
        for text in ["5.", "0.", "-12.", ".", "1.5."] { #expect(DecimalText.number(text) == nil) }
        #expect(DecimalText.sent("5.") == 5)
        #expect(DecimalText.sent("-0.5") == -0.5)
        for text in [".", "1.5.", "-.", ""] { #expect(DecimalText.sent(text) == nil) }
    }

    @Test func percentileNames() {
        #expect(ReportedNumbers.percentileName("99.9") == "p999_ms")
        #expect(ReportedNumbers.percentileName("50") == "p50_ms")
        #expect(ReportedNumbers.percentileName("99.00") == "p99_ms")
        #expect(ReportedNumbers.percentileName("5") == "p05_ms")
        #expect(ReportedNumbers.percentileName("2.5") == "p025_ms")
        #expect(ReportedNumbers.percentileName("6.25") == "p0625_ms")
        #expect(ReportedNumbers.percentileName(".5") == "p005_ms")
        #expect(ReportedNumbers.percentileName("100") == "p100_ms")
    }
}
