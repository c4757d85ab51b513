import Testing
import TrackerLog
import TrackerTestSupport

@testable import tracker

/// A file that can never be read: each command says so at once, with its reason.
@Suite("Files that can never be read")
struct RefusedFileTests {
    /// Ending, reason, bytes.
    static let files: [(String, String, @Sendable () -> [UInt8])] = [
        ("jsonl.zst", "too-large", { SegmentBuilder.runLengthFrame(blocks: 216) }),
        (
            "jsonl.zst", "too-large",
            { Array(SegmentBuilder.runLengthFrame(blocks: 216, claimedSize: 27 << 20).prefix(99)) }
        ),
        (
            "jsonl.zst", "window",
            { SegmentBuilder.runLengthFrame(blocks: 1, windowDescriptor: 0x88) }
        ),
        ("jsonl.zst", "not-a-frame", { Array("{\"ts\":1,\"metric\":\"m\",\"value\":1}\n".utf8) }),
        ("jsonl.gz", "not-a-frame", { [0x42, 0x5A, 0x68, 0x39, 0x31] }),
        ("jsonl", "not-a-frame", { [0x28, 0xB5, 0x2F, 0xFD, 0x24] }),
    ]

    @Test("index, show, verify and cat name it while it is new", arguments: files.indices)
    func named(row: Int) async throws {
        let (ending, reason, make) = Self.files[row]
        let name = "shared.000002.\(ending)"
        let harness = try CommandHarness()
        try harness.append(["{\"ts\":1,\"metric\":\"m\",\"value\":1}"], to: "s")
        try harness.append(make(), to: "s", file: name)
        for _ in 0..<2 {
            let report = try await harness.run("index", "--json").value
            #expect(report["bad_regions"]?.intValue == 1 && report["events"]?.intValue == 1)
        }
        let health = try #require(try await harness.run("show", "s", "--json").value["health"])
        #expect(health["whole"]?.boolValue == false && health["pending_bytes"]?.intValue == 0)
        let region = try #require(health["regions"]?.arrayValue?.first)
        #expect(region["file"]?.stringValue == name && region["reason"]?.stringValue == reason)
        let shown = try await harness.run("show", "s").output
        #expect(shown.contains("data: 1 bad region\n  \(name): offset 0, length "), "\(shown)")
        #expect(shown.contains(": \(reason)\n"))
        let verified = try await harness.run("verify", "s")
        #expect(verified.status == 1 && verified.output.contains(": \(reason)"))
        let printed = try await harness.run("cat", "s")
        #expect(printed.status == 1 && printed.lines.count == 1)
        #expect(printed.errors.hasPrefix("\(name): offset 0, length "), "\(printed.errors)")
        #expect(printed.errors.hasSuffix(": \(reason)\n"), "\(printed.errors)")
    }

    @Test("a torn end is no damage for any of them")
    func torn() async throws {
        let harness = try CommandHarness()
        let frame = SegmentBuilder.frame(
            SegmentBuilder.content(
                session: "s", writer: "w", seq: 0, events: SegmentBuilder.samples(0..<3)))
        try harness.append(
            frame + frame.dropLast(3), to: "s", file: "00000000000000a0.000001.jsonl.zst")
        #expect(try await harness.run("index", "--json").value["bad_regions"]?.intValue == 0)
        let health = try await harness.run("show", "s", "--json").value["health"]
        #expect(health?["whole"]?.boolValue == true)
        #expect(health?["pending_bytes"]?.intValue == frame.count - 3)
        #expect(try await harness.run("verify", "s").status == 0)
        #expect(try await harness.run("cat", "s").status == 0)
    }
}
