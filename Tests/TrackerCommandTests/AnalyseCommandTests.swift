import Testing
import TrackerAnalysis
import TrackerLog

@testable import tracker

@Suite("tracker compare, baseline, gate and trend")
struct AnalyseCommandTests {
    @Test("Compare: the table and the JSON have the same numbers, and slower is worse")
    func compare() async throws {
        let harness = try CommandHarness()
        try harness.addBeforeAndAfter()
        func compare(_ a: String, _ b: String, _ options: String) async throws -> CommandResult {
            try await harness.run("compare", a, b, "--run-noise", "within", options)
        }
        let value = try await compare("before", "after", "--json").value
        let lines = try await compare("before", "after", "--wide").lines
        #expect(lines[0].hasPrefix("A  before"))
        #expect(lines[1].hasPrefix("B  after"))
        #expect(lines.contains { $0.cells == ["commit", "aaaa1111", "bbbb2222"] })
        let rows = try #require(value["rows"]?.arrayValue)
        let heading = try #require(lines.firstIndex { $0.contains("95 % INTERVAL") })
        for (line, row) in zip(lines[(heading + 1)...], rows) {
            let cells = line.cells
            let statistic = row["statistic"]?.stringValue ?? ""
            let name = statistic.replacing("_", with: " ")
            #expect(cells[0] == name)
            let percent = statistic == "error_rate" ? "%" : ""
            let format = NumberFormat.plain
            for (cell, key) in [(1, "a"), (2, "b")] {
                let number = try #require(row[key]?.doubleValue)
                #expect(cells[cell] == format.value(number, digits: 4) + percent)
            }
            #expect(cells.last?.hasPrefix(row["verdict"]?.stringValue ?? "?") == true, "\(line)")
            #expect(cells[5] == "\(row["n_a"]?.intValue ?? -1), \(row["n_b"]?.intValue ?? -1)")
        }
        let p50 = try #require(rows.first { $0["statistic"]?.stringValue == "p50" })
        #expect(p50["verdict"]?.stringValue == "Worse")
        let difference = try #require(p50["difference"]?.doubleValue)
        #expect(abs(difference - 0.5) < 0.02)
        // The other way round it is better, by the same numbers.
        let back = try await compare("after", "before", "--json").value
        let same = try #require(
            back["rows"]?.arrayValue?.first { $0["statistic"]?.stringValue == "p50" })
        #expect(same["verdict"]?.stringValue == "Better")
        #expect(same["a"] == p50["b"] && same["b"] == p50["a"])
    }

    @Test("The tables of compare and gate fit 80 columns")
    func narrow() async throws {
        let harness = try CommandHarness()
        try harness.addBeforeAndAfter()
        try harness.add("short", .init(second: 60, levels: [11]))
        let target = "http://localhost:3000/"
        for arguments in [
            ["compare", "before", "after"], ["compare", "before", "short"],
            ["gate", "--target", target, "--against", "last"], ["trend", target],
        ] {
            let words = arguments + ["--data", harness.dataFolder, "--user", CommandHarness.user]
            let result = try await CommandHarness.run(words, width: 80)
            let lines = result.lines.drop { !$0.contains("95 % INTERVAL") && !$0.contains("LEVEL") }
            let table = lines.prefix { !$0.contains(" draws (A: ") }
            #expect(table.count > 3, "\(result)")
            #expect(table.allSatisfy { terminalWidth($0) <= 80 }, "\(result.output)")
            // The verdict is there in full, however many lines it takes.
            let wide = try await CommandHarness.run(words + ["--wide"], width: 80)
            let texts = Set(wide.output.split { $0 == " " || $0 == "\n" })
            let missing = texts.subtracting(result.output.split { $0 == " " || $0 == "\n" })
            #expect(missing.allSatisfy { $0.contains { $0.isNumber } || "N(A,B)".contains($0) })
        }
    }

    @Test("Each further argument is compared with the first")
    func several() async throws {
        let harness = try CommandHarness()
        try harness.addBeforeAndAfter()
        let values = try await harness.run("compare", "before", "after", "before", "--json").json
        #expect(values.count == 2)
        #expect(values.map { $0["b"]?.stringValue } == ["after", "before"])
        #expect(values.allSatisfy { $0["a"]?.stringValue == "before" })
        let text = try await harness.run("compare", "before", "after", "before").output
        #expect(text.components(of: "95 % INTERVAL") == 2)
        #expect(text.components(of: "\n\nA  before") == 1)
    }

    @Test("Groups by commit, by --before and --after, and by the run")
    func groups() async throws {
        let harness = try CommandHarness()
        try harness.addBeforeAndAfter()
        try harness.add(
            "more", .init(commit: "bbbb2222", second: 900, levels: Array(repeating: 15, count: 12)))
        let target = "http://localhost:3000/"
        let commits = try await harness.run(
            "compare", "commit:aaaa", "commit:bbbb", "--target", target, "--json"
        ).value
        #expect(commits["runs_a"]?.intValue == 1)
        #expect(commits["runs_b"]?.intValue == 2)
        let named = try await harness.run(
            "compare", "--before", "before", "--after", "after,more", "--json"
        ).value
        #expect(named["runs_b"]?.intValue == 2)
        #expect(named["rows"] == commits["rows"])
        let run = try await harness.run("compare", "before#r1", "after#r1", "--json").value
        #expect(run["b"]?.stringValue == "after#r1")
        let unknown = try await harness.run("compare", "before#r9", "after")
        #expect(unknown.status == 2)
        #expect(unknown.errors.contains("r9"), "\(unknown.errors)")
        let metric = try await harness.run("compare", "before", "after", "--metric", "nothing")
        #expect(metric.status == 2)
        #expect(metric.errors.contains("nothing"))
    }

    @Test("A baseline is pinned, shown, compared with and gated against")
    func baseline() async throws {
        let harness = try CommandHarness()
        try harness.addBeforeAndAfter()
        let target = "http://localhost:3000/"
        let none = try await harness.run("baseline", "--target", target)
        #expect(none.status == 2)
        let pinned = try await harness.run("baseline", "before")
        #expect(pinned.status == 0, "\(pinned)")
        #expect(pinned.output == "before is the baseline of \(target)\n")
        #expect(try await harness.run("baseline", "--target", target).output == "ann/before#r1\n")
        let compared = try await harness.run("compare", "baseline", "after", "--json").value
        #expect(compared["b"]?.stringValue == "after")
        let gate = try await harness.run(
            "gate", "--target", target, "--against", "baseline", "--run-noise", "within")
        #expect(gate.status == 1, "\(gate)")
        // To take it back, pin another.
        #expect(try await harness.run("baseline", "ann/after#r1").status == 0)
        #expect(try await harness.run("baseline", "--target", target).output == "ann/after#r1\n")
    }

    @Test("Only a finished run that names a target can be a baseline")
    func noBaseline() async throws {
        let harness = try CommandHarness()
        try harness.add("failed", .init(levels: [10], state: "failed"))
        let result = try await harness.run("baseline", "failed")
        #expect(result.status == 2)
        #expect(result.errors.contains("no finished run"))
    }

    @Test(
        "The exit status of a gate, and its word in each form",
        arguments: [
            (10.0, 0, "Pass", "pass"), (15.0, 1, "Worse", "worse"),
        ] as [(Double, Int32, String, String)])
    func gate(level: Double, status: Int32, word: String, result: String) async throws {
        let harness = try CommandHarness()
        try harness.add("before", .init(target: "api", commit: "aaaa1111"))
        try harness.add(
            "after",
            .init(
                target: "api", commit: "bbbb2222", second: 600,
                levels: Array(repeating: level, count: 12)))
        let arguments = [
            "gate", "--target", "api", "--against", "last", "--max", "p50:+5%", "--run-noise",
            "within", "--data", harness.dataFolder,
        ]
        let text = try await CommandHarness.run(arguments)
        #expect(text.status == status, "\(text)")
        #expect(text.output.hasPrefix("\(word): api against the previous measurement\n"))
        let json = try await CommandHarness.run(arguments + ["--json"])
        #expect(json.status == status)
        #expect(try json.value["result"]?.stringValue == result)
        let markdown = try await CommandHarness.run(arguments + ["--markdown"])
        #expect(markdown.status == status)
        #expect(markdown.output.hasPrefix("**\(word)**: api against"))
        let bisect = try await CommandHarness.run(arguments + ["--bisect"])
        #expect(bisect.status == status)
        let row = try #require(try json.value["limits"]?.arrayValue?.first?["row"])
        let cells = text.lines.last?.cells ?? []
        #expect(cells.first == "p50:+5%")
        let shown = try #require(row["a"]?.doubleValue)
        #expect(cells[1] == NumberFormat.plain.value(shown, digits: 4))
        #expect(markdown.output.contains("| p50 | \(cells[1]) | \(cells[2]) |"))
    }

    @Test(
        "A gate that cannot judge has status 2, and skips a commit when it bisects",
        arguments: [
            ["--against", "last"], ["--against", "zzz"], ["--against", "0123abc"],
            ["--against", "last", "--max", "p42:+5%"],
            ["--against", "last", "--measure", "exit 3"],
        ])
    func gateFailure(arguments: [String]) async throws {
        let harness = try CommandHarness()
        try harness.add("only", .init(target: "api", commit: "aaaa1111"))
        let base = ["gate", "--target", "api", "--data", harness.dataFolder] + arguments
        let result = try await CommandHarness.run(base)
        #expect(result.status == 2, "\(result)")
        #expect(result.errors.hasPrefix("error: "))
        #expect(result.output == "")
        #expect(try await CommandHarness.run(base + ["--bisect"]).status == 125)
    }

    @Test("A trend finds the change, its commits, and how to bisect it")
    func trend() async throws {
        let harness = try CommandHarness()
        for number in 0..<20 {
            let level = number < 10 ? 10.0 : 15.0
            try harness.add(
                "s\(number)",
                .init(
                    target: "api",
                    commit: number < 10 ? "aaaa\(1000 + number)" : "bbbb\(1000 + number)",
                    second: number * 600, levels: [level + 0.01 * Double(number % 3), level]))
        }
        let value = try await harness.run("trend", "api", "--statistic", "p50", "--json").value
        let text = try await harness.run("trend", "api", "--statistic", "p50").output
        #expect(value["runs"]?.arrayValue?.count == 20)
        let changes = try #require(value["changes"]?.arrayValue)
        #expect(changes.count == 1)
        let change = try #require(changes.first)
        #expect(change["is_better"]?.boolValue == false)
        #expect(change["last_before"]?["run"]?.stringValue == "ann/s9#r1")
        #expect(change["first_after"]?["commit"]?.stringValue == "bbbb1010")
        for line in change["bisect"]?.arrayValue ?? [] {
            #expect(text.contains("  \(line.stringValue ?? "?")\n"))
        }
        #expect(text.contains("git bisect start bbbb1010 aaaa1009\n"))
        #expect(text.contains("p50 worse: "))
        #expect(text.contains("20 runs, 2026-11-17 to 2026-11-17 (UTC)\n"))
        let level = try #require(value["levels"]?.arrayValue?.first?["now"]?["mean"]?.doubleValue)
        let row = text.split(separator: "\n").first { $0.hasPrefix("p50 ") }.map(String.init)
        #expect(row?.cells[2] == NumberFormat.plain.value(level))
    }

    @Test("A target that nobody measured is said, with those that there are")
    func noTarget() async throws {
        let harness = try CommandHarness()
        try harness.add("s", .init(target: "api"))
        let result = try await harness.run("trend", "shop")
        #expect(result.status == 2)
        #expect(result.errors.contains("shop") && result.errors.contains("api"))
    }

    @Test("Change points of bare numbers")
    func values() async throws {
        let numbers = Array(repeating: 10.0, count: 12) + Array(repeating: 20.0, count: 12)
        let input = numbers.enumerated().map { "\($1 + 0.01 * Double($0 % 4))\n\n" }.joined()
        let json = try await CommandHarness.run(["trend", "--values", "--json"], input: input)
        #expect(json.status == 0, "\(json)")
        let points = try #require(try json.value.arrayValue)
        #expect(points.map { $0["index"]?.intValue } == [12])
        let text = try await CommandHarness.run(["trend", "--values"], input: input)
        #expect(text.lines.count == 2)
        #expect(text.lines[1].cells[0] == "12")
        #expect(
            text.lines[1].cells[3] == "+99.7%" || text.lines[1].cells[3] == "+100.0%"
                || text.lines[1].cells[3] == "+99.9%")
        let none = try await CommandHarness.run(["trend", "--values"], input: "1\n1\n")
        #expect(none.lines.count == 1)
    }

    @Test(
        "A line that is not a number is reported with its line number",
        arguments: ["1\n\u{1B}[2J\n", "1\nnan\n"])
    func noNumber(input: String) async throws {
        let result = try await CommandHarness.run(["trend", "--values"], input: input)
        #expect(result.status == 2)
        #expect(result.errors.hasPrefix("error: line 2: "))
        #expect(!result.errors.contains("\u{1B}"))
    }
}

extension String {
    /// How often a text stands in this one.
    fileprivate func components(of text: String) -> Int { ranges(of: text).count }
}
