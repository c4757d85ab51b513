import Testing
import TrackerIndexTestSupport
import TrackerIndexer
import TrackerLog
import TrackerTestSupport

@Suite("Edits that are taken back, and runs that are left out")
struct EditsInForceTests {
    private static func line(_ ts: Int, _ fields: String) -> String {
        "{\"ts\":\(baseMs + ts),\"event\":\(fields)}"
    }

    private static let baseMs = 1_763_899_200_000

    private static func note(_ ts: Int, _ text: String, _ fields: String = "") -> String {
        line(ts, "\"note\",\"text\":\"\(text)\"\(fields)")
    }

    private static func undo(_ ts: Int, _ id: String, as own: String? = nil) -> String {
        note(ts, "u", ",\"undo\":\"\(id)\"" + (own.map { ",\"id\":\"\($0)\"" } ?? ""))
    }

    private static func leftOut(_ ts: Int, _ run: String, _ more: String) -> String {
        note(ts, "why", ",\"run\":\"\(run)\",\(more)")
    }

    private static func sample(_ ts: Int, run: String = "r1") -> String {
        "{\"ts\":\(baseMs + ts),\"metric\":\"m\",\"value\":1,\"run\":\"\(run)\"}"
    }

    @Test("Each kind of edit can be taken back, in whatever order the lines are read")
    func takenBack() throws {
        let lines = [
            Self.line(1, "\"session\",\"name\":\"first\""),
            Self.line(2, "\"rename\",\"name\":\"kept\",\"id\":\"1\""),
            Self.line(3, "\"rename\",\"name\":\"gone\",\"id\":\"2\""),
            Self.line(1, "\"tag\",\"tag\":\"kept\",\"id\":\"3\""),
            Self.line(1, "\"tag\",\"tag\":\"gone\",\"id\":\"4\""),
            Self.line(1, "\"tag\",\"tag\":\"back\""),
            Self.line(2, "\"untag\",\"tag\":\"back\",\"id\":\"5\""),
            Self.line(3, "\"archive\",\"id\":\"6\""), Self.note(1, "gone", ",\"id\":\"7\""),
            Self.note(2, "kept", ",\"id\":\"8\",\"by\":\"ann\""),
            // An undo may also have the earlier time: two machines, two clocks.
            Self.undo(9, "2"), Self.undo(9, "4"), Self.undo(9, "5"), Self.undo(0, "6"),
            Self.undo(9, "7"), Self.undo(9, "unknown"),
        ]
        for seed in Sweep.seeds(50, long: 2_000) {
            var generator = SeededGenerator(seed: seed)
            let summary = try FoldHarness.summary(of: lines.shuffled(using: &generator))
            #expect(summary.name == "kept", "seed \(seed)")
            #expect(summary.tags == ["back", "kept"], "seed \(seed)")
            #expect(!summary.isArchived, "seed \(seed)")
            #expect(summary.notes.map(\.text) == ["kept"], "seed \(seed)")
            #expect(summary.notes.map(\.by) == ["ann"], "seed \(seed)")
            #expect(summary.edits.allSatisfy { $0.kind != .undo }, "seed \(seed)")
            #expect(summary.health.isWhole)
        }
    }

    @Test("An undo can be taken back, and that as well; two that name each other have one answer")
    func undoneUndo() throws {
        let note = Self.note(1, "n", ",\"id\":\"1\"")
        let chain = [note, Self.undo(2, "1", as: "2"), Self.undo(3, "2", as: "3")]
        #expect(try FoldHarness.summary(of: chain).notes.count == 1)
        #expect(try FoldHarness.summary(of: chain + [Self.undo(4, "3", as: "4")]).notes.isEmpty)
        let circle =
            [note, Self.undo(5, "1", as: "a"), Self.undo(6, "a", as: "b")]
            + [Self.undo(4, "b", as: "c")]
        #expect(try FoldHarness.summary(of: circle).notes.count == 1)
        #expect(try FoldHarness.summary(of: circle.reversed()).notes.count == 1)
        let itself = [note, Self.undo(2, "9", as: "9"), Self.undo(3, "1", as: "1")]
        #expect(try FoldHarness.summary(of: itself).notes.isEmpty)
    }

