import Testing
import TrackerIndexTestSupport
import TrackerLog
import TrackerTestSupport

@testable import TrackerIndexer

/// What a session keeps of the details of its runs and of its edits is bounded in bytes, and does
/// not depend on order.
@Suite("Details of runs and texts of edits are bounded in bytes")
struct UnkeptDetailTests {
    /// A start with details of so many bytes, and a short one beside them.
    private static func start(
        _ run: Int, bytes: Int, at time: Int = 1_763_899_200_000, mark: String = "x"
    ) -> String {
        let text = String(repeating: mark, count: bytes)
        return "{\"ts\":\(time),\"event\":\"run_started\",\"run\":\"r\(run)\",\"params\":"
            + "{\"long\":\"\(text)\",\"rate\":\(run)},\"environment\":{\"host\":\"h\"}}"
    }

    private static func end(_ run: Int, bytes: Int) -> String {
        let text = String(repeating: "y", count: bytes)
        return "{\"ts\":1763899201000,\"event\":\"run_finished\",\"run\":\"r\(run)\","
            + "\"state\":\"finished\",\"summary\":{\"long\":\"\(text)\",\"count\":\(run)}}"
    }

    private static func kept(_ summary: SessionSummary) -> Int {
        summary.runs.reduce(0) {
            $0 + $1.params.detailBytes + $1.environment.detailBytes
                + ($1.reported?.detailBytes ?? 0)
        }
    }

    @Test("long details of runs are left out from a limit on, and short ones never")
    func details() throws {
        let (runs, bytes) = (900, 100_000)
        let lines = (0..<runs).flatMap {
            [Self.start($0, bytes: bytes), Self.end($0, bytes: $0 % 2 == 0 ? bytes : 10)]
        }
        let summary = try LimitLaw.checkOrders(lines)
        #expect(summary.runs.count == runs)
        let limit = IndexLimits.maxDetailBytesPerSession
        #expect(Self.kept(summary) < limit + runs * IndexLimits.maxShortDetailBytes)
        #expect(Self.kept(summary) > limit - 4 * bytes)
        for run in summary.runs {
            let number = try #require(Int(run.run.dropFirst()))
            #expect(run.params["rate"]?.intValue == number)
            #expect(run.environment["host"]?.stringValue == "h")
            #expect(run.reported?["count"]?.intValue == number)
            #expect(run.unkept.isEmpty == (run.params["long"] != nil))
        }
        let short = summary.runs.filter { !$0.unkept.isEmpty }
        let values = short.reduce(0) { $0 + ($1.reported?["long"] == nil ? 2 : 1) }
        #expect(summary.unkept.values == values)
        let longEnds = short.count { $0.reported?["long"] == nil }
        #expect(summary.unkept.bytes == (short.count + longEnds) * (bytes + 2))
        #expect(summary.json["unkept_details"]?["values"]?.intValue == values)
        #expect(summary.unkeptTexts.count == 1)
    }

    /// The rule for contradictions must be the same for short events and whole ones.
    @Test("of contradicting starts with long details the same counts in any order")
    func contradictions() throws {
        let bytes = 300_000
        let lines = (0..<400).flatMap { run in
            [
                // The earlier one, which counts, has short details; then two of the same moment.
                Self.start(run, bytes: run % 3 == 0 ? 10 : bytes, at: 1_763_899_200_000),
                Self.start(run, bytes: bytes, at: 1_763_899_200_000 + run % 2, mark: "z"),
                Self.start(run, bytes: bytes - 1, at: 1_763_899_200_000 + run % 2, mark: "z"),
            ]
        }
        let summary = try LimitLaw.checkOrders(lines)
        #expect(!summary.unkept.isEmpty)
    }

    @Test("many values without text count as well")
    func manyValues() throws {
        let zeros = Array(repeating: "0", count: 40_000).joined(separator: ",")
        let lines = (0..<60).map {
            "{\"ts\":1763899200000,\"event\":\"run_started\",\"run\":\"r\($0)\","
                + "\"params\":{\"zeros\":[\(zeros)]}}"
        }
        let summary = try LimitLaw.checkOrders(lines)
        #expect(Self.kept(summary) <= IndexLimits.maxDetailBytesPerSession + 60 * 4_096)
        #expect(summary.unkept.values > 20)
    }

