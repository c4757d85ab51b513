import ArgumentParser
import TrackerLog

/// `tracker undo USER/SESSION ID`.
struct UndoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "undo",
        abstract: "Take back a note, tag, name or another edit of a session, by its id.",
        discussion: """
            `tracker show` lists the edits of a session with their ids. Nothing is removed from \
            the log: one more event says that the edit does not count. It has an id of its own, \
            so that it can be taken back as well.

            EXAMPLES
              tracker undo ann/nightly 5f3a9c01be
            """)

    @OptionGroup var options: EditOptions
    @OptionGroup var session: SessionArgument

    @Argument(help: "The id, as the command that made the edit printed it.")
    var id: String

    func run() throws {
        try withFailures {
            let edited = try EditedSession(session, options, "an id is of")
            try edited.write(.undo, undoes: id, options: options, done: \.text)
        }
    }
}
