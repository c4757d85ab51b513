import ArgumentParser
import FoundationEssentials
import Synchronization
import Testing
import TrackerLog

@testable import tracker

@Suite("What commands print goes through one door")
struct ConsoleTests {
    private final class Printed: Sendable {
        let bytes = Mutex<[Console.Stream: [UInt8]]>([:])
    }

    private func printed(isTerminal: Bool = false, _ body: () -> Void) -> [Console.Stream: String] {
        let printed = Printed()
        let console = Console(
            isTerminal: { _ in isTerminal },
            write: { more, stream in printed.bytes.withLock { $0[stream, default: []] += more } })
        Console.$current.withValue(console, operation: body)
        return printed.bytes.withLock { $0.mapValues { String(decoding: $0, as: UTF8.self) } }
    }

    private static let hostile = "a\u{1B}[2J\u{9B}\u{202E}\u{200B}b"

    @Test("Each way to print makes hidden characters visible")
    func visible() {
        let shown = "a\\u{1b}[2J\\u{9b}\\u{202e}\\u{200b}b"
        #expect(printed { printText(Self.hostile + "\n") } == [.output: shown + "\n"])
        #expect(printed { printLine(Self.hostile + "\nc") } == [.output: shown + "\\u{a}c\n"])
        #expect(printed { printError(Self.hostile + "\nc") } == [.error: shown + "\nc\n"])
        #expect(
            printed { printJSON(.string(Self.hostile)) }
                == [.output: "\"a\\u001b[2J\\u009b\\u202e\\u200bb\"\n"])
    }

    @Test("Bytes of the log stay in a pipe, and are made visible on a terminal")
    func log() {
        let bytes: [UInt8] = Array((Self.hostile + "\n").utf8)
        #expect(printed { printLog(bytes) } == [.output: Self.hostile + "\n"])
        let shown = printed(isTerminal: true) { printLog(bytes) }
        #expect(shown == [.output: VisibleText.escaped(Self.hostile) + "\n"])
    }

    @Test("A command line in a hint works on the folder that was named")
    func hints() {
        let console = Console()
        func text(_ text: String) -> String {
            Console.$current.withValue(console) { hinted(text) }
        }
        let hint = "see `tracker show` and `tracker prune --apply`, not `git log`"
        #expect(text(hint) == hint)
        console.hints.use(folder: "/tmp/my data")
        #expect(
            text(hint)
                == "see `tracker show --data '/tmp/my data'` and"
                + " `tracker prune --apply --data '/tmp/my data'`, not `git log`")
        for other in [
            "`tracker fold` makes one", "`tracker show --data x`", "tracker show", "`tracker show",
            "", "`",
        ] { #expect(text(other) == other) }
        #expect(
            printed { printError("use `tracker show`") } == [.error: "use `tracker show`\n"],
            "another console")
    }

    @Test("The commands that take no folder are known", arguments: CommandList.paths)
    func foldersOfCommands(path: String) {
        let help = Tracker.helpMessage(for: CommandList.type(path), columns: 80)
        let type = CommandList.type(path)
        guard !path.isEmpty, type.configuration.shouldDisplay,
            type.configuration.subcommands.isEmpty
        else { return }
        #expect(help.contains("--data <folder>") != CommandHints.withoutFolder.contains(path))
    }

    @Test("What is not printed is remembered, and nothing more is tried")
    func lost() {
        let tries = Mutex(0)
        let console = Console(write: { _, stream in
            guard stream == .output else { return }
            tries.withLock { $0 += 1 }
            throw CommandFailure("full \(tries.withLock { $0 })")
        })
        Console.$current.withValue(console) {
            #expect(LostOutput.report(after: 0) == 0)
            printLine("a")
            printJSON(.null)
            printError("b")
            #expect(console.outcome.failure == "full 1")
            #expect(LostOutput.report(after: 0) == LostOutput.exitStatus)
            #expect(LostOutput.report(after: 3) == 3)
        }
        #expect(tries.withLock { $0 } == 1)
    }

    @Test("No command prints past it")
    func source() throws {
        let sources = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Sources/tracker")
        let names = try FileManager.default.subpathsOfDirectory(atPath: sources.path)
        var count = 0
        for name in names where name.hasSuffix(".swift") {
            count += 1
            guard !name.hasSuffix("Shared/Console.swift") else { continue }
            let text = try String(contentsOf: sources.appending(path: name), encoding: .utf8)
            for line in text.split(separator: "\n") {
                let code = line.drop { $0 == " " }
                #expect(!code.hasPrefix("print(") && !code.contains(" print("), "\(name): \(line)")
                #expect(!code.contains("writeAll("), "\(name): \(line)")
            }
        }
        #expect(count > 20)
    }
}
