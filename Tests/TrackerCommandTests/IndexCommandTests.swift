import Testing
import TrackerIndexTestSupport
import TrackerIndexer
import TrackerLog
import TrackerTestSupport

@testable import tracker

@Suite("tracker index, fold and merge")
struct IndexCommandTests {
    /// Six sessions with damage, of two users.
    private func filled() throws -> CommandHarness {
        let harness = try CommandHarness()
        try IndexHarness.fill(try harness.storage)
        return harness
    }

    /// Segment files below the log, as arguments of fold.
    private func segments(_ harness: CommandHarness) throws -> [String] {
        let storage = try harness.storage
        var paths: [String] = []
        for key in try DataFolder.sessions(in: storage).sessions {
            let folder = DataLayout.sessionFolder(key.user, key.session)
            for segment in try SessionListing(key.user, key.session, in: storage).segments {
                paths.append("\(harness.dataFolder)/\(folder)/\(segment.name.fileName)")
            }
        }
        return paths
    }

    @Test("The text and the JSON have the same numbers, and the digest is of the log alone")
    func sameNumbers() async throws {
        let harness = try filled()
        let value = try await harness.run("index", "--json", "--threads", "1").value
        let text = try await harness.run("index", "--rebuild").lines
        func number(_ key: String) -> Int { value[key]?.intValue ?? -1 }
        #expect(
            text[0].hasPrefix(
                "\(number("sessions")) sessions, \(number("segments")) segments,"
                    + " \(number("frames")) frames, \(number("events")) events in "), "\(text)")
        #expect(text[1] == "digest \(value["digest"]?.stringValue ?? "")")
        #expect(
            text[2].hasPrefix(
                "\(number("bad_regions")) bad regions, \(number("bad_lines")) bad lines,"
                    + " \(number("missing_frames")) missing frames"))
        #expect(value["saved"]?.boolValue == true)
        #expect(value["interrupted"]?.boolValue == false)
        #expect(number("sessions") == 7)
        // Nothing is new: nothing changes.
        let again = try await harness.run("index", "--json").value
        #expect(again["digest"] == value["digest"])
        #expect(again["events"] == value["events"])
    }

    @Test("An empty data folder is folded to nothing")
    func empty() async throws {
        let harness = try CommandHarness()
        _ = try harness.storage
        let value = try await harness.run("index", "--json").value
        #expect(value["events"]?.intValue == 0)
        #expect(value["sessions"]?.intValue == 0)
    }

    @Test("What cannot be saved is said, and folded all the same")
    func kept() async throws {
        let harness = try filled()
        let storage = try harness.storage
        let lock = try #require(try StatePublishing.lock(storage))
        let result = try await harness.run("index")
        #expect(result.output.contains("not saved"), "\(result)")
        withExtendedLifetime(lock) {}
        let value = try await harness.run("index", "--json").value
        #expect(result.output.contains(value["digest"]?.stringValue ?? "none"))
    }

    @Test("Folded apart and merged, the index is that of a run over the log")
    func foldAndMerge() async throws {
        let harness = try filled()
        let digest = try await harness.run("index", "--json").value["digest"]
        var states: [String] = []
        var events = 0
        for (number, segment) in try segments(harness).enumerated() {
            states.append(harness.path("\(number).state"))
            let arguments = ["fold", segment, "-o", states[number], "--json"]
            let result = try await CommandHarness.run(arguments)
            #expect(result.status == 0, "\(result)")
            let rows = try #require(try result.value["segments"]?.arrayValue)
            #expect(rows.count == 1)
            events += rows[0]["events"]?.intValue ?? 0
            let text = try await CommandHarness.run(Array(arguments.dropLast()))
            let shown = "\(rows[0]["events"]?.intValue ?? -1) events in"
            #expect(text.output.contains(": \(shown) "), "\(text.output)")
        }
        #expect(events > 0)
        let joined = harness.path("all.state")
        let half = harness.path("half.state")
        let reversed = harness.path("reversed.state")
        func merge(_ inputs: [String], _ output: String) async throws -> JSONValue {
            let result = try await CommandHarness.run(
                ["merge"] + inputs + ["-o", output, "--json"])
            #expect(result.status == 0, "\(result)")
            return try result.value
        }
        let merged = try await merge(states, joined)
        #expect(merged["segments"]?.intValue == states.count)
        _ = try await merge(Array(states.prefix(3)), half)
        _ = try await merge([half] + states.reversed(), reversed)
        #expect(try bytes(joined) == bytes(reversed))
        // A folder stands for the segments in it.
        let folders = Set(
            try segments(harness).map { $0.split(separator: "/").dropLast().joined(separator: "/") }
        )
        let whole = harness.path("whole.state")
        let arguments = ["fold", "-o", whole] + folders.sorted().map { "/" + $0 }
        #expect(try await CommandHarness.run(arguments).status == 0)
        #expect(try bytes(joined) == bytes(whole))

        try removeIndex(harness)
        let published = try await CommandHarness.run(
            ["merge", joined, "--data", harness.dataFolder, "--json"])
        #expect(published.status == 0, "\(published)")
        let sessions = try #require(try published.value["sessions"]?.arrayValue)
        #expect(
            sessions.allSatisfy {
                ($0["merged"]?.intValue ?? -1) <= ($0["segments"]?.intValue ?? 0)
            })
        #expect(try await harness.run("index", "--json").value["digest"] == digest)
    }

    private func bytes(_ path: String) throws -> [UInt8] {
        let parts = path.split(separator: "/").map(String.init)
        let storage = try PosixStorage(
            root: "/" + parts.dropLast().joined(separator: "/"), create: false)
        return try storage.openForReading(StoragePath(parts[parts.count - 1])).bytes()
    }

    private func removeIndex(_ harness: CommandHarness) throws {
        let storage = try harness.storage
        for user in try storage.list(DataLayout.index) where user.kind == .directory {
            let folder = DataLayout.index.appending(user.name)
            for file in try storage.list(folder) { try storage.remove(folder.appending(file.name)) }
        }
    }

    @Test(
        "What is not a segment or a state file is refused by name",
        arguments: [
            ["fold", "NOWHERE", "-o", "OUT"], ["fold", "FOLDER", "-o", "OUT"],
            ["fold", "FILE", "-o", "OUT"], ["merge", "NOWHERE", "-o", "OUT"],
            ["merge", "FILE", "-o", "OUT"], ["fold", "/", "-o", "OUT"],
            ["fold", "FILE", "--as", "ann/s/shared.000001.jsonl", "-o", "NOFOLDER/out"],
        ])
    func refused(arguments: [String]) async throws {
        let harness = try CommandHarness()
        try harness.add("s", .init(levels: [10]))
        let file = try PosixStorage(root: harness.path(""), create: false).openOrCreate(
            StoragePath("file"))
        _ = try file.append(Array("text\n".utf8))
        let names = [
            "NOWHERE": harness.path("nowhere"), "FOLDER": harness.dataFolder,
            "FILE": harness.path("file"), "OUT": harness.path("out"),
            "NOFOLDER/out": harness.path("nofolder/out"),
        ]
        let result = try await CommandHarness.run(arguments.map { names[$0] ?? $0 })
        #expect(result.status == 2, "\(result)")
        #expect(result.errors.hasPrefix("error: "))
        #expect(result.output == "")
        let named = arguments.compactMap { names[$0] }.contains { result.errors.contains($0) }
        #expect(named || arguments.contains("/"), "\(result.errors)")
        #expect(throws: StorageError.self) { try bytes(harness.path("out")) }
    }

    @Test("A segment from standard input is folded as what --as says")
    func standardInput() async throws {
        let harness = try CommandHarness()
        let lines = CommandHarness.Run(levels: [10, 10]).lines.map { $0 + "\n" }.joined()
        let output = harness.path("a.state")
        let result = try await CommandHarness.run(
            ["fold", "-", "--as", "ann/s/shared.000001.jsonl", "-o", output, "--json"],
            input: lines)
        #expect(result.status == 0, "\(result)")
        let row = try #require(try result.value["segments"]?.arrayValue?.first)
        #expect(row["events"]?.intValue == 42)
        #expect(row["bytes"]?.intValue == lines.utf8.count)
        #expect(row["user"]?.stringValue == "ann")
        #expect(row["segment"]?.stringValue == "shared.000001.jsonl")
    }

    @Test("A state file is not written to a terminal")
    func stateOnTerminal() async throws {
        let result = try await CommandHarness.run(["merge", "a", "-o", "-"], isTerminal: true)
        #expect(result.status == 64)
        #expect(result.errors.contains("file or a pipe"))
    }

    @Test("While a server holds the index, merge does not write it")
    func locked() async throws {
        let harness = try CommandHarness()
        try harness.add("s", .init(levels: [10]))
        let state = harness.path("s.state")
        let segment = try segments(harness)[0]
        #expect(try await CommandHarness.run(["fold", segment, "-o", state]).status == 0)
        let storage = try harness.storage
        try storage.createDirectory(DataLayout.index)
        let lock = try storage.openOrCreate(DataLayout.indexLock)
        #expect(try lock.lockExclusive())
        let result = try await CommandHarness.run(["merge", state, "--data", harness.dataFolder])
        #expect(result.status == 2)
        #expect(result.errors.contains(harness.dataFolder))
        try lock.close()
        let free = try await CommandHarness.run(["merge", state, "--data", harness.dataFolder])
        #expect(free.status == 0, "\(free)")
        #expect(free.output == "ann/s: 1 of 1 segments merged, 22 events\n")
    }
}
