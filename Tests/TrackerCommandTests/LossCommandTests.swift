import Testing
import TrackerLog

@testable import tracker

@Suite("Commands say what is missing of a session")
struct LossCommandTests {
    /// Twelve seconds of a run, a frame for each; the frames of `lost` are not there.
    private static func add(
        _ session: String, second: Int, lost: Set<Int>, to harness: CommandHarness
    ) throws {
        let lines = CommandHarness.Run(second: second).lines
        for seq in 0..<12 where !lost.contains(seq) {
            let from = 1 + seq * 20
            var part = Array(lines[from..<from + 20])
            if seq == 0 { part.insert(lines[0], at: 0) }
            if seq == 11 { part += lines.suffix(1) }
            var bytes: [UInt8] = []
            FrameHeader(
                session: session, identity: FrameIdentity(writer: "00000000000000a1", seq: seq),
                events: part.count
            ).write(to: &bytes)
            bytes += Array(part.map { $0 + "\n" }.joined().utf8)
            try harness.append(bytes, to: session, file: "00000000000000a1.000001.jsonl")
        }
    }

    @Test("show, sessions, compare and gate, as text and as JSON")
    func all() async throws {
        let harness = try CommandHarness()
        try Self.add("whole", second: 0, lost: [], to: harness)
        try Self.add("lossy", second: 600, lost: [5, 6, 9], to: harness)
        let share = "about 25% of the records of this session are missing (3 frames, about 6"
        let show = try await harness.run("show", "lossy")
        #expect(show.output.replacing("\n", with: " ").contains(share), "\(show.output)")
        #expect(show.output.contains("throughput is a lower bound"))
        #expect(!(try await harness.run("show", "whole")).output.contains("missing"))
        let lost = try await harness.run("show", "lossy", "--json").value["health"]?["lost"]
        #expect(lost?["frames"]?.intValue == 3 && lost?["times"]?.arrayValue?.count == 2)
        let list = try await harness.run("sessions", "--wide")
        #expect(list.lines.contains { $0.contains("lossy") && $0.contains("25% missing") })
        #expect(list.lines.contains { $0.contains("/whole") && $0.contains("whole ") })
        let rows = try #require(try await harness.run("sessions", "--json").value.arrayValue)
        let shares = rows.map { $0["lost"]?["share"]?.doubleValue }
        #expect(shares.compactMap(\.self).count == 1 && shares.contains { ($0 ?? 0) > 0.24 })
        let compared = try await harness.run("compare", "whole", "lossy")
        #expect(
            compared.output.replacing("\n", with: " ").contains("B: run r1: \(share)"),
            "\(compared.output)")
        #expect(!compared.output.contains("A: run r1: about"))
        let gate = try await harness.run(
            "gate", "--target", "http://localhost:3000/", "--against", "last")
        #expect((gate.output + gate.errors).contains("missing"), "\(gate)")
    }

    @Test("verify counts implausible times, and says why a file is no segment")
    func verify() async throws {
        let harness = try CommandHarness()
        try harness.append(
            [
                "{\"ts\":\(CommandHarness.startMs / 1_000),\"metric\":\"m\",\"value\":1}", "",
                "{\"ts\":\(CommandHarness.startMs),\"metric\":\"m\",\"value\":1}",
            ], to: "s")
        try harness.append([1], to: "s", file: "shared.1.jsonl")
        let text = try await harness.run("verify", "s")
        #expect(text.status == 0, "\(text)")
        #expect((text.output + text.errors).contains("1 event with an implausible time"))
        #expect((text.output + text.errors).contains("its number does not have six digits"))
        let value = try await harness.run("verify", "s", "--json").value
        let session = value["sessions"]?.arrayValue?.first
        #expect(session?["implausible_times"]?.intValue == 1)
        #expect(session?["bad_lines"]?.intValue == 0 && session?["events"]?.intValue == 2)
        #expect(try await harness.run("show", "s").output.contains("does not have six digits"))
    }

    @Test("tracker log says which lines are far from all others")
    func strays() async throws {
        let harness = try CommandHarness()
        let start = CommandHarness.startMs
        var lines = (0..<60).map { "{\"ts\":\(start + $0),\"metric\":\"m\",\"value\":1}" }
        lines.insert("{\"ts\":\(start - 90 * 86_400_000),\"metric\":\"m\",\"value\":1}", at: 17)
        let result = try await harness.run(
            "log", "--session", "s", input: lines.joined(separator: "\n"))
        #expect(result.status == 0)
        #expect(result.errors.contains("1 event is far from all others; the first in line 18"))
        let value = try await harness.run("show", "s", "--json").value
        #expect(value["health"]?["implausible_times"]?.intValue == 1)
        #expect(value["first"]?.intValue == start)
    }
}