    @Test("A rename without an id cannot be taken back, and more edits do not push it out")
    func plainRename() throws {
        let lines =
            [Self.line(1, "\"rename\",\"name\":\"n\""), Self.undo(2, "1")]
            + (0..<IndexLimits.maxEditsPerSession + 10).map { Self.note(3 + $0, "x") }
        #expect(try FoldHarness.summary(of: lines).name == "n")
    }

    @Test("A run is left out by the last word, with reason, author and time")
    func leftOut() throws {
        let lines = [
            Self.sample(0, run: "r1"), Self.sample(0, run: "r2"), Self.sample(0, run: "r3"),
            Self.leftOut(1, "r1", "\"left_out\":true,\"by\":\"ann\",\"id\":\"1\""),
            Self.leftOut(1, "r2", "\"left_out\":true"),
            Self.leftOut(2, "r2", "\"left_out\":false"),
            Self.leftOut(1, "r3", "\"left_out\":true,\"id\":\"3\""), Self.undo(0, "3"),
        ]
        for lines in [lines, lines.reversed()] {
            let summary = try FoldHarness.summary(of: lines)
            let at = Timestamp(clamping: Double(Self.baseMs + 1))
            #expect(
                summary.runs.map(\.leftOut) == [
                    .init(reason: "why", by: "ann", at: at, id: "1"), nil, nil,
                ])
            #expect(summary.notes.isEmpty)
            let json = summary.json["runs"]?.arrayValue?.map { $0["left_out"]?["reason"] }
            #expect(json == [.string("why"), nil, nil])
        }
    }

    @Test("An edit does not make a session newer or older; a session of edits only has their times")
    func times() throws {
        let edits = [Self.note(-90_000, "before"), Self.line(90_000, "\"archive\"")]
        let measured = try FoldHarness.summary(of: edits + [Self.sample(5), Self.sample(9)])
        #expect(measured.first?.milliseconds == Double(Self.baseMs + 5))
        #expect(measured.last?.milliseconds == Double(Self.baseMs + 9))
        #expect(measured.eventCount == 4)
        let entry = CatalogEntry(measured)
        #expect(entry.first == measured.first && entry.last == measured.last)
        let only = try FoldHarness.summary(of: edits)
        #expect(only.first?.milliseconds == Double(Self.baseMs - 90_000))
        #expect(only.last?.milliseconds == Double(Self.baseMs + 90_000))
        // A time that nobody can mean dates nothing, and is counted.
        let odd = try FoldHarness.summary(
            of: edits + ["{\"ts\":5,\"event\":\"note\",\"text\":\"n\"}", Self.sample(5)])
        #expect(odd.first == odd.last && odd.health.implausibleTimes == 1)
    }

    @Test("Edits, undo and left-out in parts that are merged in any order: one state")
    func merged() throws {
        for seed in Sweep.seeds(100, long: 20_000) {
            var lines = EventLineGenerator(generator: SeededGenerator(seed: seed))
            let parts = (0..<4).map { _ in lines.some(upTo: 12) }
            func folded(_ order: [Int]) throws -> SessionIndex {
                let harness = try FoldHarness()
                for part in order {
                    try harness.appendFrame(parts[part], writer: "w\(part)", seq: 0)
                }
                return try harness.rebuilt()
            }
            let harness = try FoldHarness()
            let (a, b) = (try folded([0, 1, 2, 3]), try folded([3, 1, 0, 2]))
            #expect(harness.text(a) == harness.text(b), "seed \(seed)")
            #expect(
                harness.summary(a).json["edits"] == harness.summary(b).json["edits"],
                "seed \(seed)")
            #expect(harness.text(try harness.restarted(a)) == harness.text(a), "seed \(seed)")
            #expect(
                harness.summary(try harness.restarted(a)).json["runs"]
                    == harness.summary(a).json["runs"], "seed \(seed)")
        }
    }
}
