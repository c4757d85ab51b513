import ArgumentParser
import Testing

@testable import tracker

@Suite("Help and examples of every command")
struct HelpTests {
    @Test("The walk finds every command")
    func walk() {
        let paths = Set(CommandList.paths)
        for name in [
            "", "serve", "load", "demo", "demo play", "demo target", "session", "session start",
            "session end", "session current", "log", "sessions", "show", "cat", "compare",
            "note", "tag", "untag", "rename", "archive", "unarchive", "left-out", "undo",
            "baseline", "trend", "gate", "index", "fold", "merge", "verify", "repair", "selftest",
            "compact", "prune", "restore", "user", "user list", "user release",
        ] { #expect(paths.contains(name), "\(name)") }
        #expect(paths.count == CommandList.all.count)
    }

    @Test("Help fits 80 columns, and a paragraph is wrapped once", arguments: CommandList.paths)
    func wrapping(path: String) {
        let help = Tracker.helpMessage(for: CommandList.type(path), columns: 80)
        // The parser does not wrap the line of usage; the terminal does.
        for line in help.split(separator: "\n") where !line.hasPrefix("USAGE: ") {
            #expect(terminalWidth(String(line)) <= 80, "\(line)")
        }
        // What the parser makes of arguments has its own columns; prose ends before it.
        let prose = help.prefix(upTo: help.firstRange(of: "USAGE:")?.lowerBound ?? help.endIndex)
        for paragraph in paragraphs(String(prose)) {
            for line in paragraph.dropLast() {
                #expect(line.count >= 40, "\(line)\n, which is wrapped twice")
            }
        }
    }

    /// Blocks of lines that are prose: no headings, no examples, no lists.
    private func paragraphs(_ text: String) -> [[String]] {
        var paragraphs: [[String]] = [[]]
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
            if line.isEmpty || line.hasPrefix("  ") || line == line.uppercased() {
                paragraphs.append([])
            } else {
                paragraphs[paragraphs.count - 1].append(line)
            }
        }
        return paragraphs.filter { !$0.isEmpty }
    }

    @Test("An example is not wrapped: it is 80 columns wide at most", arguments: CommandList.paths)
    func examplesFit(path: String) {
        for line in CommandList.type(path).configuration.discussion.split(separator: "\n")
        where line.hasPrefix(" ") { #expect(line.count <= 80, "\(line)") }
    }

    @Test("A wrapped paragraph is found")
    func wrappingIsFound() {
        let found = paragraphs("ABSTRACT\n\none\ntwo\n\n  an example\n")
        #expect(found == [["one", "two"]])
    }

    @Test("Every command says what it does in one sentence", arguments: CommandList.paths)
    func abstracts(path: String) {
        let abstract = CommandList.type(path).configuration.abstract
        #expect(abstract.hasSuffix(".") || abstract.hasSuffix("?"), "\(abstract)")
        #expect(abstract.first?.isUppercase == true)
        #expect(abstract.count <= 100)
    }

    @Test("Every command that a person calls has an example", arguments: CommandList.paths)
    func examplesExist(path: String) {
        let type = CommandList.type(path)
        let isPart = path.hasPrefix("session ") || path.hasPrefix("user ") || path == "demo play"
        guard !path.isEmpty, type.configuration.shouldDisplay, !isPart else { return }
        #expect(!CommandList.examples(type).isEmpty)
    }

    @Test("Every example is a command line that is understood", arguments: CommandList.paths)
    func examples(path: String) {
        for example in CommandList.examples(CommandList.type(path)) {
            let calls = ShellWords.trackerArguments(example)
            #expect(!calls.isEmpty, "\(example)")
            for arguments in calls {
                // A measurement of a gate is a command line in itself.
                for word in arguments where word.contains("tracker ") {
                    for inner in ShellWords.trackerArguments(word) { parse(inner, example) }
                }
                let command = parse(arguments, example)
                let words = path.split(separator: " ").map(String.init)
                #expect(Array(arguments.prefix(words.count)) == words, "\(example)")
                #expect(command != nil)
            }
        }
    }

    @discardableResult
    private func parse(_ arguments: [String], _ example: String) -> (any ParsableCommand)? {
        do {
            return try Tracker.parseAsRoot(arguments)
        } catch {
            Issue.record("\(example): \(Tracker.fullMessage(for: error))")
            return nil
        }
    }

    @Test("What a shell makes of a line")
    func shellWords() {
        #expect(
            ShellWords.commands("tail -f a | tracker log --name 'a b' > out && x \"'\"")
                == [["tail", "-f", "a"], ["tracker", "log", "--name", "a b"], ["x", "'"]])
        #expect(
            ShellWords.trackerArguments("seq 1 9 | tracker trend --values") == [
                ["trend", "--values"]
            ])
        #expect(ShellWords.trackerArguments("git bisect run tracker gate") == [["gate"]])
        #expect(ShellWords.commands("tracker fold - < in") == [["tracker", "fold", "-"]])
    }

    @Test("The version is one line")
    func version() async throws {
        let result = try await CommandHarness.run(["--version"])
        #expect(result.status == 0)
        #expect(result.output == Tracker.version + "\n")
    }

    @Test("The exit statuses of load are in its help")
    func loadStatuses() {
        let help = Tracker.helpMessage(for: LoadCommand.self, columns: 80)
        for status in ["  0    ", "  1    ", "  64   ", "  130  "] {
            #expect(help.contains("\n" + status), "\(status)")
        }
    }
}
