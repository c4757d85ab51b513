import ArgumentParser
import TrackerClient
import TrackerLoad
import TrackerLog

/// `tracker session start|end|current`: the session that later loads, clients and imports join.
struct SessionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "session",
        abstract: "Start, end or show the session that later tests join.",
        discussion: """
            Without a current session, every `tracker load` creates a new one.

            EXAMPLES
              tracker session start --name "cache off, then on"
              tracker session current
              tracker session end
            """,
        subcommands: [Start.self, End.self, Current.self])

    struct Start: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Start a session; print its id.",
            discussion: "Ends the session that was current before.")

        @OptionGroup var data: DataOptions

        @Option(help: ArgumentHelp("The session's name.", valueName: "text"))
        var name: String?

        @Flag(help: "Print a JSON object.")
        var json = false

        func validate() throws {
            try checkNames(name: name)
        }

        func run() throws {
            try withFailures {
                let context = try data.resolve()
                let storage = try context.openForWriting()
                let log = try Recording.create(
                    storage: storage, user: context.user, session: .generate(),
                    description: .init(
                        name: name, host: HostEnvironment.capture().host,
                        commit: GitCommit.current()?.hash))
                try log.close()
                let current = CurrentSession(
                    user: context.user, session: log.session, started: .now)
                try current.save(storage: storage)
                if json { printJSON(current.json) } else { printLine(log.session.value) }
            }
        }
    }

    struct End: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "End the current session; print its id.")

        @OptionGroup var data: DataOptions

        @Flag(help: "Print a JSON object.")
        var json = false

        func run() throws {
            try withFailures {
                let context = try data.resolve()
                var current: CurrentSession?
                do {
                    current = try context.currentSession()
                    guard current != nil else {
                        printError("No session of \(context.user) is current.")
                        return
                    }
                } catch {
                    // An unreadable file can still be removed.
                    printError("warning: \(error)")
                }
                try CurrentSession.remove(user: context.user, storage: try context.openForWriting())
                guard let current else { return }
                if json {
                    printJSON(current.json)
                } else {
                    printLine("Ended session \(current.session)")
                }
            }
        }
    }

    struct Current: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the current session's id. Exit status 1: no session is current.")

        @OptionGroup var data: DataOptions

        @Flag(help: "Print a JSON object.")
        var json = false

        func run() throws {
            try withFailures {
                let context = try data.resolve()
                guard let current = try context.currentSession() else {
                    printError(
                        "No session of \(context.user) is current; see `tracker session start`.")
                    throw ExitCode.failure
                }
                if json { printJSON(current.json) } else { printLine(current.session.value) }
            }
        }
    }
}
