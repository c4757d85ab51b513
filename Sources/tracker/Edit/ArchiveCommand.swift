import ArgumentParser
import TrackerIndexer
import TrackerLog

/// `tracker archive USER/SESSION`.
struct ArchiveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "archive",
        abstract: "Put a session aside: trends and gates do not use it.",
        discussion: """
            Nothing is removed. `tracker unarchive` brings it back.

            EXAMPLES
              tracker archive ann/nightly
            """)

    @OptionGroup var options: EditOptions
    @OptionGroup var session: SessionArgument

    func run() throws {
        try withFailures {
            let edited = try EditedSession(session, options, "one archives")
            try edited.write(
                .archive, options: options, done: { _ in "\(edited.name) is archived" })
        }
    }
}

/// `tracker unarchive USER/SESSION`.
struct UnarchiveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unarchive",
        abstract: "Bring a session back that was archived.",
        discussion: """
            EXAMPLES
              tracker unarchive ann/nightly
            """)

    @OptionGroup var options: EditOptions
    @OptionGroup var session: SessionArgument

    func run() throws {
        try withFailures {
            let edited = try EditedSession(session, options, "one archives")
            try edited.write(.restore, options: options, done: { _ in "\(edited.name) is back" })
        }
    }
}
