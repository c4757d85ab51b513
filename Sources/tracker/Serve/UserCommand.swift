import ArgumentParser
import TrackerLog
import TrackerWeb

/// `tracker user list|release`: which users are claimed by keys.
struct UserCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user",
        abstract: "List the users that keys have claimed, or release one.",
        discussion: """
            The first key that a program sends for a user (x-api-key) claims the name: from \
            then on, tracker serve takes events of that user only with that key. Keys \
            themselves are kept nowhere.

            EXAMPLES
              tracker user list
              tracker user release ann
            """,
        subcommands: [List.self, Release.self])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the users that are claimed by a key.")

        @OptionGroup var data: DataOptions

        @Flag(help: "Print a JSON array.")
        var json = false

        func run() throws {
            try withFailures {
                let storage = try data.resolve().openForReading()
                let claims = try withClaims { () throws(ClaimError) in
                    try ClaimFile(storage: storage).load()
                }.sorted { $0.user < $1.user }
                if json { return printJSON(.array(claims.map(\.json))) }
                guard !claims.isEmpty else {
                    return printLine(
                        "no user is claimed: the first key that is sent for a user claims it")
                }
                var table = TextTable([
                    .init("USER", .left, overflow: .cut(to: 8)), .init("CLAIMED (UTC)", .left),
                ])
                for claim in claims {
                    table.add([claim.user.value, String(claim.claimed.description.prefix(19))])
                }
                printText(table.textWithNote)
            }
        }
    }

    struct Release: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Release a user: the next key that is used for it claims it.",
            discussion: "A server that runs knows it at once.")

        @OptionGroup var data: DataOptions

        @Argument(help: ArgumentHelp("The user id.", valueName: "user"))
        var name: String

        @Flag(help: "Print a JSON object.")
        var json = false

        func run() throws {
            try withFailures {
                guard let user = UserID(valid: name) else {
                    throw ValidationError("\"\(printable(name))\" is no user id")
                }
                let file = ClaimFile(storage: try data.resolve().openForTidying())
                guard
                    let claim = try withClaims({ () throws(ClaimError) in try file.release(user) })
                else {
                    throw CommandFailure(
                        "no key claims \(printable(name)): see `tracker user list`")
                }
                if json {
                    printJSON(claim.json)
                } else {
                    printLine("Released \(printable(name)): the next key used for it claims it")
                }
            }
        }
    }
}

/// Runs `body`; a `ClaimError` becomes a failure of the command.
private func withClaims<Value>(_ body: () throws(ClaimError) -> Value) throws -> Value {
    do throws(ClaimError) { return try body() } catch { throw CommandFailure("\(error)") }
}
