import Testing
import TrackerLog

@testable import tracker

@Suite("tracker sessions")
struct SessionsCommandTests {
    private func filled() throws -> CommandHarness {
        let harness = try CommandHarness()
        let start = CommandHarness.startMs
        try harness.add(
            "one", .init(target: "http://localhost:3000/", levels: [10, 10]),
            more: ["{\"ts\":\(start),\"event\":\"tag\",\"tag\":\"pool\"}"])
        try harness.add(
            "two", .init(target: "shop", second: 86_400, levels: [30, 30], errorEvery: 4),
            more: [
                "{\"ts\":\(start + 86_400_000),\"event\":\"session\",\"name\":\"checkout\"}"
            ])
        try harness.add(
            "three", .init(second: 172_800, levels: [20]), .init(name: "r2", second: 172_900))
        return harness
    }

    private func ids(_ result: CommandResult) throws -> [String] {
        try #require(try result.value.arrayValue).compactMap { $0["session"]?.stringValue }
    }

    @Test(
        "Conditions choose",
        arguments: [
            ([], ["three", "two", "one"]), (["checkout"], ["two"]), (["--text", "TWO"], ["two"]),
            (["--tag", "pool"], ["one"]), (["tag:pool"], ["one"]), (["--tag", "poo"], []),
            (["--target", "3000"], ["three", "one"]), (["target:shop"], ["two"]),
            (["--since", "2026-11-18"], ["three", "two"]), (["--until", "2026-11-18"], ["one"]),
            (["--since", "2026-11-18", "--until", "2026-11-19"], ["two"]),
            (["--since", "2026-11-18T14:02:11Z", "shop"], ["two"]), (["is:archived"], []),
            (["user:ann", "one"], ["one"]), (["user:bob"], []), (["--tag", "pool", "shop"], []),
        ] as [([String], [String])])
    func filters(arguments: [String], expected: [String]) async throws {
        let harness = try filled()
        let result = try await CommandHarness.run(
            ["sessions", "--json", "--data", harness.dataFolder] + arguments)
        #expect(result.status == 0)
        #expect(try ids(result) == expected)
    }

    @Test(
        "Orders",
        arguments: [
            ("newest", ["three", "two", "one"]), ("oldest", ["one", "two", "three"]),
            ("runs", ["three", "two", "one"]), ("p99", ["two", "three", "one"]),
            ("errors", ["two", "three", "one"]),
        ])
    func orders(order: String, expected: [String]) async throws {
        let result = try await filled().run("sessions", "--json", "--sort", order)
        #expect(try ids(result) == expected)
    }

