import ArgumentParser

@testable import tracker

/// Every command, with its words on the command line: found by walking the tree.
enum CommandList {
    static var all: [(path: [String], type: any ParsableCommand.Type)] { walk([], Tracker.self) }

    private static func walk(
        _ path: [String], _ type: any ParsableCommand.Type
    ) -> [(path: [String], type: any ParsableCommand.Type)] {
        [(path, type)]
            + type.configuration.subcommands.flatMap { command in
                walk(path + [name(command)], command)
            }
    }

    static func name(_ type: any ParsableCommand.Type) -> String {
        type.configuration.commandName ?? String("\(type)".lowercased())
    }

    /// The name in a test's output.
    static var paths: [String] { all.map { $0.path.joined(separator: " ") } }

    static func type(_ path: String) -> any ParsableCommand.Type {
        all.first { $0.path.joined(separator: " ") == path }?.type ?? Tracker.self
    }

    /// The command lines below EXAMPLES in its help, continued lines joined.
    static func examples(_ type: any ParsableCommand.Type) -> [String] {
        var examples: [String] = []
        var isInside = false
        var isContinued = false
        for line in type.configuration.discussion.split(
            separator: "\n", omittingEmptySubsequences: false)
        {
            if line == "EXAMPLES" {
                isInside = true
                continue
            }
            guard isInside, line.hasPrefix("  ") else {
                isInside = false
                continue
            }
            var text = String(line.drop { $0 == " " })
            let continues = text.hasSuffix("\\")
            if continues { text.removeLast() }
            if isContinued {
                examples[examples.count - 1] += text
            } else {
                examples.append(text)
            }
            isContinued = continues
        }
        return examples
    }
}

/// The words of a shell's command line, as far as examples need it: quotes, pipes, redirections.
enum ShellWords {
    /// The arguments of each `tracker` in the line.
    static func trackerArguments(_ line: String) -> [[String]] {
        var found: [[String]] = []
        for command in commands(line) {
            guard let at = command.firstIndex(of: "tracker") else { continue }
            found.append(Array(command[(at + 1)...]))
        }
        return found
    }

    /// The words of each simple command; what is redirected is left out.
    static func commands(_ line: String) -> [[String]] {
        var commands: [[String]] = [[]]
        var skipsNext = false
        for word in words(line) {
            switch word {
            case .operation("|"), .operation("&&"): commands.append([])
            case .operation: skipsNext = true
            case .text(let text):
                if skipsNext {
                    skipsNext = false
                } else {
                    commands[commands.count - 1].append(text)
                }
            }
        }
        return commands
    }

    private enum Word {
        case text(String)
        case operation(String)
    }

    private static func words(_ line: String) -> [Word] {
        var words: [Word] = []
        var word: String?
        var quote: Character?
        func end() {
            if let text = word { words.append(.text(text)) }
            word = nil
        }
        for character in line {
            if let open = quote {
                if character == open { quote = nil } else { word = (word ?? "") + "\(character)" }
                continue
            }
            switch character {
            case "'", "\"":
                quote = character
                word = word ?? ""
            case " ": end()
            case "|", "<", ">", "&":
                end()
                if case .operation("&")? = words.last, character == "&" {
                    words[words.count - 1] = .operation("&&")
                } else {
                    words.append(.operation("\(character)"))
                }
            default: word = (word ?? "") + "\(character)"
            }
        }
        end()
        return words
    }
}
