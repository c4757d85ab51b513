import ArgumentParser
import TrackerLog

/// Runs a command line: parses it, executes the command, and prints what went wrong.
///
/// The parser would print errors itself: with the usage of `tracker` for whatever a command refuses
/// while it runs, and with what an argument contains, control characters included.
enum CommandRun<Root: ParsableCommand> {
    /// - Parameter arguments: without the name of the program.
    /// - Returns: the exit status.
    static func execute(_ arguments: [String]) async -> Int32 {
        let status = await run(arguments)
        return LostOutput.report(after: status)
    }

    private static func run(_ arguments: [String]) async -> Int32 {
        var type: any ParsableCommand.Type = Root.self
        do {
            try checkNames(arguments)
            var command = try Root.parseAsRoot(arguments)
            type = Swift.type(of: command)
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
            return 0
        } catch {
            return report(error, of: type)
        }
    }

    private static func report(_ error: any Error, of type: any ParsableCommand.Type) -> Int32 {
        let status = Root.exitCode(for: error)
        let message =
            (error as? ValidationError).map { usageText($0.message, of: type) }
            ?? (error as? UnknownCommand).map { usageText($0.message, of: $0.parent) }
            ?? Root.fullMessage(for: error)
        guard !message.isEmpty else { return status.rawValue }
        if status == .success {
            printText(message + "\n")
        } else {
            printError(message)
        }
        return (error is UnknownCommand ? ExitCode.validationFailure : status).rawValue
    }

    /// As the parser words what it refuses itself.
    private static func usageText(_ message: String, of type: any ParsableCommand.Type) -> String {
        let usage = Root.usageString(for: type)
        let name = path(to: type, in: Root.self)?.joined(separator: " ") ?? Root._commandName
        return "Error: \(printable(message))\nUsage: \(usage)\n"
            + "  See '\(name) --help' for more information."
    }

    private static func path(
        to type: any ParsableCommand.Type, in parent: any ParsableCommand.Type
    ) -> [String]? {
        let name = parent._commandName
        if parent == type { return [name] }
        for command in parent.configuration.subcommands {
            if let rest = path(to: type, in: command) { return [name] + rest }
        }
        return nil
    }

    /// Refuses a name that is no command's. The parser takes `tracker NAME --help` and
    /// `tracker help NAME` for a wish to read the help of the command before it.
    private static func checkNames(_ arguments: [String]) throws {
        var parent: any ParsableCommand.Type = Root.self
        for (index, word) in arguments.enumerated() {
            guard !parent.configuration.subcommands.isEmpty, !word.hasPrefix("-") else { return }
            if index == 0, word == "help" { continue }
            guard
                let command = parent.configuration.subcommands.first(where: {
                    word.isExactly($0._commandName)
                })
            else { throw UnknownCommand(name: word, parent: parent) }
            parent = command
        }
    }

    private struct UnknownCommand: Error {
        let name: String
        let parent: any ParsableCommand.Type

        var message: String {
            let commands = parent.configuration.subcommands.filter {
                $0.configuration.shouldDisplay
            }
            .map { $0._commandName }.joined(separator: ", ")
            return "there is no command \"\(name)\": give one of \(commands)"
        }
    }
}
