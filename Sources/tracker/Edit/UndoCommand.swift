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
            guard let edit = edited.edits.last(where: { id.isExactly($0.id) }) else {
                let show = edited.context.command(["show", edited.name])
                throw CommandFailure(
                    printable(
                        "\(edited.name) has no edit with the id \(id): `\(show)` lists them;"
                            + " those that other programs wrote may have none"))
            }
            if edited.takenBack.contains(ExactText(id)) {
                let undo = edited.edits.last {
                    $0.kind == .undo && id.isExactly($0.undoes)
                        && !($0.id.map { edited.takenBack.contains(ExactText($0)) } ?? false)
                }
                let again = undo?.id.map { ": to have it again, take back \($0)" } ?? ""
                throw CommandFailure(printable("\(id) is taken back already\(again)"))
            }
            // Its text is for programs that show it as a note.
            let what = EditText.words(edit)
            try edited.write(
                .undo, "took back: \(what)", undoes: id, options: options,
                done: "took back: \(what)")
        }
    }
}
