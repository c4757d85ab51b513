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
            guard !edited.summary.isArchived else {
                throw CommandFailure(
                    "\(printable(edited.name)) is archived already: `tracker unarchive` brings it"
                        + " back")
            }
            try edited.write(.archive, options: options, done: "\(edited.name) is archived")
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
            guard edited.summary.isArchived else {
                throw CommandFailure(
                    "\(printable(edited.name)) is not archived: `tracker sessions is:archived`"
                        + " lists those that are")
            }
            try edited.write(.restore, options: options, done: "\(edited.name) is back")
        }
    }
}
