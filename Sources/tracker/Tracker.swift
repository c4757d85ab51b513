import ArgumentParser

/// The command line: one small file a command.
@main struct Tracker: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tracker",
        abstract: "A personal lab notebook for performance.",
        subcommands: [LoadCommand.self, DemoCommand.self, SessionCommand.self])
}
