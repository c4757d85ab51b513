import Testing
import TrackerIndexTestSupport
import TrackerLog
import TrackerTestSupport

@testable import TrackerIndexer

@Suite("Limits of bytes, empty lines, and files that are no segments")
struct LongSeriesTests {
    private static func line(_ label: Int, bytes: Int) -> String {
        let value = String(repeating: "x", count: bytes) + "\(label)"
        return "{\"ts\":1763899200000,\"metric\":\"m\",\"value\":\(label),"
            + "\"labels\":{\"a\":\"\(value)\"}}"
    }

    @Test("series with long labels are counted together, and cost no bytes each")
    func longLabels() throws {
        let long = (0..<60).map { Self.line($0, bytes: 100_000) }
        let short = (0..<5).map { Self.line($0, bytes: 10) }
        var generator = SeededGenerator(seed: 1)
        let texts = try (0..<3).map { _ in
            let harness = try FoldHarness()
            try harness.append(
                (long + short).shuffled(using: &generator), to: "shared.000001.jsonl")
            let index = try harness.rebuilt()
            let summary = harness.summary(index)
            #expect(summary.overflow?.count == 60)
            #expect(summary.runs[0].series.count == 5)
            // The curve of the metric has all of them.
            #expect(summary.runs[0].timelines[0].total.count == 65)
            return harness.text(index)
        }
        #expect(Set(texts).count == 1)
        #expect(texts[0].utf8.count < 20_000)
    }

    @Test("names and labels of just the limit have a series of their own")
    func boundary() throws {
        for (bytes, isKept) in [(4_000, true), (4_200, false)] {
            let summary = try FoldHarness.summary(of: [Self.line(1, bytes: bytes)])
            #expect((summary.overflow == nil) == isKept, "\(bytes)")
        }
    }

    @Test("empty lines are no events and no damage")
    func emptyLines() throws {
        let line = "{\"ts\":1763899200000,\"metric\":\"m\",\"value\":1}"
        let summary = try FoldHarness.summary(of: ["", line, " \t\r", line, ""])
        #expect(summary.eventCount == 2 && summary.health.isWhole)
        #expect(try FoldHarness.summary(of: [line, "x"]).health.badLineCount == 1)
    }

    @Test(
        "why a name is no segment's",
        arguments: [
            ("notes.txt", "does not end in"), ("shared.1.jsonl", "six digits"),
            ("shared.000000.jsonl", "is 0"), ("app.000001.jsonl.zst", "neither 16 hex digits"),
            ("00000000000000AB.000001.jsonl", "neither 16 hex digits"),
            ("shared.000001.jsonl.bz2", "does not end in"),
        ])
    func names(name: String, why: String) {
        #expect(SegmentName.refusal(of: name)?.contains(why) == true)
        #expect(SegmentName.refusal(of: "shared.000001.jsonl") == nil)
    }

    @Test("links and folders are named as what they are")
    func kinds() throws {
        let listing = SessionListing([
            StorageEntry(name: "shared.000001.jsonl", kind: .symbolicLink),
            StorageEntry(name: "shared.000002.jsonl", kind: .directory),
            StorageEntry(name: "shared.000003.jsonl", kind: .file),
        ])
        #expect(listing.segments.count == 1)
        #expect(
            listing.ignored.map(\.why) == [
                "it is a link: links are not followed", "it is a folder",
            ])
    }
}
