import Testing
import TrackerLog
import TrackerTestSupport

@testable import tracker

@Suite("tracker cat")
struct CatCommandTests {
    private static let name = "00000000000000a0.000001.jsonl.zst"

    private func frame(_ seq: Int, _ events: [Event]) -> [UInt8] {
        SegmentBuilder.frame(
            SegmentBuilder.content(
                session: "s", writer: "00000000000000a0", seq: seq, events: events))
    }

    @Test("Lines come as they were written, repeated frames once")
    func lines() async throws {
        let harness = try CommandHarness()
        let (a, b) = (SegmentBuilder.samples(0..<3), SegmentBuilder.samples(3..<5))
        try harness.append(frame(0, a) + frame(1, b) + frame(0, a), to: "s", file: Self.name)
        var bytes: [UInt8] = []
        for event in a + b { #expect(EventEncoder.append(event, to: &bytes)) }
        let result = try await harness.run("cat", "s")
        #expect(result.status == 0)
        #expect(result.errors == "")
        #expect(result.output == String(decoding: bytes, as: UTF8.self))
    }

    @Test("As JSON each line says where it stands, and holds the event")
    func json() async throws {
        let harness = try CommandHarness()
        let first = frame(0, SegmentBuilder.samples(0..<2))
        try harness.append(
            first + frame(1, SegmentBuilder.samples(2..<3)), to: "s", file: Self.name)
        let values = try await harness.run("cat", "s", "--json").json
        #expect(values.count == 3)
        #expect(values.map { $0["file"]?.stringValue } == Array(repeating: Self.name, count: 3))
        #expect(values.map { $0["offset"]?.intValue } == [0, 0, first.count])
        #expect(values.map { $0["seq"]?.intValue } == [0, 0, 1])
        #expect(values.map { $0["event"]?["value"]?.intValue } == [0, 1, 2])
        let plain = try await harness.run("cat", "s")
        #expect(try plain.json == values.compactMap { $0["event"] })
    }

    @Test("Damage is skipped and named, and the exit status says so")
    func damaged() async throws {
        let harness = try CommandHarness()
        var middle = frame(1, SegmentBuilder.samples(2..<4))
        middle[middle.count / 2] ^= 0x55
        let first = frame(0, SegmentBuilder.samples(0..<2))
        try harness.append(
            first + middle + frame(2, SegmentBuilder.samples(4..<6)), to: "s", file: Self.name)
        let result = try await harness.run("cat", "s")
        #expect(result.status == 1)
        #expect(try result.json.map { $0["value"]?.intValue } == [0, 1, 4, 5])
        #expect(
            result.errors.hasPrefix(
                "\(Self.name): offset \(first.count), length \(middle.count): "), "\(result.errors)"
        )
    }

    /// The number of events that `show` has of the session.
    private func indexed(_ harness: CommandHarness) async throws -> Int? {
        try await harness.run("show", "s", "--json").value["events"]?.intValue
    }

    @Test("Lines whose files came back after a compaction come once, as the index counts them")
    func compactedAndBack() async throws {
        let harness = try CommandHarness()
        let lines = (1...2).map { "{\"ts\":\($0),\"metric\":\"m\",\"value\":\($0)}\n" }
        func place(_ number: Int) throws {
            try harness.append(
                Array(lines[number - 1].utf8), to: "s", file: "shared.00000\(number).jsonl")
        }
        for number in 1...2 { try place(number) }
        #expect(try await harness.run("compact", "--shared", "--quiet", "0").status == 0)
        for number in 1...2 { try place(number) }
        let printed = try await harness.run("cat", "s")
        #expect(printed.status == 0 && printed.lines.count == 2)
        #expect(Set(printed.lines.map { $0 + "\n" }) == Set(lines))
        #expect(try await indexed(harness) == 2)
    }

    @Test("One identity with two contents: the lines of both, as the index counts them")
    func conflict() async throws {
        let harness = try CommandHarness()
        for value in [1, 2, 1] {
            try harness.append(
                frame(0, SegmentBuilder.samples(value..<value + 1)), to: "s", file: Self.name)
        }
        #expect(try await harness.run("cat", "s").json.map { $0["value"]?.intValue } == [1, 2])
        #expect(try await indexed(harness) == 2)
    }

