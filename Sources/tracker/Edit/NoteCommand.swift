import ArgumentParser
import TrackerLog

/// `tracker note USER/SESSION[#RUN] TEXT`.
struct NoteCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "note",
        abstract: "Write a note on a session or a run.",
        discussion: """
            Prints the note's id; `tracker undo` takes it back.

            EXAMPLES
              tracker note ann/nightly "cache on from here"
              tracker note ann/nightly#run-2 "the backup ran" --by bob
            """)

    @OptionGroup var options: EditOptions

    @Argument(
        help: ArgumentHelp("USER/SESSION or USER/SESSION#RUN.", valueName: "user/session#run"))
    var name: String

    @Argument(help: "The note.")
    var text: String

    func validate() throws {
        try EditOptions.check(text, "the note", upTo: EditLimits.maxTextBytes)
    }

    func run() throws {
        try withFailures {
            let session = try EditedSession(name, try options.data.resolve())
            try session.write(
                .note, text, options: options, done: { _ in "noted on \(session.fullName)" })
        }
    }
}
