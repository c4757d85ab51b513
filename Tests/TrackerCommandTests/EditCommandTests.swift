import Testing
import TrackerIndexer
import TrackerLog

@testable import tracker

@Suite("note, tag, untag, rename, archive, unarchive, left-out, undo")
struct EditCommandTests {
    private func harness() async throws -> CommandHarness {
        let harness = try CommandHarness()
        try harness.add(
            "s", .init(), .init(name: "r2", second: 100), .init(name: "r3", second: 200))
        try harness.add("t", .init(second: 86_400), .init(name: "r2", second: 86_500))
        return harness
    }

    private func show(_ harness: CommandHarness) async throws -> JSONValue {
        try await harness.run("show", "s", "--json").value
    }

    private func texts(_ value: JSONValue?, _ key: String) -> [String] {
        (value?.arrayValue ?? []).compactMap { $0[key]?.stringValue }
    }

    @Test("Each edit prints its id and author, is shown with them, and is taken back by its id")
    func allKinds() async throws {
        let harness = try await harness()
        let edits: [(arguments: [String], changed: (JSONValue) -> Bool)] = [
            (["note", "s", "cache on"], { $0["notes"]?.arrayValue?.count == 1 }),
            (
                ["note", "s#r2", "noisy"],
                { $0["notes"]?.arrayValue?.first?["run"] == .string("r2") }
            ),
            (["tag", "s", "rel 2"], { $0["tags"] == .array([.string("rel 2")]) }),
            (["rename", "ann/s", "A name"], { $0["name"] == .string("A name") }),
            (["archive", "s"], { $0["archived"] == .bool(true) }),
            (
                ["left-out", "s#r3", "the backup ran"],
                {
                    $0["runs"]?.arrayValue?.last?["left_out"]?["reason"]
                        == .string("the backup ran")
                }
            ),
        ]
        for (arguments, changed) in edits {
            #expect(!changed(try await show(harness)), "\(arguments)")
            let result = try await CommandHarness.run(
                arguments + [
                    "--by", "bob", "--json", "--user", "ann", "--data", harness.dataFolder,
                ])
            #expect(result.status == 0, "\(result)")
            let id = try #require(try result.value["id"]?.stringValue)
            #expect(id.utf8.count == IndexLimits.editIDDigits)
            #expect(try result.value["by"]?.stringValue == "bob")
            #expect(
                try result.value["undo"]?.stringValue
                    == "tracker undo ann/s \(id) --data \(harness.dataFolder)")
            let shown = try await show(harness)
            #expect(changed(shown), "\(arguments): \(shown.text)")
            #expect(texts(shown["edits"], "id") == [id] && texts(shown["edits"], "by") == ["bob"])
            let text = try await harness.run("show", "s")
            #expect(text.lines.contains { $0.cells.dropFirst().first == id }, "\(text.output)")
            let undone = try await harness.run("undo", "s", id)
            #expect(undone.status == 0 && undone.lines.count == 2, "\(undone)")
            let back = try await show(harness)
            #expect(!changed(back) && back["edits"] == .array([]), "\(arguments): \(back.text)")
            let again = try await harness.run("undo", "s", id)
            #expect(again.status == 2 && again.errors.contains("taken back already"), "\(again)")
            // The undo has an id as well.
            let undoID = try #require(
                undone.lines[1].split(separator: " ")[1].split(separator: ";").first)
            #expect(try await harness.run("undo", "s", String(undoID)).status == 0)
            #expect(changed(try await show(harness)))
            #expect(try await harness.run("undo", "s", id).status == 0)
        }
    }

    @Test("Who is not named is the account")
    func author() async throws {
        let harness = try await harness()
        let value = try await harness.run("note", "s", "n", "--json").value
        #expect(value["by"]?.stringValue == Account.userName)
        #expect(!Account.userName.isEmpty)
    }

    @Test("A tag is removed, and the archive left, by commands of their own")
    func back() async throws {
        let harness = try await harness()
        try await harness.run("tag", "s", "a")
        try await harness.run("tag", "s", "b")
        #expect(try await harness.run("untag", "s", "a").status == 0)
        #expect(try await show(harness)["tags"] == .array([.string("b")]))
        let unknown = try await harness.run("untag", "s", "a")
        #expect(unknown.status == 2 && unknown.errors.contains("its tags are b"), "\(unknown)")
        #expect(try await harness.run("unarchive", "s").errors.contains("is not archived"))
        try await harness.run("archive", "s")
        #expect(try await harness.run("archive", "s").errors.contains("`tracker unarchive "))
        #expect(try await harness.run("unarchive", "s").status == 0)
        #expect(try await show(harness)["archived"] == .bool(false))
    }

    @Test("An edit counts after one of a clock that is ahead, and not after one that is wrong")
    func clocks() async throws {
        let harness = try await harness()
        let ahead = Timestamp.now.advanced(byMilliseconds: 3_600_000).milliseconds
        try harness.append(
            ["{\"ts\":\(Int(ahead)),\"event\":\"tag\",\"tag\":\"a\"}"], to: "s")
        #expect(try await harness.run("untag", "s", "a").status == 0)
        #expect(try await show(harness)["tags"] == .array([]))
        try harness.append(
            ["{\"ts\":\(Int(ahead) + 864_000_000),\"event\":\"note\",\"text\":\"n\"}"], to: "s")
        let stamped = try await harness.run("note", "s", "n", "--json").value["ts"]?.doubleValue
        #expect(try #require(stamped) < ahead + 10_000)
    }

    @Test("A run that is left out is in no comparison, gate or trend, and each says so")
    func leftOut() async throws {
        let harness = try await harness()
        let out = try await harness.run("left-out", "s#r3", "the backup\u{1B} ran", "--by", "bob")
        #expect(out.status == 0, "\(out)")
        #expect(try await harness.run("left-out", "s#r3", "twice").errors.contains("already"))
        let pinned = try await harness.run("baseline", "s#r3")
        #expect(pinned.status == 2 && pinned.errors.contains("left out"), "\(pinned)")
        #expect(pinned.errors.contains("`tracker undo ann/s "), "\(pinned.errors)")
        #expect(try await harness.run("baseline", "s#r2").status == 0)
        let line = "  ann/s#r3: the backup\\u{1b} ran (bob)"
        let compare = try await harness.run("compare", "s", "t")
        #expect(
            compare.lines.contains("A  ann/s  (2 runs)") || compare.lines.contains("A  s  (2 runs)")
        )
        let target = "http://localhost:3000/"
        for result in [
            compare, try await harness.run("trend", target),
            try await harness.run("gate", "--target", target, "--against", "last"),
        ] {
            #expect(result.lines.contains("left out: 1 run"), "\(result)")
            #expect(result.lines.contains(line), "\(result)")
        }
        for value in [
            try await harness.run("compare", "s", "t", "--json").value,
            try await harness.run("trend", target, "--json").value,
            try await harness.run("gate", "--target", target, "--against", "last", "--json").value,
        ] {
            #expect(texts(value["left_out"], "run") == ["ann/s#r3"], "\(value.text)")
            #expect(texts(value["left_out"], "by") == ["bob"])
        }
        let shown = try await harness.run("show", "s")
        #expect(shown.output.contains("! left out of comparisons, trends and gates: the backup"))
        #expect(try await harness.run("left-out", "s#r3", "--take-in").status == 0)
        #expect(
            try await harness.run("left-out", "s#r3", "--take-in").errors.contains("not left out"))
        let trend = try await harness.run("trend", target, "--json").value
        #expect(trend["runs"]?.arrayValue?.count == 5 && trend["left_out"] == .array([]))
    }

    @Test("An edit of an old session leaves its place in the list and its times")
    func place() async throws {
        let harness = try await harness()
        func list(_ arguments: String...) async throws -> [JSONValue] {
            try await CommandHarness.run(
                ["sessions", "--json", "--data", harness.dataFolder] + arguments
            ).value.arrayValue ?? []
        }
        let before = try await list()
        try await harness.run("tag", "s", "a")
        try await harness.run("note", "s", "n")
        let after = try await list()
        #expect(after.map { $0["session"] } == before.map { $0["session"] })
        #expect(after.map { $0["last"] } == before.map { $0["last"] })
        #expect(after.map { $0["first"] } == before.map { $0["first"] })
        #expect(try await list("--since", "2026-11-18").count == 1)
    }

    @Test(
        "What is wrong is named, with what to do, and nothing is written",
        arguments: [
            (["note", "no/where", "x"], 2, "`tracker sessions --data"),
            (["note", "s#r9", "x"], 2, "`tracker show --data"), (["note", "s", ""], 64, "empty"),
            (["note", "s", " \n"], 64, "empty"), (["note", "s"], 64, "Usage: tracker note"),
            (["note", "s", String(repeating: "x", count: 65_537)], 64, "65536 are the most"),
            (["tag", "s", String(repeating: "x", count: 1_025)], 64, "1024 are the most"),
            (["rename", "s", "  "], 64, "empty"), (["tag", "s#r2", "x"], 2, "name ann/s"),
            (["rename", "s#r2", "x"], 2, "not a run"), (["archive", "s#r2"], 2, "not a run"),
            (["left-out", "s", "x"], 2, "name the run"), (["left-out", "s#r2"], 64, "the reason"),
            (["left-out", "s#r2", " "], 64, "empty"),
            (["undo", "s", "0123456789"], 2, "tracker show"),
            (["note", "s", "x", "--by", " "], 64, "--by"),
        ] as [([String], Int32, String)])
    func refused(arguments: [String], status: Int32, word: String) async throws {
        let harness = try await harness()
        let result = try await CommandHarness.run(
            arguments + ["--user", "ann", "--data", harness.dataFolder])
        #expect(result.status == status, "\(result)")
        #expect(result.errors.contains(word), "\(result.errors)")
        #expect(result.output == "")
        let shown = try await show(harness)
        #expect(shown["edits"] == .array([]))
    }

    @Test("Many edits: the latest are shown, and how many more there are")
    func manyEdits() async throws {
        let harness = try await harness()
        let notes = (0..<25).map {
            "{\"ts\":\(CommandHarness.startMs + $0),\"event\":\"note\",\"text\":\"n\($0)\"}"
        }
        try harness.append(notes, to: "s")
        let text = try await harness.run("show", "s").output
        #expect(!text.contains("note: n4\n") && text.contains("note: n5\n"))
        #expect(text.contains("5 earlier edits: --json lists all"))
        #expect(try await show(harness)["edits"]?.arrayValue?.count == 25)
    }
}