    @Test("The list fits 80 columns: ids whole, and a line says what is missing")
    func narrow() async throws {
        let harness = try filled()
        let id = "20261123-140211-9f3c77aa"
        try harness.add(
            id, .init(second: 259_200),
            more: [
                "{\"ts\":\(CommandHarness.startMs + 259_200_000),\"event\":\"session\","
                    + "\"name\":\"测试 a session with quite a long name 🚀\"}"
            ])
        for width in [80, 100, 60, 133] {
            let result = try await harness.run("sessions", width: width)
            #expect(
                result.lines.allSatisfy { terminalWidth($0) <= width },
                "\(width)\n\(result.output)")
            #expect(result.lines[1].hasPrefix("ann/\(id)  测试"), "\(result.output)")
            #expect(result.lines[0].cells.contains("P99"))
            #expect(result.output.contains("Not shown: ") == (width < 133), "\(result.output)")
            let wide = try await harness.run("sessions", "--wide", width: width)
            #expect(wide.output == (try await harness.run("sessions")).output)
            #expect(!wide.output.contains("Not shown"))
        }
        // Damage is never what is left out.
        try harness.append(["no event"], to: "one")
        let damaged = try await harness.run("sessions", width: 80)
        #expect(damaged.lines[0].hasSuffix("DATA") && damaged.output.contains("damaged"))
    }

    @Test("The table and the JSON have the same numbers")
    func sameNumbers() async throws {
        let harness = try filled()
        let table = try await harness.run("sessions").lines
        let values = try #require(try await harness.run("sessions", "--json").value.arrayValue)
        #expect(
            table[0].cells == [
                "SESSION", "NAME", "STARTED (UTC)", "RUNS", "EVENTS", "METRIC", "PER SECOND", "N",
                "P50", "P99", "ERRORS", "DATA",
            ])
        #expect(table.count == values.count + 2)
        for (row, value) in zip(table.dropFirst(), values) {
            let headline = try #require(value["headline"])
            var cells = row.cells
            // A session without a name has an empty cell.
            if value["name"]?.stringValue == nil { cells.insert("", at: 1) }
            #expect(cells[0] == "ann/" + (value["session"]?.stringValue ?? ""))
            #expect(cells[1] == value["name"]?.stringValue ?? "")
            #expect(cells[3] == "\(value["runs"]?.intValue ?? -1)")
            #expect(cells[4] == "\(value["events"]?.intValue ?? -1)")
            #expect(cells[5] == headline["metric"]?.stringValue)
            #expect(cells[7] == "\(headline["count"]?.intValue ?? -1)")
            for (cell, key) in [(8, "p50"), (9, "p99"), (6, "per_second")] {
                let number = try #require(headline[key]?.doubleValue)
                #expect(
                    cells[cell].drop { $0 == "~" } == NumberFormat.plain.value(number), "\(key)")
            }
            #expect(cells[10] == "\(headline["errors"]?.intValue ?? -1)")
            #expect(cells[11] == "whole")
        }
    }

    @Test("An empty folder says how to begin, and a filter without a hit how many there are")
    func empty() async throws {
        let harness = try CommandHarness()
        _ = try harness.storage
        let none = try await harness.run("sessions")
        #expect(none.status == 0)
        #expect(none.output.contains("`tracker demo --data \(harness.dataFolder)`"))
        #expect(try await harness.run("sessions", "--json").output == "[]\n")
        let miss = try await filled().run("sessions", "nowhere")
        #expect(miss.output == "no session of 3 matches\n")
        #expect(miss.status == 0)
    }

    @Test("A name from the log cannot act on the terminal, and stays whole in JSON")
    func hostile() async throws {
        let harness = try CommandHarness()
        let name = "\u{1B}]0;x\u{7}\u{202E}\u{200B}\u{9B}name"
        var line: [UInt8] = []
        JSONValue.object([
            .init("ts", .integer(CommandHarness.startMs)),
            .init("event", .string("session")),
            .init("name", .string(name)),
        ]).write(to: &line)
        try harness.append([String(decoding: line, as: UTF8.self)], to: "s")
        for arguments in [
            ["sessions"], ["sessions", "--json"], ["show", "s"], ["show", "s", "--json"],
        ] {
            let result = try await CommandHarness.run(
                arguments + ["--data", harness.dataFolder, "--user", "ann"])
            #expect(result.status == 0)
            let acting = result.output.unicodeScalars.filter {
                $0 != "\n" && VisibleText.isHidden($0)
            }
            #expect(acting.isEmpty, "\(arguments)")
        }
        let value = try await harness.run("sessions", "--json").value
        #expect(value.arrayValue?.first?["name"]?.stringValue == name)
        let text = try await harness.run("sessions").output
        #expect(text.contains("\\u{1b}]0;x\\u{7}\\u{202e}\\u{200b}\\u{9b}name"))
    }

    @Test("A session whose newest run failed says why, and shows no number of the generator")
    func failed() async throws {
        let harness = try CommandHarness()
        let start = CommandHarness.startMs
        func event(_ at: Int, _ rest: String) -> String { "{\"ts\":\(start + at),\(rest)}" }
        let usage = ["generator.open_files", "target.threads", "load.unsent_requests"].map {
            event(1, "\"metric\":\"\($0)\",\"value\":19,\"unit\":\"files\",\"run\":\"r\"")
        }
        func end(_ at: Int, _ run: String, _ state: String, _ summary: String) -> [String] {
            [
                event(at, "\"event\":\"run_started\",\"run\":\"\(run)\",\"target\":\"foo\""),
                event(
                    at + 2,
                    "\"event\":\"run_finished\",\"run\":\"\(run)\",\"state\":\"\(state)\","
                        + "\"summary\":{\(summary)}"),
            ]
        }
        let reason = "\"reason\":\"could not reach foo\""
        try harness.append(usage + end(0, "r", "failed", reason), to: "s")
        var entry = try await harness.run("sessions", "--json").value.arrayValue?.first
        #expect(entry?["failure"]?.stringValue == "could not reach foo")
        #expect(entry?["headline"] == .null)
        let wide = try await harness.run("sessions", "--wide").output
        #expect(wide.contains("failed: could not reach foo"))
        #expect(!wide.contains("19") || !wide.contains("files"))
        let narrow = try await harness.run("sessions", width: 80)
        #expect(narrow.output.contains("failed: could"))
        #expect(narrow.lines.allSatisfy { $0.count <= 80 })
        // A foreign program gives no reason; a later run that went well is what counts.
        try harness.append(end(1_000, "s", "failed", ""), to: "s")
        entry = try await harness.run("sessions", "--json").value.arrayValue?.first
        #expect(entry?["failure"]?.stringValue == "no reason was given")
        try harness.append(end(2_000, "t", "finished", reason), to: "s")
        entry = try await harness.run("sessions", "--json").value.arrayValue?.first
        #expect(entry?["failure"] == .null)
    }

    @Test("A damaged session is called so")
    func damaged() async throws {
        let harness = try CommandHarness()
        try harness.add("s", .init(levels: [10]), more: ["no event at all"])
        let result = try await harness.run("sessions")
        #expect(result.lines[1].cells.last == "damaged")
        let value = try await harness.run("sessions", "--json").value
        #expect(value.arrayValue?.first?["bad_lines"]?.intValue == 1)
    }
}