    @Test("As JSON a line of a bare file has its own offset, as in the lists of bad lines")
    func bareOffsets() async throws {
        let harness = try CommandHarness()
        try harness.append(["{\"ts\":1,\"metric\":\"m\",\"value\":1}", "no event"], to: "s")
        let values = try await harness.run("cat", "s", "--json").json
        let bad = try await harness.run("show", "s", "--json").value["health"]?["lines"]?.arrayValue
        #expect(values.map { $0["offset"]?.intValue } == [0, 32])
        #expect(values.map { $0["line"]?.intValue } == [1, 1])
        #expect(bad?.first?["offset"]?.intValue == 32)
    }

    @Test("A line that is no event is shown with its reason")
    func badLine() async throws {
        let harness = try CommandHarness()
        try harness.append(["{\"ts\":1,", "{\"ts\":1,\"metric\":\"m\",\"value\":1}"], to: "s")
        let values = try await harness.run("cat", "s", "--json").json
        #expect(values.count == 2)
        #expect(values[0]["text"]?.stringValue == "{\"ts\":1,")
        #expect(values[0]["bad"]?.stringValue != nil)
        #expect(values[0]["event"] == nil)
        #expect(values[1]["event"]?["metric"]?.stringValue == "m")
    }

    @Test(
        "JSON that is no event is not called one, and has the reason that `show` has",
        arguments: [
            "{}", "[1]", "7", "{\"ts\":1}", "{\"ts\":1,\"metric\":\"m\"}",
            "{\"ts\":1,\"kind\":\"x\"}",
            "{\"ts\":\"1\",\"metric\":\"m\",\"value\":1}",
            "{\"ts\":1,\"metric\":\"m\",\"value\":null}",
        ])
    func jsonThatIsNoEvent(line: String) async throws {
        let harness = try CommandHarness()
        try harness.append([line, "{\"ts\":1,\"metric\":\"m\",\"value\":1}"], to: "s")
        let values = try await harness.run("cat", "s", "--json").json
        let bad = try await harness.run("show", "s", "--json").value["health"]?["lines"]?.arrayValue
        #expect(values.count == 2)
        #expect(values[0]["event"] == nil)
        #expect(values[0]["text"]?.stringValue == line)
        let reason = try #require(bad?.first?["reason"]?.stringValue)
        #expect(values[0]["bad"]?.stringValue == reason)
        #expect(values[1]["event"] != nil)
    }

    @Test("In a pipe every byte stays; on a terminal none acts")
    func terminal() async throws {
        let harness = try CommandHarness()
        let lines = [
            "{\"ts\":1,\"metric\":\"\u{9B}31m\u{200B}\u{202E}\",\"value\":1}",
            "{\"ts\":1,\t\"metric\":\"é\u{61C}\",\"value\":2}", "\u{1B}[2J is no event",
        ]
        try harness.append(lines, to: "s")
        let raw = lines.map { $0 + "\n" }.joined()
        let piped = try await harness.run("cat", "s")
        #expect(Array(piped.output.utf8) == Array(raw.utf8))
        let shown = try await harness.run("cat", "s", isTerminal: true)
        #expect(shown.output == VisibleText.escaped(raw, keepsLines: true))
        #expect(shown.output.contains("\\u{9b}31m\\u{200b}\\u{202e}"))
        let json = try await harness.run("cat", "s", "--json")
        #expect(json.output.unicodeScalars.allSatisfy { $0 == "\n" || !VisibleText.isHidden($0) })
        #expect(
            try json.json.first?["event"]?["metric"]?.stringValue == "\u{9B}31m\u{200B}\u{202E}")
    }

    @Test("Bytes that are no UTF-8 stay in a pipe")
    func notText() async throws {
        let harness = try CommandHarness()
        try harness.append([0x22, 0xFF, 0xFE, 0x22, 0x0A], to: "s", file: "shared.000001.jsonl")
        let printed = try await harness.run("cat", "s")
        // The harness reads what was printed as UTF-8: two bytes became two marks, none more.
        #expect(printed.output == "\"\u{FFFD}\u{FFFD}\"\n")
    }
}
