import Testing
import TrackerExport
import TrackerImport
import TrackerIndexTestSupport
import TrackerIndexer
import TrackerLog
import TrackerTestSupport

@Suite("Export: import(export(x)) is x")
struct RoundTripTests {
    private func session(_ seed: UInt64, lines: Int = 80) throws -> ExportHarness {
        var generator = EventLineGenerator(generator: SeededGenerator(seed: seed))
        return try ExportHarness(lines: generator.some(upTo: lines))
    }

    private func isNamed(_ event: Event) -> Bool {
        switch event {
        case .session(let session): session.name != nil
        case .edit(let edit): edit.kind == .rename
        default: false
        }
    }

    @Test("NDJSON: every event, of whatever kind", arguments: 0..<25)
    func ndjson(_ seed: UInt64) throws {
        let session = try session(seed)
        let bytes = try session.export(.ndjson)
        guard !bytes.isEmpty else { return }
        let pieces = Int(seed) * 37 + 1
        let back = try ExportHarness(importing: bytes, pieces: pieces)
        var expected = try session.events
        // A session without a name gets that of its file.
        var got = try back.events
        if !expected.contains(where: isNamed) {
            #expect(got.filter(isNamed).count == 1, "seed \(seed)")
            got.removeAll(where: isNamed)
        }
        #expect(got.lines == expected.lines, "seed \(seed)")
        expected.removeAll()
    }

    @Test("CSV: every sample and distribution, byte for byte", arguments: 100..<125)
    func csv(_ seed: UInt64) throws {
        let session = try session(seed)
        let bytes = try session.export(.csv)
        let back = try ExportHarness(importing: bytes)
        #expect(try back.events.measured.lines == session.events.measured.lines, "seed \(seed)")
    }

    @Test("CSV: texts of all kinds in names, runs, units and labels")
    func texts() throws {
        let odd = [
            "", "=1", "a,b", "a\"b", "a\nb\r", "'", "\\n", " ", "\t", "é", "e\u{301}", "\u{301}",
        ]
        let events = odd.enumerated().map { index, text in
            Event.sample(
                Sample(
                    timestamp: Timestamp(clamping: 1_763_899_200_000.125 + Double(index)),
                    metric: "m" + text, value: -0.1 * Double(index),
                    unit: text.isEmpty ? nil : text,
                    run: text.isEmpty ? nil : "r" + text,
                    labels: [Label("l" + text, text), Label("b", odd[odd.count - 1 - index])],
                    ok: index % 3 == 0 ? nil : index % 3 == 1))
        }
        let session = try ExportHarness(events: events)
        let back = try ExportHarness(importing: try session.export(.csv))
        #expect(try back.events.measured.lines == events.lines)
        // Each run says what the file does not carry.
        let runs = try back.summary.runs.filter { !$0.run.isEmpty }
        #expect(runs.count == odd.count - 1)
        #expect(runs.allSatisfy { $0.params["import_lacks"]?.stringValue != nil })
    }

    @Test("NDJSON: a name is kept, and one that was interrupted has none")
    func names() throws {
        let lines = [
            #"{"ts":1763899199000,"event":"session","name":"mine"}"#,
            #"{"ts":1763899200000,"metric":"m","value":1}"#,
        ]
        let session = try ExportHarness(lines: lines)
        let bytes = try session.export(.ndjson)
        let back = try ExportHarness(importing: bytes, name: "file")
        #expect(try back.summary.name == "mine")
        let half = SessionImport(
            id: "00", user: back.key.user, anchor: .given(.epoch), target: nil, isLive: true,
            storage: MemoryStorage())
        try unsafe bytes.withUnsafeBytes { try unsafe half.feed($0) }
        try half.pause()
        #expect(half.events == 1)
    }

    @Test(
        "NDJSON: lines that are no events are lost, and said; those of a newer format are refused")
    func damaged() throws {
        let good = #"{"ts":1763899200000,"metric":"m","value":1,"run":"r"}"#
        let back = try ExportHarness(importing: Array("\(good)\nnonsense\n\(good)\n".utf8))
        #expect(try back.events.measured.count == 2)
        #expect(try back.summary.notes.first?.text.contains("line 2") == true)
        let newer = #"{"frame":2,"session":"s","writer":"w","seq":0,"events":1}"#
        #expect(throws: SessionImport.Failure.self) {
            try ExportHarness(importing: Array("\(newer)\n\(good)\n".utf8))
        }
    }

    @Test("a run alone: its events, and what is said of the whole session")
    func oneRun() throws {
        let session = try ExportHarness(lines: [
            #"{"ts":1763899199000,"event":"session","name":"mine"}"#,
            #"{"ts":1763899200000,"metric":"m","value":1,"run":"a"}"#,
            #"{"ts":1763899200001,"metric":"m","value":2,"run":"b"}"#,
            #"{"ts":1763899200002,"event":"note","text":"of b","run":"b"}"#,
            #"{"ts":1763899200003,"event":"note","text":"of all"}"#,
        ])
        let text = try session.text(.ndjson, runs: ["a"])
        #expect(text.split(separator: "\n").count == 3)
        #expect(text.contains("\"value\":1") && !text.contains("of b"))
        #expect(try session.text(.csv, runs: ["b"]).split(separator: "\r\n").count == 2)
    }

    @Test(
        "runs of the same name in two sessions are refused where their names alone tell them apart")
    func sameRun() throws {
        let lines = [#"{"ts":1763899200000,"metric":"m","value":1,"run":"a"}"#]
        let (one, two) = (try ExportHarness(lines: lines), try ExportHarness(lines: lines))
        let both = ExportSelection(
            try one.selection().sessions + two.selection().sessions)
        #expect(throws: ExportError.sameRun("a")) {
            _ = try Export(both, as: .csv, from: one.storage, now: .epoch)
        }
    }
}
