import ArgumentParser
import Testing
import TrackerLog
import TrackerTestSupport

@testable import tracker

@Suite("tracker verify, repair, compact, prune, restore and selftest")
struct UpkeepCommandTests {
    private static let writer = "00000000000000a0"

    /// A segment of frames with two samples each; one of them may be damaged.
    private func segment(_ frames: Range<Int>, damaged: Int? = nil, session: String = "s")
        -> [UInt8]
    {
        frames.flatMap { seq -> [UInt8] in
            var bytes = SegmentBuilder.frame(
                SegmentBuilder.content(
                    session: session, writer: Self.writer, seq: seq,
                    events: SegmentBuilder.samples(2 * seq..<2 * seq + 2)))
            if seq == damaged { bytes[bytes.count / 2] ^= 0x55 }
            return bytes
        }
    }

    private func name(_ number: Int) -> String { "\(Self.writer).00000\(number).jsonl.zst" }

    @Test("Verify: a whole log is whole, in text and in JSON")
    func whole() async throws {
        let harness = try CommandHarness()
        try harness.append(segment(0..<3), to: "s", file: name(1))
        try harness.add("t", .init(levels: [10]))
        let text = try await harness.run("verify")
        #expect(text.status == 0, "\(text)")
        let value = try await harness.run("verify", "--json").value
        #expect(value["whole"]?.boolValue == true)
        let total = try #require(value["total"])
        #expect(value["sessions"]?.arrayValue?.count == total["sessions"]?.intValue)
        func number(_ key: String) -> Int { total[key]?.intValue ?? -1 }
        #expect(
            text.lines.last
                == "\(number("sessions")) sessions, \(number("files")) files, \(number("bytes"))"
                + " bytes, \(number("frames")) frames, \(number("events")) events: whole")
        #expect(number("sessions") == 2)
        #expect(number("events") == 6 + 22)
        let one = try await harness.run("verify", "s", "--json").value
        #expect(one["total"]?["events"]?.intValue == 6)
    }

    @Test("Verify: damage has its place, and what to do; the exit status is 1")
    func damage() async throws {
        let harness = try CommandHarness()
        try harness.append(segment(0..<3, damaged: 1), to: "s", file: name(1))
        try harness.append(segment(3..<4), to: "s", file: name(2))
        let text = try await harness.run("verify")
        #expect(text.status == 1)
        #expect(text.output.contains(name(1)))
        #expect(text.output.contains("`tracker repair --data \(harness.dataFolder)`"))
        let value = try await harness.run("verify", "--json")
        #expect(value.status == 1)
        let total = try #require(try value.value["total"])
        #expect(try value.value["whole"]?.boolValue == false)
        #expect(total["damaged"]?.intValue == 1)
        #expect(total["missing_frames"]?.intValue == 1)
        let lost = total["lost_bytes"]?.intValue ?? -1
        #expect(text.output.contains("lost: 1 frames with a known number, \(lost) bytes"))
        // A session is read once, however often it is named.
        let twice = try await harness.run("verify", "s", "ann/s", "--json").value
        #expect(twice["total"]?["sessions"]?.intValue == 1)
    }

    @Test("Verify and repair: an empty folder is whole, and nothing is to save")
    func empty() async throws {
        let harness = try CommandHarness()
        _ = try harness.storage
        let value = try await harness.run("verify", "--json").value
        #expect(value["sessions"]?.arrayValue?.isEmpty == true)
        #expect(value["whole"]?.boolValue == true)
        let repair = try await harness.run("repair")
        #expect(repair.status == 0)
        #expect(repair.output == "nothing is damaged that could be repaired\n")
    }

    @Test("Repair: said first, done with --apply, and then nothing more")
    func repair() async throws {
        let harness = try CommandHarness()
        let lines = CommandHarness.Run(levels: [10]).lines
        // Lines of a frame whose checksum is cut off can be saved only as unchecked.
        var cut = SegmentBuilder.frame(
            SegmentBuilder.content(
                session: "s", writer: Self.writer, seq: 1, events: SegmentBuilder.samples(2..<4)))
        cut.removeLast(3)
        try harness.append(
            segment(0..<1) + cut + segment(2..<3), to: "s", file: name(1))
        try harness.append(segment(3..<4), to: "s", file: name(2))
        try harness.append(lines, to: "t")
        let plan = try await harness.run("repair", "--json")
        #expect(try plan.value["applied"]?.boolValue == false)
        let planned = try #require(try plan.value["lines"]?.intValue)
        #expect(plan.status == (planned > 0 ? 1 : 0), "\(plan)")
        let text = try await harness.run("repair")
        #expect(text.status == plan.status)
        #expect(text.output.contains("\(planned) lines can be saved"))
        let applied = try await harness.run("repair", "--apply", "--unchecked", "--json")
        #expect(applied.status == 0, "\(applied)")
        #expect(try applied.value["applied"]?.boolValue == true)
        let again = try await harness.run("repair", "--unchecked", "--json")
        #expect(again.status == 0, "\(again)")
        #expect(try again.value["lines"]?.intValue == 0)
    }

    @Test("Compact: a dry run changes nothing; done, the numbers are those of before")
    func compact() async throws {
        let harness = try CommandHarness()
        for number in 1...4 {
            try harness.append(
                segment(number - 1..<number), to: "s", file: name(number))
        }
        let before = try await harness.run("show", "s", "--json").value["runs"]
        let dry = try await harness.run("compact", "--dry-run", "--quiet", "0", "--json").value
        #expect(dry["dry_run"]?.boolValue == true)
        #expect(dry["files_before"]?.intValue == 4)
        #expect(dry["files_after"]?.intValue == 1)
        let text = try await harness.run("compact", "--dry-run", "--quiet", "0")
        #expect(text.output.contains("4 files would become 1, "))
        #expect(try await harness.run("verify", "--json").value["total"]?["files"]?.intValue == 4)
        let done = try await harness.run("compact", "--quiet", "0", "--json")
        #expect(done.status == 0, "\(done)")
        #expect(try done.value["files_before"]?.intValue == 4)
        #expect(try await harness.run("verify", "--json").value["total"]?["files"]?.intValue == 1)
        #expect(try await harness.run("show", "s", "--json").value["runs"] == before)
        let again = try await harness.run("compact", "--quiet", "0", "--json").value
        #expect(again["files_before"]?.intValue == 0)
    }

    @Test("Compact: what was written to a moment ago stays, and is said to")
    func quiet() async throws {
        let harness = try CommandHarness()
        for number in 1...2 {
            try harness.append(segment(number - 1..<number), to: "s", file: name(number))
        }
        let value = try await harness.run("compact", "--json").value
        #expect((value["files_before"]?.intValue ?? 9) < 2)
        let kept = value["sessions"]?.arrayValue?.first?["kept"]?.arrayValue ?? []
        #expect(!kept.isEmpty)
        let text = try await harness.run("compact").output
        for one in kept {
            let file = one["file"]?.stringValue ?? "?"
            #expect(text.contains("ann/s: \(file) stays: \(one["reason"]?.stringValue ?? "?")\n"))
        }
    }

    @Test("Prune says what it would take, takes it, and restore brings it back")
    func pruneAndRestore() async throws {
        let harness = try CommandHarness()
        for (number, session) in ["old", "middle", "new"].enumerated() {
            try harness.append(segment(0..<2, session: session), to: session, file: name(1))
            try harness.append(
                SegmentBuilder.frame(
                    SegmentBuilder.content(
                        session: session, writer: Self.writer, seq: 2,
                        events: SegmentBuilder.samples(100_000 * number..<100_000 * number + 1))),
                to: session, file: name(2))
        }
        func sessions() async throws -> Set<String> {
            let values = try await harness.run("sessions", "--json").value.arrayValue ?? []
            return Set(values.compactMap { $0["session"]?.stringValue })
        }
        let plan = try await harness.run("prune", "--keep-last", "1", "--json").value
        #expect(plan["applied"]?.boolValue == false)
        let taken = plan["taken"]?.arrayValue ?? []
        #expect(Set(taken.compactMap { $0["session"]?.stringValue }) == ["old", "middle"])
        let text = try await harness.run("prune", "--keep-last", "1")
        for one in taken {
            let name = one["session"]?.stringValue ?? "?"
            let events = one["events"]?.intValue ?? -1
            #expect(text.output.contains("ann/\(name): \(events) events, "), "\(text.output)")
        }
        #expect(text.output.hasSuffix("nothing was changed: --apply does it\n"))
        #expect(try await sessions() == ["old", "middle", "new"])

        let done = try await harness.run("prune", "--keep-last", "1", "--apply")
        #expect(done.status == 0, "\(done)")
        #expect(try await sessions() == ["new"])
        let list = try await harness.run("restore", "--json").value
        #expect(list["sessions"]?.arrayValue?.count == 2)
        let shown = try await harness.run("restore")
        #expect(shown.lines.last == "2 sessions in the trash")
        for one in list["sessions"]?.arrayValue ?? [] {
            let line =
                "ann/\(one["session"]?.stringValue ?? "?"): \(one["files"]?.intValue ?? -1) files,"
                + " \(one["bytes"]?.intValue ?? -1) bytes"
            #expect(shown.lines.contains(line), "\(line)")
        }
        let back = try await harness.run("restore", "old")
        #expect(back.output == "ann/old is back\n")
        #expect(try await sessions() == ["old", "new"])
    }

    @Test("The trash is emptied for good only with --yes")
    func emptyTrash() async throws {
        let harness = try CommandHarness()
        try harness.append(segment(0..<2), to: "s", file: name(1))
        try harness.append(segment(2..<3), to: "s", file: name(2))
        let pruned = try await harness.run("prune", "s", "--apply")
        #expect(pruned.status == 0, "\(pruned)")
        let asked = try await harness.run("prune", "--empty-trash")
        #expect(asked.status == 0)
        #expect(asked.output.contains("--yes"))
        #expect(
            try await harness.run("restore", "--json").value["sessions"]?.arrayValue?.count == 1)
        let gone = try await harness.run("prune", "--empty-trash", "--yes", "--json").value
        #expect(asked.output.contains("\(gone["files"]?.intValue ?? -1) files, "))
        #expect((gone["bytes"]?.intValue ?? 0) > 0)
        #expect(
            try await harness.run("restore", "--json").value["sessions"]?.arrayValue?.isEmpty
                == true)
        let nothing = try await harness.run("prune", "--empty-trash", "--yes")
        #expect(nothing.output == "0 files removed for good, 0 bytes\n")
    }

    @Test("A session with notes stays, unless it is named")
    func notes() async throws {
        let harness = try CommandHarness()
        for (number, session) in ["old", "new"].enumerated() {
            try harness.append(
                segment(0..<1, session: session), to: session, file: name(1))
            try harness.append(
                SegmentBuilder.frame(
                    SegmentBuilder.content(
                        session: session, writer: Self.writer, seq: 1,
                        events: [
                            .edit(
                                Edit(
                                    timestamp: 1_763_899_200_000 + Double(1_000 * number),
                                    kind: .note, text: "keep"))
                        ])), to: session, file: name(2))
        }
        let plan = try await harness.run("prune", "--keep-last", "1", "--json").value
        #expect(plan["taken"]?.arrayValue?.isEmpty == true)
        #expect(plan["kept"]?.arrayValue?.contains { $0["session"]?.stringValue == "old" } == true)
        let named = try await harness.run("prune", "old", "--json").value
        #expect(named["taken"]?.arrayValue?.count == 1)
    }

    @Test("Self-test: its arguments")
    func selftest() throws {
        let command = try #require(
            try Tracker.parseAsRoot(["selftest", "--seconds", "30", "--seed", "7", "--json"])
                as? SelftestCommand)
        #expect(command.seconds == 30)
        #expect(command.seed == 7)
        #expect(command.json)
    }
}
