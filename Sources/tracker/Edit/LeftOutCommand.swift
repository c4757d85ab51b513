import ArgumentParser
import TrackerIndexer
import TrackerLog

/// `tracker left-out USER/SESSION#RUN REASON`.
struct LeftOutCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "left-out",
        abstract: "Leave a run out of comparisons, trends and gates, with the reason.",
        discussion: """
            The run stays in the log and on its page. `compare`, `gate` and `trend` say how many \
            runs were left out, and why. `tracker undo` with the id takes the run in again, or \
            --take-in.

            EXAMPLES
              tracker left-out ann/nightly#run-2 "the backup ran on the host"
              tracker left-out ann/nightly#run-2 --take-in "it was not the backup"
            """)

    @OptionGroup var options: EditOptions

    @Argument(help: ArgumentHelp("USER/SESSION#RUN.", valueName: "user/session#run"))
    var name: String

    @Argument(help: "The reason.")
    var reason: String?

    @Flag(help: "Take the run in again.")
    var takeIn = false

    func validate() throws {
        if let reason {
            try EditOptions.check(reason, "the reason", upTo: EditLimits.maxTextBytes)
        } else if !takeIn {
            throw ValidationError("give the reason, as in: tracker left-out \(name) \"backup ran\"")
        }
    }

    func run() throws {
        try withFailures {
            let context = try options.data.resolve()
            let session = try EditedSession(name, context)
            if takeIn {
                try session.write(
                    .takenIn, reason ?? "", options: options,
                    done: { _ in "\(session.fullName) counts again" })
            } else {
                try session.write(
                    .leftOut, reason ?? "", options: options,
                    done: { _ in
                        "\(session.fullName) is left out of comparisons, trends and gates"
                    })
            }
        }
    }
}
