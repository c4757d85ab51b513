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
            guard let run = session.run else {
                let show = context.command(["show", session.name])
                throw CommandFailure(
                    printable(
                        "name the run, as in \(session.name)#RUN: `\(show)` lists the runs"))
            }
            let leftOut = session.summary.runs.first { $0.run.isExactly(run) }?.leftOut
            if takeIn {
                guard leftOut != nil else {
                    throw CommandFailure(printable("\(session.fullName) is not left out"))
                }
                try session.write(
                    .takenIn, reason ?? "", options: options,
                    done: "\(session.fullName) counts again")
            } else {
                if let leftOut {
                    throw CommandFailure(
                        printable(
                            "\(session.fullName) is left out already, because: \(leftOut.reason)"))
                }
                try session.write(
                    .leftOut, reason ?? "", options: options,
                    done: "\(session.fullName) is left out of comparisons, trends and gates")
            }
        }
    }
}
