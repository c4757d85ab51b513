import ArgumentParser
import TrackerLog

/// `tracker rename USER/SESSION NAME`.
struct RenameCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rename",
        abstract: "Give a session another name.",
        discussion: """
            Its id stays the same.

            EXAMPLES
              tracker rename ann/20261123-140211-9f3c77aa "Cache on"
            """)

    @OptionGroup var options: EditOptions
    @OptionGroup var session: SessionArgument

    @Argument(help: "The name.")
    var newName: String

    func validate() throws {
        try EditOptions.check(newName, "the name", upTo: EditLimits.maxNameBytes)
    }

    func run() throws {
        try withFailures {
            let edited = try EditedSession(session, options, "a name is of")
            try edited.write(
                .rename, newName, options: options,
                done: { _ in "\(edited.name) is now called \(newName)" })
        }
    }
}
