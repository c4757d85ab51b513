import Testing
import TrackerLog

@testable import tracker

@Suite("tracker show")
struct ShowCommandTests {
    @Test("The table and the JSON have the same numbers")
    func sameNumbers() async throws {
        let harness = try CommandHarness()
        try harness.add("s", .init(errorEvery: 5), .init(name: "r2", second: 60, levels: [40, 50]))
        let value = try await harness.run("show", "s", "--json").value
        let text = try await harness.run("show", "ann/s").lines
        #expect(text[0] == "s  (ann/s)")
        let runs = try #require(value["runs"]?.arrayValue)
        #expect(runs.count == 2)
        for run in runs {
            let name = try #require(run["run"]?.stringValue)
            let at = try #require(text.firstIndex { $0.hasPrefix("run \(name): finished, ") })
            #expect(text[at].contains("http://localhost:3000/"))
            let series = try #require(run["series"]?.arrayValue)
            for (row, one) in zip(text[(at + 2)...], series) {
                let cells = row.cells
                #expect(cells[0] == "http.latency_ms (ms)")
                #expect(cells[1] == "route=/")
                #expect(cells[2] == "\(one["count"]?.intValue ?? -1)")
                #expect(cells[3] == "\(one["errors"]?.intValue ?? -1)")
                for (cell, key) in [
                    (4, "min"), (5, "p50"), (6, "p90"), (7, "p95"), (8, "p99"), (9, "p999"),
                    (10, "max"),
                ] {
                    let number = try #require(one[key]?.doubleValue)
                    let shown = cells[cell].drop { $0 == "~" }
                    #expect(shown == NumberFormat.plain.value(number), "\(name) \(key)")
                }
            }
        }
        #expect(text.last == "data: whole")
    }

    @Test("The tables fit 80 columns; one line says what is missing")
    func narrow() async throws {
        let harness = try CommandHarness()
        try harness.add("s", .init(errorEvery: 5), .init(name: "r2", second: 60, levels: [40, 50]))
        try harness.append(
            [
                "{\"ts\":\(CommandHarness.startMs),\"metric\":\"a.rather.long.name_of_it_ms\","
                    + "\"value\":123456.7,\"labels\":{\"route\":\"/测试/a/long/one\",\"status\":200}}"
            ], to: "s")
        let result = try await harness.run("show", "s", width: 80)
        #expect(result.lines.allSatisfy { terminalWidth($0) <= 80 }, "\(result.output)")
        #expect(result.lines.filter { $0.hasPrefix("Not shown: ") }.count == 1, "\(result.output)")
        let wide = try await harness.run("show", "s", "--wide", width: 80)
        #expect(wide.output == (try await harness.run("show", "s")).output)
    }

    @Test("Histograms count each sample once, and only when asked for")
    func buckets() async throws {
        let harness = try CommandHarness()
        try harness.add("s", .init())
        let plain = try await harness.run("show", "s", "--json").value
        let full = try await harness.run("show", "s", "--json", "--buckets").value
        func series(_ value: JSONValue) -> JSONValue? {
            value["runs"]?.arrayValue?.first?["series"]?.arrayValue?.first
        }
        #expect(series(plain)?["buckets"] == nil)
        let buckets = try #require(series(full)?["buckets"]?.arrayValue)
        let counts = buckets.compactMap { $0.arrayValue?.last?.intValue }
        #expect(counts.reduce(0, +) == series(full)?["count"]?.intValue)
        let indices = buckets.compactMap { $0.arrayValue?.first?.intValue }
        #expect(indices == indices.sorted() && Set(indices).count == indices.count)
    }

    @Test("Samples without a run, a running run, a damaged line")
    func others() async throws {
        let harness = try CommandHarness()
        let ms = CommandHarness.startMs
        try harness.append(
            [
                "{\"ts\":\(ms),\"metric\":\"m\",\"value\":1}",
                "{\"ts\":\(ms),\"event\":\"run_started\",\"run\":\"r\"}",
                "{\"ts\":\(ms),\"metric\":\"m\",\"value\":2,\"run\":\"r\"}", "broken",
            ], to: "s")
        let text = try await harness.run("show", "s").output
        #expect(text.contains("samples without a run: "))
        #expect(text.contains("data: 1 bad line\n"))
        let value = try await harness.run("show", "s", "--json").value
        #expect(value["health"]?["bad_lines"]?.intValue == 1)
        #expect(value["health"]?["whole"]?.boolValue == false)
    }

    @Test("An id with a slash is found, and so is one with any letters")
    func oddNames() async throws {
        let harness = try CommandHarness()
        for name in ["a/b", "Größe 1", "%41", "x y"] {
            try harness.add(name, .init(levels: [10]))
            let value = try await harness.run("show", name, "--json").value
            #expect(value["session"]?.stringValue == name)
            let named = try await harness.run("show", "ann/" + name, "--json").value
            #expect(named["session"]?.stringValue == name)
        }
    }
}