    @Test("a long target is a detail as well")
    func texts() throws {
        let text = String(repeating: "t", count: 900_000)
        let lines = (0..<100).map {
            "{\"ts\":1763899200000,\"event\":\"run_started\",\"run\":\"r\($0)\","
                + "\"target\":\"\(text)\",\"test\":\"short\"}"
        }
        let summary = try LimitLaw.checkOrders(lines)
        let long = summary.runs.count { $0.target != nil }
        #expect((60...75).contains(long))
        #expect(summary.runs.allSatisfy { $0.test == "short" })
        #expect(summary.unkept.values == 100 - long)
    }

    @Test("the bytes of runs that are gone are not counted: else each event would cut the table")
    func bytesOfGoneRuns() throws {
        var table = RunTable()
        for run in 0..<5 * IndexLimits.maxRunsPerSession {
            table.change("r\(run)") {
                let params = JSONValue.object([.init("note", .string("\(run)"))])
                let start = RunStarted(timestamp: 1_000, run: "r\(run)", params: params)
                $0.add(start, isPlausible: true)
            }
            guard run % 997 == 0 else { continue }
            #expect(table.detailBytes == table.facts.values.reduce(0) { $0 + $1.detailBytes })
        }
        #expect(table.facts.count < 2 * IndexLimits.maxRunsPerSession)
    }

    @Test("the latest notes are kept, as many as fit into a limit of bytes")
    func notes() throws {
        let bytes = 100_000
        let text = String(repeating: "n", count: bytes)
        // Two at each moment, and short ones between them: what is left out is left out as a whole.
        let lines = (0..<400).map {
            "{\"ts\":\(1_763_899_200_000 + $0 / 2),\"event\":\"note\",\"text\":\"\($0)"
                + "\($0 % 5 == 0 ? "" : text)\"}"
        }
        let summary = try LimitLaw.checkOrders(lines)
        let kept = summary.notes.reduce(0) { $0 + $1.text.utf8.count }
        #expect(kept <= IndexLimits.maxEditBytesPerSession)
        #expect(kept > IndexLimits.maxEditBytesPerSession - 5 * bytes)
        #expect(summary.unkeptEdits == lines.count - summary.notes.count)
        #expect(summary.notes.last?.text.hasPrefix("399") == true)
        #expect(summary.json["unkept_edits"]?.intValue == summary.unkeptEdits)
        #expect(summary.unkeptTexts.count == 1)
    }

    @Test("a short note from before the first that is kept stays out, though there is room for it")
    func olderNote() {
        func note(_ moment: Int, _ text: String) -> Edit {
            Edit(timestamp: Timestamp(clamping: Double(moment)), kind: .note, text: text)
        }
        let third = String(repeating: "n", count: IndexLimits.maxEditBytesPerSession / 3 + 1)
        let notes = (1...6).map { note(1_000 * $0, third) } + [note(1, "short")]
        for order in [notes, notes.reversed()] {
            var table = EditTable()
            for note in order { table.add(note) }
            table.cut()
            #expect(table.edits.map(\.timestamp) == [5_000, 6_000])
            #expect(table.unkept == 5)
        }
    }

    @Test("notes beyond the limit of their number are counted")
    func manyNotes() throws {
        let lines = (0..<IndexLimits.maxEditsPerSession + 7).map {
            "{\"ts\":\(1_763_899_200_000 + $0),\"event\":\"note\",\"text\":\"n\"}"
        }
        #expect(try LimitLaw.checkOrders(lines).unkeptEdits == 7)
    }

    @Test("states of parts with short details make the state of the whole")
    func merged() throws {
        func part(_ seed: Int, _ runs: Range<Int>) throws -> SessionIndex {
            let harness = try FoldHarness()
            let lines = runs.map { Self.start($0, bytes: 200_000, at: 1_763_899_200_000 + seed) }
            for (at, line) in lines.enumerated() {
                try harness.appendFrame([line], writer: GeneratedLog.writer(seed), seq: at)
            }
            return try harness.rebuilt()
        }
        let parts = [(0, 0..<500), (1, 400..<450), (2, 300..<800)]
        let texts = try [[0, 1, 2], [2, 1, 0], [1, 2, 0]].map { order in
            let whole = SessionState()
            for number in order {
                let state = try part(parts[number].0, parts[number].1).state
                #expect(whole.merge(state))
            }
            return String(decoding: whole.encoded().text, as: UTF8.self)
        }
        #expect(Set(texts).count == 1)
        #expect(texts[0].contains("\"short_runs\":{"))
    }
}
