import ArgumentParser
import TrackerIndexer
import TrackerLog
import TrackerWeb

/// `tracker user list|release`: which users are claimed by keys.
struct UserCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user",
        abstract: "List the users, or release one that a key has claimed.",
        discussion: """
            The first key that a program sends for a user (x-api-key) claims the name: from \
            then on, tracker serve takes events of that user only with that key. Keys \
            themselves are kept nowhere.

            EXAMPLES
              tracker user list
              tracker user list --all
              tracker user release ann
            """,
        subcommands: [List.self, Release.self])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the users that are claimed by a key, or all of them.")

        @OptionGroup var data: DataOptions

        @Flag(help: "List all users with what is in their notebooks, claimed or not.")
        var all = false

        @Flag(help: "Print a JSON array.")
        var json = false

        func run() throws {
            try withFailures {
                let storage = try data.resolve().openForReading()
                guard !all else { return try listAll(in: storage) }
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

        private func listAll(in storage: any Storage) throws {
            let indexer = Indexer(storage: storage, threads: IndexCommand.coreCount)
            let (entries, report) = try indexer.catalog()
            let users = CatalogUser.all(in: entries)
            if json {
                printJSON(.array(users.map(\.json)))
            } else if users.isEmpty {
                printLine("no user has recorded anything yet")
            } else {
                printText(Self.table(users).textWithNote)
            }
            for problem in report.problems { printError("warning: \(printable(problem))") }
        }

        private static func table(_ users: [CatalogUser]) -> TextTable {
            var table = TextTable([
                .init("USER", .left, overflow: .cut(to: 8)), .init("SESSIONS", .right),
                .init("ARCHIVED", .right, rank: 2), .init("RUNS", .right, rank: 1),
                .init("LAST (UTC)", .left),
                .init("TARGETS", .left, rank: 3, overflow: .cut(to: 16)),
            ])
            for user in users {
                table.add([
                    user.user.value, "\(user.sessions)", "\(user.archived)", "\(user.runs)",
                    user.last.map { String($0.description.prefix(19)) } ?? "",
                    user.targets.joined(separator: " "),
                ])
            }
            return table
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
