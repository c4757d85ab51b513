import ArgumentParser
import Glibc
import Synchronization
import Testing
import TrackerLog
import TrackerTestSupport

@testable import tracker

/// What a command printed, and how it ended.
struct CommandResult: Sendable {
    var status: Int32
    var output: String
    var errors: String

    /// The lines of standard output.
    var lines: [String] { output.split(separator: "\n").map(String.init) }

    /// Standard output as JSON: each line one value.
    var json: [JSONValue] {
        get throws { try lines.map { try JSONValue(parsing: Array($0.utf8)) } }
    }

    /// The one JSON value of standard output.
    var value: JSONValue {
        get throws {
            let values = try json
            #expect(values.count == 1 && output.hasSuffix("\n"), "\(output)")
            return try #require(values.first)
        }
    }
}

/// A data folder of its own, and commands that run on it within this process.
final class CommandHarness: Sendable {
    static let user = "ann"
    /// Tue 17 Nov 2026, 14:02:11 UTC.
    static let startMs = 1_794_924_131_000

    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    var dataFolder: String { folder.path + "/data" }

    /// A path beside the data folder.
    func path(_ name: String) -> String { folder.path + "/" + name }

    var storage: PosixStorage {
        get throws {
            let storage = try PosixStorage(root: dataFolder, create: true)
            try DataFolder.prepare(storage)
            return storage
        }
    }

    /// Runs a command of this user on the data folder.
    /// - Parameter width: of the terminal; tables are as wide as they are without it.
    @discardableResult
    func run(
        _ arguments: String..., input: String = "", isTerminal: Bool = false, width: Int? = nil
    ) async throws -> CommandResult {
        try await Self.run(
            arguments + ["--data", dataFolder, "--user", Self.user], input: input,
            isTerminal: isTerminal, width: width)
    }

    /// Runs a command line as it is.
    static func run(
        _ arguments: [String], input: String = "", isTerminal: Bool = false, width: Int? = nil
    ) async throws -> CommandResult {
        let printed = Printed()
        let descriptor = try Self.descriptor(reading: input)
        defer { close(descriptor) }
        let console = Console(
            input: descriptor, isTerminal: { _ in isTerminal }, width: { width },
            write: { printed.add($0, to: $1) })
        let status = await Console.$current.withValue(console) {
            await CommandRun<Tracker>.execute(arguments)
        }
        return CommandResult(
            status: status, output: printed.text(.output), errors: printed.text(.error))
    }

    /// A file without a name that holds the text.
    private static func descriptor(reading text: String) throws -> Int32 {
        var template = Array("/tmp/tracker-input-XXXXXX".utf8CString)
        let descriptor = unsafe mkstemp(&template)
        try #require(descriptor >= 0)
        unsafe unlink(template)
        let bytes = Array(text.utf8)
        let count = unsafe bytes.withUnsafeBytes {
            unsafe write(descriptor, $0.baseAddress, $0.count)
        }
        try #require(count == bytes.count)
        lseek(descriptor, 0, SEEK_SET)
        return descriptor
    }

    private final class Printed: Sendable {
        private let bytes = Mutex<[Console.Stream: [UInt8]]>([:])

        func add(_ more: [UInt8], to stream: Console.Stream) {
            bytes.withLock { $0[stream, default: []] += more }
        }

        func text(_ stream: Console.Stream) -> String {
            String(decoding: bytes.withLock { $0[stream] ?? [] }, as: UTF8.self)
        }
    }
}

// MARK: logs

extension CommandHarness {
    /// Appends bytes to a file of a session of the user.
    func append(_ bytes: [UInt8], to session: String, file: String) throws {
        let storage = try storage
        let folder = DataLayout.sessionFolder(
            try UserID(Self.user), try SessionID(session))
        try storage.createDirectory(folder)
        let open = try storage.openOrCreate(folder.appending(file))
        #expect(try open.append(bytes) == bytes.count)
    }

    /// Appends lines to a plain segment.
    func append(_ lines: [String], to session: String) throws {
        try append(
            Array(lines.map { $0 + "\n" }.joined().utf8), to: session, file: "shared.000001.jsonl")
    }

    /// A finished run of a second for each of the levels: twenty samples a second around it.
    struct Run {
        var name = "r1"
        var target = "http://localhost:3000/"
        var commit: String?
        /// Seconds after `startMs`.
        var second = 0
        var levels: [Double] = Array(repeating: 10, count: 12)
        var errorEvery = 0
        var state = "finished"

        var lines: [String] {
            let start = CommandHarness.startMs + second * 1_000
            let commit = self.commit.map { ",\"commit\":\"\($0)\"" } ?? ""
            var lines = [
                "{\"ts\":\(start),\"event\":\"run_started\",\"run\":\"\(name)\","
                    + "\"target\":\"\(target)\"\(commit)}"
            ]
            for (slot, level) in levels.enumerated() {
                for number in 0..<20 {
                    let ok = errorEvery > 0 && number % errorEvery == 0 ? ",\"ok\":false" : ""
                    // The same values in each second, and a little wander of its own.
                    let value = level * (0.9 + 0.01 * Double((number * 7 + slot * 3) % 20))
                    lines.append(
                        "{\"ts\":\(start + slot * 1_000 + number * 50),"
                            + "\"metric\":\"http.latency_ms\",\"value\":\(value),\"unit\":\"ms\","
                            + "\"run\":\"\(name)\",\"labels\":{\"route\":\"/\"}\(ok)}")
                }
            }
            lines.append(
                "{\"ts\":\(start + levels.count * 1_000),\"event\":\"run_finished\","
                    + "\"run\":\"\(name)\",\"state\":\"\(state)\"}")
            return lines
        }
    }

    func add(_ session: String, _ runs: Run..., more: [String] = []) throws {
        try append(runs.flatMap(\.lines) + more, to: session)
    }

    /// Two sessions of a target: `after` takes half as long again.
    func addBeforeAndAfter() throws {
        try add("before", Run(commit: "aaaa1111"))
        try add(
            "after",
            Run(commit: "bbbb2222", second: 600, levels: Array(repeating: 15, count: 12)))
    }
}

extension String {
    /// The cells of a row of a table: two spaces or more between them.
    var cells: [String] {
        var cells: [String] = []
        var cell = ""
        var spaces = 0
        for character in self {
            if character == " " {
                spaces += 1
                continue
            }
            if spaces >= 2, !cell.isEmpty {
                cells.append(cell)
                cell = ""
            } else if spaces == 1, !cell.isEmpty {
                cell += " "
            }
            spaces = 0
            cell.append(character)
        }
        return cell.isEmpty ? cells : cells + [cell]
    }
}
