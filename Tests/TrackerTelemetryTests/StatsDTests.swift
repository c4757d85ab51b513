import Testing
import TrackerImport
import TrackerLog
import TrackerTelemetry
import TrackerTestSupport

/// Takes a text as one datagram.
extension StatsDAggregation {
    fileprivate mutating func take(_ text: String) {
        let bytes = Array(text.utf8)
        unsafe bytes.withUnsafeBytes { unsafe take(ByteView($0)) }
    }

    fileprivate mutating func events(lastingMs: Double = 1_000) -> [Event] {
        takeInterval(from: Timestamp.epoch, lastingMs: lastingMs).records.map(\.event)
    }
}

extension Event {
    fileprivate var sample: Sample? { if case .sample(let sample) = self { sample } else { nil } }
    fileprivate var distribution: Distribution? {
        if case .distribution(let distribution) = self { distribution } else { nil }
    }
}

@Suite("StatsD: what datagrams mean")
struct StatsDTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var text: String
        var metric: String
        var value: Double
        var unit: String?
        var labels: [Label] = []
        var testDescription: String { text }
    }

    @Test(
        "Counters are rates and gauges are values",
        arguments: [
            Row(text: "a:1|c", metric: "a", value: 1, unit: "/s"),
            Row(text: "a:1|c\na:4|c", metric: "a", value: 5, unit: "/s"),
            Row(text: "a:-2|c", metric: "a", value: -2, unit: "/s"),
            Row(text: "a:1|c|@0.1", metric: "a", value: 10, unit: "/s"),
            Row(text: "a:1:2:3|c|@0.5", metric: "a", value: 12, unit: "/s"),
            Row(text: "q:5|g", metric: "q", value: 5),
            Row(text: "q:5|g\nq:+3|g\nq:-1|g", metric: "q", value: 7),
            // The StatsD client sets a negative gauge so.
            Row(text: "q:0|g\nq:-5|g", metric: "q", value: -5),
            // DogStatsD has no differences.
            Row(
                text: "q:5|g|#a:b\nq:-5|g|#a:b", metric: "q", value: -5, labels: [Label("a", "b")]),
            Row(
                text: "n:1|c|#z:1,a,b:x:y,a:2|c:container|T1700000000", metric: "n", value: 1,
                unit: "/s", labels: [Label("a", "true"), Label("b", "x:y"), Label("z", "1")]),
            Row(text: "  é.µ:1e2|g\r\n", metric: "é.µ", value: 100),
        ])
    func single(_ row: Row) throws {
        var aggregation = StatsDAggregation()
        aggregation.take(row.text)
        let events = aggregation.events()
        try #require(events.count == 1, "\(events)")
        let sample = try #require(events[0].sample)
        #expect(sample.metric == row.metric)
        #expect(abs(sample.value - row.value) < 1e-9)
        #expect(sample.unit == row.unit)
        #expect(sample.labels == row.labels)
        #expect(aggregation.counts.refusedCount == 0)
    }

    @Test("Timers and distributions are counted in the buckets of single samples, and by rate")
    func distributions() throws {
        var aggregation = StatsDAggregation()
        for value in 1...100 { aggregation.take("t:\(value)|ms") }
        aggregation.take("h:2:4|h|@0.25\nd:7|d")
        let found = aggregation.events().compactMap(\.distribution)
        #expect(found.map(\.metric) == ["t", "h", "d"])
        #expect(found.map(\.unit) == ["ms", nil, nil])
        #expect(found.map(\.count) == [100, 8, 1])
        #expect(found.map(\.sum) == [5_050, 24, 7])
        #expect(found[0].min == 1 && found[0].max == 100)
        let whole = (1...100).map { Bucket.index(of: Double($0)) }
        let expected = Dictionary(grouping: whole, by: \.self).mapValues { UInt64($0.count) }
        let counted = found[0].histogram.map { ($0.bucket, $0.count) }
        #expect(Dictionary(uniqueKeysWithValues: counted) == expected)
        #expect(aggregation.events().isEmpty, "an interval without values has no events")
    }

    @Test("A rate that is no whole number of events is right in the mean")
    func oddRate() throws {
        var aggregation = StatsDAggregation()
        for _ in 0..<300 { aggregation.take("t:1|ms|@0.3") }
        let count = try #require(aggregation.events().first?.distribution?.count)
        #expect(abs(count - 1_000) <= 1)
    }

    @Test("A counter that pauses is zero for a while, then silent, and a rate is per second")
    func pause() {
        var aggregation = StatsDAggregation()
        aggregation.take("a:10|c")
        #expect(aggregation.events(lastingMs: 2_000).first?.sample?.value == 5)
        for _ in 0..<TelemetryLimits.counterZeros {
            #expect(aggregation.events().first?.sample?.value == 0)
        }
        #expect(aggregation.events().isEmpty)
        aggregation.take("a:1|c")
        #expect(aggregation.events().first?.sample?.value == 1)
    }

    @Test(
        "What is no metric is counted and named; what is around it counts",
        arguments: [
            ("a|c", StatsDRefusal.malformed), (":1|c", .malformed), ("a:1", .malformed),
            ("a:1|x", .malformed), ("a:one|c", .malformed), ("a:|c", .malformed),
            ("a:1|c|@0", .malformed), ("a:1|c|@2", .malformed), ("a:1|c|@1e-300", .malformed),
            ("a:nan|g", .malformed), ("a:inf|g", .malformed), ("a:0x10|g", .malformed),
            ("users:ada|s", .notSupported), ("_e{1,1}:a|b", .notSupported),
            ("_sc|db|0", .notSupported),
            (String(repeating: "n", count: 129) + ":1|c", .malformed),
        ])
    func refused(_ line: String, _ refusal: StatsDRefusal) throws {
        var aggregation = StatsDAggregation()
        aggregation.take("before:1|g\n\(line)\nafter:1|g")
        #expect(aggregation.events().count == 2)
        #expect(aggregation.counts.count(of: refusal) == 1)
        #expect(aggregation.counts.refusedCount == 1)
        let example = try #require(aggregation.counts.example)
        #expect(example.hasSuffix(String(line.prefix(TelemetryLimits.quotedBytes))))
    }

    @Test("Of several values the bad ones are refused")
    func mixedValues() {
        var aggregation = StatsDAggregation()
        aggregation.take("t:1:x:3|ms")
        #expect(aggregation.events().first?.distribution?.count == 2)
        #expect(aggregation.counts.count(of: .malformed) == 1)
        #expect(aggregation.counts.values == 2)
    }

    @Test(
        "A value that does not fit with those before it is refused, and they stay",
        arguments: [
            ("t:1e308:1e308:5|ms", 2), ("t:-1e308:-1e308|d", 1), ("t:1e308|h|@0.1\nt:5|h", 1),
            ("c:1e308|c\nc:5|c", 1), ("c:1e305:1e305:5|c", 2), ("c:1e304|c|@0.01\nc:5|c", 1),
            ("g:1e308|g\ng:+1e308|g\ng:+0|g", 2), ("g:1e308|g|#a:b", 1),
        ])
    func tooLarge(_ text: String, _ taken: Int) throws {
        var aggregation = StatsDAggregation()
        aggregation.take(text)
        let records = aggregation.takeInterval(from: .epoch, lastingMs: 1).records
        let counts = aggregation.counts
        #expect(counts.values == taken)
        #expect(counts.count(of: .tooLarge) == counts.refusedCount)
        let sent = text.split(separator: "\n").reduce(0) { sum, line in
            sum + line.prefix { $0 != "|" }.count { $0 == ":" }
        }
        #expect(taken + counts.refusedCount == sent)
        #expect(records.map(\.values) == [taken])
        var line: [UInt8] = []
        #expect(EventEncoder.append(try #require(records.first).event, to: &line))
    }

    @Test("A counter of which nothing was taken has no zeros")
    func nothingTaken() {
        var aggregation = StatsDAggregation()
        aggregation.take("c:1e308|c")
        #expect(aggregation.counts.values == 0)
        #expect(aggregation.events().isEmpty && aggregation.events().isEmpty)
    }

    @Test("Values that the log does not take are counted there alone, and zeros are no values")
    func notRecorded() {
        var aggregation = StatsDAggregation()
        aggregation.take("t:1:2:3|ms\nc:1:1|c\ng:1|g")
        let records = aggregation.takeInterval(from: .epoch, lastingMs: 1_000).records
        #expect(records.map(\.values).sorted() == [1, 2, 3])
        aggregation.refuse(recorded: 5)
        #expect(aggregation.counts.values == 1)
        #expect(aggregation.counts.count(of: .notRecorded) == 5)
        let quiet = aggregation.takeInterval(from: .epoch, lastingMs: 1_000).records
        #expect(quiet.map(\.values) == [0])
    }

    @Test("Series beyond the limit are refused; those that are known go on")
    func tooMany() {
        var aggregation = StatsDAggregation(maxSeries: 2)
        aggregation.take("a:1|c|#x:1\na:1|c|#x:2\na:1|c|#x:3\na:1|c|#x:1")
        #expect(aggregation.events().count == 2)
        #expect(aggregation.counts.count(of: .tooManySeries) == 1)
        aggregation.forgetSeries()
        aggregation.take("a:1|c|#x:3")
        #expect(aggregation.events().count == 1)
    }

    @Test("Tags in another order are the same series; kinds are others")
    func sameSeries() {
        var aggregation = StatsDAggregation()
        aggregation.take("a:1|c|#x:1,y:2\na:1|c|#y:2,x:1\na:1|g|#x:1,y:2")
        #expect(aggregation.events().compactMap(\.sample?.value).sorted() == [1, 2])
    }

    @Test("Any bytes are taken or refused, and every event is a line of the log", arguments: 1...8)
    func anyBytes(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let alphabet = Array("a:|#@c1.,ms-g\n\u{FF}h0".utf8) + [0, 0xFF, 0x80]
        var aggregation = StatsDAggregation(maxSeries: 50)
        for _ in 0..<5_000 {
            let length = Int.random(in: 0...40, using: &random)
            let bytes = (0..<length).map { _ in
                alphabet[Int.random(in: 0..<alphabet.count, using: &random)]
            }
            unsafe bytes.withUnsafeBytes { unsafe aggregation.take(ByteView($0)) }
        }
        #expect(aggregation.counts.datagrams == 5_000)
        for event in aggregation.events() {
            var line: [UInt8] = []
            #expect(EventEncoder.append(event, to: &line), "\(event)")
        }
    }
}

@Suite("StatsD: datagrams that the system discarded")
struct ReceiveDropsTests {
    /// A line of the table, with the columns between as they usually are.
    private func row(_ address: String, drops: Int) -> String {
        " 104: \(address) 00000000:0000 07 00000000:00000000 00:00000000 00000000 0 0 11 2 0000"
            + " \(drops)\n"
    }

    private var table: String {
        "sl local_address …\n" + row("0100007F:1FBD", drops: 17) + row("00000000:1FBD", drops: 5)
            + row("0100007F:1FBE", drops: 9)
    }

    @Test("Those of the loopback socket of the port")
    func counted() {
        #expect(ReceiveDrops.count(in: table, port: 8125) == 17)
        #expect(ReceiveDrops.count(in: table, port: 8126) == 9)
        #expect(ReceiveDrops.count(in: table, port: 1) == nil)
        #expect(ReceiveDrops.count(in: "", port: 8125) == nil)
    }

    @Test("The address of IPv6 is as the system writes it")
    func secondFamily() {
        let table = "sl …\n" + row("00000000000000000000000001000000:1FBD", drops: 4)
        #expect(ReceiveDrops.count(in: table, port: 8125) == 4)
    }
}
