import Testing
import TrackerLog
import TrackerTestSupport

@Suite("Lines of edits")
struct EditLineTests {
    private func edit(_ line: String) throws -> Edit {
        guard case .edit(let edit) = try EventParser.parse(Array(line.utf8)) else {
            throw LineError.unknownEvent
        }
        return edit
    }

    private func line(_ edit: Edit) -> String? {
        var bytes: [UInt8] = []
        guard EventEncoder.append(.edit(edit), to: &bytes) else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test("An edit of each kind is read back as it was written", arguments: Edit.Kind.allCases)
    func roundTrip(kind: Edit.Kind) throws {
        let isRunOnly = kind == .leftOut || kind == .takenIn
        for id in [nil, "5f3a9c01be"] {
            let written = Edit(
                timestamp: 1_763_899_200_000, kind: kind,
                text: [.archive, .restore, .baseline].contains(kind) ? "" : "text",
                run: isRunOnly ? "r1" : nil, id: id, by: id.map { _ in "ann" },
                undoes: kind == .undo ? "77" : nil,
                profile: kind == .profile ? String(repeating: "0f", count: 32) : nil)
            let text = try #require(line(written))
            #expect(try edit(text) == written, "\(text)")
        }
    }

    @Test("What came later is a note, for a program that does not know its fields")
    func notes() throws {
        for kind in [Edit.Kind.leftOut, .takenIn, .undo] {
            let text = try #require(
                line(
                    Edit(
                        timestamp: 1, kind: kind, text: "why", run: "r",
                        undoes: kind == .undo ? "7" : nil)))
            #expect(text.contains("\"event\":\"note\",\"text\":\"why\",\"run\":\"r\""), "\(text)")
            // No event of this name: to a program of before it would be damage.
            #expect(throws: LineError.unknownEvent) {
                try edit("{\"ts\":1,\"event\":\"\(kind.rawValue)\",\"text\":\"a\",\"run\":\"r\"}")
            }
        }
    }

    @Test(
        "A field of another type counts as missing: a line that was an event stays one",
        arguments: [
            "\"id\":5", "\"id\":null", "\"id\":\"\"", "\"by\":{}", "\"undo\":[]", "\"undo\":\"\"",
            "\"left_out\":\"yes\"", "\"left_out\":1", "\"left_out\":null",
            "\"id\":\"" + String(repeating: "x", count: 1_025) + "\"",
        ])
    func lenient(field: String) throws {
        let found = try edit("{\"ts\":1,\"event\":\"note\",\"text\":\"a\",\"run\":\"r\",\(field)}")
        #expect(found == Edit(timestamp: 1, kind: .note, text: "a", run: "r"))
    }

    @Test("Only a run can be left out, and only a note can undo")
    func meaning() throws {
        #expect(try edit(#"{"ts":1,"event":"note","text":"a","left_out":true}"#).kind == .note)
        #expect(try edit(#"{"ts":1,"event":"tag","tag":"a","undo":"7"}"#).kind == .tag)
        let both = try edit(
            #"{"ts":1,"event":"note","text":"a","run":"r","left_out":true,"undo":"7"}"#)
        #expect(both.kind == .undo && both.undoes == "7")
    }

    @Test("An edit that would be read as another one is not written")
    func refused() {
        #expect(line(Edit(timestamp: 1, kind: .leftOut, text: "a")) == nil)
        #expect(line(Edit(timestamp: 1, kind: .takenIn, text: "a", run: "")) == nil)
        #expect(line(Edit(timestamp: 1, kind: .undo, text: "a")) == nil)
        #expect(line(Edit(timestamp: 1, kind: .undo, text: "a", undoes: "")) == nil)
        #expect(line(Edit(timestamp: 1, kind: .tag, text: "a", undoes: "7")) == nil)
        #expect(line(Edit(timestamp: 1, kind: .note, text: "a", id: "")) == nil)
        let long = String(repeating: "x", count: LogLimits.maxNameBytes + 1)
        #expect(line(Edit(timestamp: 1, kind: .note, text: "a", by: long)) == nil)
    }
}
