import Testing
import TrackerLog
import TrackerTestSupport

@testable import tracker

@Suite("tracker log and tracker session")
struct LogCommandTests {
    private func events(_ harness: CommandHarness, _ session: String) async throws -> [JSONValue] {
        try await harness.run("cat", session).json
    }

    @Test("One sample from options")
    func sample() async throws {
        let harness = try CommandHarness()
        let result = try await harness.run(
            "log", "--session", "s", "--metric", "build_seconds", "--value", "-42.5", "--unit", "s",
            "--run", "r", "--label", "branch=main", "--label", "empty=", "--label", "eq=a=b",
            "--durability", "durable", "--ack")
        #expect(result.status == 0, "\(result)")
        #expect(result.output == "acked 1\n")
        let event = try #require(try await events(harness, "s").first)
        #expect(event["metric"]?.stringValue == "build_seconds")
        #expect(event["value"]?.doubleValue == -42.5)
        #expect(event["unit"]?.stringValue == "s")
        #expect(event["run"]?.stringValue == "r")
        let labels = event["labels"]
        #expect(labels?["branch"]?.stringValue == "main")
        #expect(labels?["empty"]?.stringValue == "")
        #expect(labels?["eq"]?.stringValue == "a=b")
    }

    @Test("Lines from standard input: those that are events are written, others named")
    func lines() async throws {
        let harness = try CommandHarness()
        let input = """
            {"ts":1000,"metric":"m","value":1}
            nothing
            {"metric":"m","value":2}
            {"ts":3000,"event":"note","text":"three"}
            {"ts":4000,"metric":"m"}
            {"ts":5000,"metric":"m","value":5}
            """
        let result = try await harness.run("log", "--session", "s", "--ack", input: input)
        #expect(result.status == 1)
        #expect(
            result.errors.split(separator: "\n").map { $0.prefix(7) }
                == ["line 2:", "line 5:", "warning"])
        #expect(result.output.hasSuffix("acked 4\n"))
        let found = try await events(harness, "s")
        #expect(found.compactMap { $0["value"]?.intValue } == [1, 2, 5])
        // What has no time happened now.
        let now = try #require(found[1]["ts"]?.doubleValue)
        #expect(abs(now - Timestamp.now.milliseconds) < 60_000)
    }

    @Test("Empty lines and a byte order mark are left out; implausible times are told")
    func doubts() async throws {
        let harness = try CommandHarness()
        let input =
            "\u{FEFF}{\"ts\":1763899200000,\"metric\":\"m\",\"value\":1}\n\n \t\r\n"
            + "{\"ts\":1763899200,\"metric\":\"m\",\"value\":2}\n"
            + "{\"ts\":1763899200000000,\"metric\":\"m\",\"value\":3}"
        let result = try await harness.run("log", "--session", "s", input: input)
        #expect(result.status == 0, "\(result)")
        #expect(result.errors.contains("warning: 2 events have a time"), "\(result.errors)")
        #expect(result.errors.contains("the first in line 4 (1970-01-21T"), "\(result.errors)")
        #expect(result.errors.contains("this may be seconds"), "\(result.errors)")
        #expect(try await events(harness, "s").compactMap { $0["value"]?.intValue } == [1, 2, 3])
        let one = try await harness.run(
            "log", "--session", "t", "--metric", "m", "--value", "1", "--at", "2199-01-01T00:00:00Z"
        )
        #expect(one.status == 0 && one.errors.contains("is after 2099"), "\(one.errors)")
        let now = try await harness.run("log", "--session", "t", "--metric", "m", "--value", "1")
        #expect(now.errors == "", "\(now.errors)")
    }

    @Test("Nothing on standard input is nothing in the log", arguments: ["", "\n"])
    func nothing(input: String) async throws {
        let harness = try CommandHarness()
        let result = try await harness.run("log", "--session", "s", input: input)
        #expect(result.status == 0)
        #expect(result.output == "")
    }

    @Test("Under one identity the same counts once; without one it counts again")
    func identity() async throws {
        let harness = try CommandHarness()
        let lines = (0..<300).map { "{\"ts\":\(1_000 + $0),\"metric\":\"m\",\"value\":\($0)}\n" }
            .joined()
        func count(_ session: String) async throws -> Int? {
            _ = try await harness.run("index")
            let summary = try await harness.run("show", session, "--json").value
            return summary["runs"]?.arrayValue?.first?["count"]?.intValue
        }
        for _ in 0..<3 {
            let all = try await harness.run(
                "log", "--session", "s", "--identity", "build-42", "--ack", input: lines)
            #expect(all.status == 0, "\(all)")
            #expect(all.output == "acked 300\n")
            let one = try await harness.run(
                "log", "--session", "t", "--identity", "build-42", "--metric", "m", "--value", "1",
                "--at", "2026-11-23T14:02:11Z")
            #expect(one.status == 0, "\(one)")
        }
        #expect(try await count("s") == 300)
        #expect(try await count("t") == 1)
        _ = try await harness.run("log", "--session", "s", "--identity", "build-43", input: lines)
        #expect(try await count("s") == 600)
        // A line without a time would be another one the next time.
        let timeless = try await harness.run(
            "log", "--session", "s", "--identity", "i", input: #"{"metric":"m","value":1}"#)
        #expect(timeless.status == 1)
        #expect(timeless.errors == "line 1: no ts\n")
    }

    @Test(
        "An identity that could not count once is refused",
        arguments: [
            ["--identity", "i"], ["--identity", "", "--session", "s"],
            ["--identity", "i", "--session", "s", "--metric", "m", "--value", "1"],
            ["--at", "1000"], ["--at", "yesterday", "--metric", "m", "--value", "1"],
            ["--at", "nan", "--metric", "m", "--value", "1"],
        ])
    func badIdentity(arguments: [String]) async throws {
        let harness = try CommandHarness()
        let result = try await CommandHarness.run(
            ["log"] + arguments + ["--data", harness.dataFolder])
        #expect(result.status == 64)
        #expect(result.errors.contains("--identity") || result.errors.contains("--at"))
    }

    @Test("Without a name each call makes a session; a current one is joined")
    func current() async throws {
        let harness = try CommandHarness()
        func log() async throws {
            let result = try await harness.run("log", "--metric", "m", "--value", "1")
            #expect(result.status == 0, "\(result)")
        }
        func count() async throws -> Int {
            try await harness.run("sessions", "--json").value.arrayValue?.count ?? 0
        }
        try await log()
        try await log()
        #expect(try await count() == 2)
        let started = try await harness.run("session", "start", "--name", "both")
        #expect(started.status == 0)
        let id = started.output.dropLast()
        #expect(try await harness.run("session", "current").output == started.output)
        try await log()
        try await log()
        #expect(try await count() == 3)
        let summary = try await harness.run("show", String(id), "--json").value
        #expect(summary["name"]?.stringValue == "both")
        #expect(summary["runs"]?.arrayValue?.first?["count"]?.intValue == 2)
        let ended = try await harness.run("session", "end")
        #expect(ended.output == "Ended session \(id)\n")
        try await log()
        #expect(try await count() == 4)
    }

    @Test("The session commands as JSON name the same session")
    func sessionJSON() async throws {
        let harness = try CommandHarness()
        let start = try await harness.run("session", "start", "--json").value
        let id = try #require(start["session"]?.stringValue ?? start["session_id"]?.stringValue)
        #expect(try await harness.run("session", "current").output == id + "\n")
        #expect(try await harness.run("session", "current", "--json").value == start)
        #expect(try await harness.run("session", "end", "--json").value == start)
    }

    @Test("Without a current session: status 1, and to end none is no failure")
    func none() async throws {
        let harness = try CommandHarness()
        let current = try await harness.run("session", "current")
        #expect(current.status == 1)
        #expect(current.output == "")
        #expect(current.errors.contains("tracker session start"))
        let end = try await harness.run("session", "end")
        #expect(end.status == 0)
        #expect(end.output == "")
        // To ask makes no folder.
        #expect(throws: StorageError.self) {
            try PosixStorage(root: harness.dataFolder, create: false)
        }
    }

    @Test("A second start ends the first")
    func secondStart() async throws {
        let harness = try CommandHarness()
        let first = try await harness.run("session", "start").output
        let second = try await harness.run("session", "start").output
        #expect(first != second)
        #expect(try await harness.run("session", "current").output == second)
    }

    @Test(
        "What no session can be called is refused",
        arguments: ["", String(repeating: "x", count: 300)])
    func badSession(name: String) async throws {
        let harness = try CommandHarness()
        let result = try await harness.run(
            "log", "--session=\(name)", "--metric", "m", "--value", "1")
        #expect(result.status == 64)
        #expect(result.errors.contains("--session"))
    }
}
