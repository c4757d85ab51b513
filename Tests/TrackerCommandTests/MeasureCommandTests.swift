import Testing
import TrackerLog
import TrackerTestSupport

@testable import tracker

@Suite("tracker measure")
struct MeasureCommandTests {
    private let harness: CommandHarness

    init() throws { harness = try CommandHarness() }

    /// Options come before the command.
    private func measure(
        _ options: String..., command: String...
    ) async throws -> CommandResult {
        try await CommandHarness.run(
            ["measure", "--data", harness.dataFolder, "--user", CommandHarness.user, "--no-output"]
                + options + ["--"] + command)
    }

    /// The only session, as `show --json` has it.
    private func shown() async throws -> JSONValue {
        let sessions = try await harness.run("sessions", "--json").value.arrayValue
        let first = try #require(sessions?.first)
        let name = try #require(first["session"]?.stringValue)
        return try await harness.run("show", "\(CommandHarness.user)/\(name)", "--json").value
    }

    private func runs() async throws -> [JSONValue] {
        try #require(try await shown()["runs"]?.arrayValue)
    }

    @Test("Each execution is a run with its time, its memory and its exit status")
    func runsOfACommand() async throws {
        let result = try await measure(
            "--runs", "3", "--warmup", "2", "--prepare", "echo x >> \(harness.path("prepared"))",
            "--json", command: "sh", "-c", "echo x >> \(harness.path("executed"))")
        #expect(result.status == 0, "\(result)")
        let lines = try result.json
        #expect(lines.compactMap { $0["run"]?.intValue } == [1, 2, 3])
        for line in lines {
            #expect((line["command.duration_s"]?.doubleValue ?? 0) > 0)
            #expect(line["command.exit_status"]?.doubleValue == 0)
        }
        #expect(try contents("executed") == "x\nx\nx\nx\nx\n")
        #expect(try contents("prepared") == "x\nx\nx\nx\nx\n")
        let runs = try await runs()
        let states = runs.compactMap { $0["state"]?.stringValue }
        #expect(states == ["finished", "finished", "finished"])
        #expect(Set(runs.compactMap { $0["test"]?.stringValue }) == ["measure"])
        let targets = Set(runs.compactMap { $0["target"]?.stringValue })
        #expect(targets == ["sh -c 'echo x >> \(harness.path("executed"))'"])
    }

    private func contents(_ name: String) throws -> String {
        let storage = try PosixStorage(root: harness.path(""), create: false)
        let path = StoragePath(name)
        return String(decoding: try storage.readAll(path, limit: 1_000), as: UTF8.self)
    }

    @Test("Samples have units, and the time of the start")
    func samples() async throws {
        let before = Timestamp.now.milliseconds
        #expect(try await measure(command: "true").status == 0)
        let after = Timestamp.now.milliseconds
        let session = try #require(try await shown()["session"]?.stringValue)
        let events = try await harness.run("cat", session).json
        let samples = events.filter { $0["metric"] != nil }
        let names = samples.compactMap { $0["metric"]?.stringValue }
        #expect(
            names.filter { $0 != "command.peak_memory_bytes" } == [
                "command.duration_s", "command.user_s", "command.system_s", "command.exit_status",
            ])
        #expect(samples.compactMap { $0["unit"]?.stringValue }.prefix(3) == ["s", "s", "s"])
        for sample in samples {
            let time = try #require(sample["ts"]?.doubleValue)
            #expect(time >= before && time <= after)
            #expect(sample["ok"]?.boolValue == true)
        }
    }

    @Test("A command that fails ends the series with its status, and the run says why")
    func failing() async throws {
        let result = try await measure("--runs", "3", command: "sh", "-c", "exit 7")
        #expect(result.status == 7)
        #expect(result.lines.count == 1 && result.output.contains(", exit status 7"), "\(result)")
        let runs = try await runs()
        #expect(runs.count == 1)
        #expect(runs[0]["state"]?.stringValue == "failed")
        let listed = try await harness.run("sessions", "--json").value.arrayValue
        #expect(
            listed?.first?["failure"]?.stringValue == "the command ended with exit status 7")
    }

    @Test("With --ignore-failure all runs are executed; the status is that of the first failure")
    func ignoring() async throws {
        let file = harness.path("count")
        let result = try await measure(
            "--runs", "4", "--ignore-failure", command: "sh", "-c",
            "echo x >> \(file); test $(wc -l < \(file)) != 2 || exit 3; exit 0")
        #expect(result.status == 3)
        let states = try await runs().compactMap { $0["state"]?.stringValue }
        #expect(states == ["finished", "failed", "finished", "finished"])
        #expect(result.output.contains("mean of 3: "))
        #expect(result.output.contains("; 1 failed"))
    }

    @Test("A signal that ends the command has the status that shells give it")
    func signalled() async throws {
        let result = try await measure(command: "sh", "-c", "kill -9 $$")
        #expect(result.status == 137)
        #expect(result.output.contains(", signal 9"))
    }

    @Test("Signals that this program ignores are not ignored in the command")
    func defaultSignals() async throws {
        let result = try await measure(command: "sh", "-c", "kill -PIPE $$; exit 0")
        #expect(result.status == 128 + 13, "\(result)")
    }

    @Test("What cannot be started is a failure of the tracker, and a failed run")
    func missing() async throws {
        let result = try await measure(command: "/nowhere/no-such-program")
        #expect(result.status == 2)
        #expect(result.errors.contains("cannot start /nowhere/no-such-program: No such file"))
        #expect(try await runs().compactMap { $0["state"]?.stringValue } == ["failed"])
    }

    @Test("A preparation that fails: the command is not executed")
    func badPreparation() async throws {
        let result = try await measure(
            "--prepare", "exit 4", command: "touch", harness.path("executed"))
        #expect(result.status == 2)
        #expect(result.errors.contains("--prepare failed: exit status 4"))
        #expect(throws: StorageError.self) { try contents("executed") }
    }

    @Test(
        "Arguments that make no sense are refused, and nothing is executed",
        arguments: [
            [], ["--", ""], ["--runs", "0", "--", "true"], ["--warmup", "-1", "--", "true"],
            ["--target-name", "", "--", "true"], ["true"],
        ])
    func refused(arguments: [String]) async throws {
        let result = try await CommandHarness.run(
            ["measure", "--data", harness.dataFolder] + arguments)
        #expect(result.status == 64, "\(result)")
        #expect(result.errors.contains("Usage: tracker measure"), "\(result.errors)")
    }
}
