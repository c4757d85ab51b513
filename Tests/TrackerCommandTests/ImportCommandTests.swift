import FoundationEssentials
import Testing
import TrackerLog

@testable import tracker

@Suite("tracker import")
struct ImportCommandTests {
    private static let hey = """
        response-time,DNS+dialup,DNS,Request-write,Response-delay,Response-read,status-code,offset
        0.0100,0.0047,0.0042,0.0001,0.0019,0.0001,200,0.0016
        0.0300,0.0000,0.0000,0.0001,0.0019,0.0001,503,1.0000

        """
    private static let vegeta = """
        Requests      [total, rate, throughput]  1200, 120.00, 65.87
        Duration      [total, attack, wait]      10s, 9.9s, 100ms
        Latencies     [mean, 50, 95, 99, max]    113.5ms, 108ms, 140ms, 247ms, 264ms
        Success       [ratio]                    100.00%
        Status Codes  [code:count]               200:1200

        """

    private func write(_ text: String, _ name: String, _ harness: CommandHarness) throws -> String {
        let path = harness.path(name)
        try Data(text.utf8).write(to: URL(filePath: path))
        return path
    }

    /// As the commands take them.
    private func sessions(_ harness: CommandHarness) async throws -> [String] {
        let values = try await harness.run("sessions", "--json").value.arrayValue ?? []
        return values.compactMap { session in
            guard let user = session["user"]?.stringValue,
                let id = session["session"]?.stringValue
            else { return nil }
            return "\(user)/\(id)"
        }
    }

    @Test("a file of requests becomes a session with measured numbers; the same bytes add nothing")
    func measured() async throws {
        let harness = try CommandHarness()
        let path = try write(Self.hey, "one.csv", harness)
        let result = try await harness.run(
            "import", path, "--at", "2026-08-01T10:00:00Z", "--target", "http://localhost:3000/")
        #expect(result.status == 0, "\(result)")
        #expect(result.output.contains("hey CSV imported as"))
        #expect(result.output.contains("2 samples"))
        let sessions = try await sessions(harness)
        let session = try #require(sessions.first)
        let shown = try #require(try await harness.run("show", session, "--json").json.first)
        let run = try #require(shown["runs"]?.arrayValue?.first)
        #expect(run["target"]?.stringValue == "http://localhost:3000/")
        #expect(run["params"]?["import_format"]?.stringValue == "hey CSV")
        #expect(run["params"]?["import_time"]?.stringValue?.contains("--at") == true)
        #expect(shown["name"]?.stringValue == "one.csv")
        // Under another name, and through a pipe, it is the same.
        let copy = try write(Self.hey, "two.csv", harness)
        for again in [
            try await harness.run("import", copy),
            try await harness.run("import", "-", input: Self.hey),
        ] {
            #expect(again.status == 0, "\(again)")
            #expect(again.output.contains("already imported as"))
        }
        #expect(try await self.sessions(harness) == sessions)
        let events = try await harness.run("cat", session).json
        #expect(events.count { $0["metric"] != nil } == 2)
    }

    @Test("a report becomes a run with the tool's own numbers")
    func reported() async throws {
        let harness = try CommandHarness()
        let path = try write(Self.vegeta, "report.txt", harness)
        let result = try await harness.run("import", path, "--name", "before")
        #expect(result.status == 0, "\(result)")
        #expect(result.output.contains("nothing: all numbers are the tool's own"))
        let session = try #require(try await sessions(harness).first)
        let text = try await harness.run("show", session)
        #expect(text.output.contains("p99_ms"), "\(text)")
        #expect(text.output.contains("before"))
    }

    @Test("a folder is imported whole; what is unknown is left out and named")
    func folder() async throws {
        let harness = try CommandHarness()
        let folder = harness.path("results/inner")
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        _ = try write(Self.hey, "results/a", harness)
        _ = try write(Self.vegeta, "results/inner/b", harness)
        _ = try write("nothing that is known", "results/inner/c", harness)
        let result = try await harness.run("import", harness.path("results"))
        #expect(result.status == 0, "\(result)")
        #expect(result.output.contains("2 files imported, 1 left out"))
        #expect(result.errors.contains("inner/c: left out"))
    }

    @Test("what cannot be imported is an error with what was tried, and writes nothing")
    func refused() async throws {
        let harness = try CommandHarness()
        let path = try write("Dear Sir or Madam", "letter", harness)
        let result = try await harness.run("import", path)
        #expect(result.status == 1)
        #expect(result.errors.contains("no known format"))
        #expect(result.errors.contains("k6 NDJSON"))
        #expect(try await sessions(harness).isEmpty)
        #expect(try await harness.run("import", harness.path("missing")).status == 2)
        #expect(try await harness.run("import", path, "--at", "noon").status == 64)
        #expect(try await harness.run("import", "-", "--follow").status == 64)
    }

    @Test("losses are printed with line and offset")
    func losses() async throws {
        let harness = try CommandHarness()
        let path = try write(Self.hey + "0.1,0\n", "one.csv", harness)
        let result = try await harness.run("import", path)
        #expect(result.status == 0)
        #expect(result.errors.contains("line 4"), "\(result)")
    }
}
