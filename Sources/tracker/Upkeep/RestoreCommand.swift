import ArgumentParser
import TrackerIndexer
import TrackerLog
import TrackerUpkeep

/// `tracker restore`: lists the sessions in the trash and moves them back.
struct RestoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "List the sessions in the trash, or bring some back.",
        discussion: """
            Without a session it lists those that `tracker prune` moved. If the log has a new \
            session of that name, the segments are moved into it; no file is overwritten.

            Exit status: 0 done, 2 an error occurred.

            EXAMPLES
              tracker restore
              tracker restore 20261123-140211-9f3c77aa
            """)

    @OptionGroup var data: DataOptions

    @Argument(
        help: ArgumentHelp("USER/SESSION, as the list prints it.", valueName: "user/session"))
    var sessions: [String] = []

    @Flag(help: "Print one JSON object.")
    var json = false

    func run() throws {
        try withFailures {
            let context = try data.resolve()
            let storage =
                sessions.isEmpty
                ? try context.openForReading() : try context.openForTidying()
            let trash = SessionTrash(storage)
            let entries = try trash.entries()
            guard !sessions.isEmpty else {
                return show(entries, Self.text(entries))
            }
            let chosen = try sessions.map { try Self.find($0, entries, context) }
            for entry in chosen {
                try withTidyFailures { () throws(UpkeepError) in try trash.restore(entry) }
            }
            show(chosen, chosen.map { "\($0.title) is back\n" }.joined())
        }
    }

    private func show(_ entries: [SessionTrash.Entry], _ text: String) {
        if json { printJSON(Self.json(entries)) } else { printText(text) }
    }

    private static func find(
        _ name: String, _ entries: [SessionTrash.Entry], _ context: DataContext
    ) throws -> SessionTrash.Entry {
        let found = entries.first { entry in
            name == entry.name || (name == entry.sessionName && entry.key.user == context.user)
        }
        guard let found else {
            throw CommandFailure(
                "there is no session \(printable(name)) in the trash of \(context.folder):"
                    + " `tracker restore` lists its sessions")
        }
        return found
    }

    private static func json(_ entries: [SessionTrash.Entry]) -> JSONValue {
        .object([
            .init(
                "sessions",
                .array(
                    entries.map {
                        .object([
                            .init("user", .string($0.key.user.value)),
                            .init("session", .string($0.sessionName)),
                            .init("files", .integer($0.files)), .init("bytes", .integer($0.bytes)),
                        ])
                    }))
        ])
    }

    private static func text(_ entries: [SessionTrash.Entry]) -> String {
        var lines = entries.map { "\($0.title): \($0.files) files, \($0.bytes) bytes" }
        lines.append("\(entries.count) sessions in the trash")
        return lines.map { $0 + "\n" }.joined()
    }
}

extension SessionTrash.Entry {
    /// The session's id, with the suffix `~2` when the trash already had a session of that name.
    fileprivate var sessionName: String {
        let mark = folderName.split(separator: "~", omittingEmptySubsequences: false).dropFirst()
        return key.session.value + mark.map { "~\($0)" }.joined()
    }

    fileprivate var name: String { "\(key.user.value)/\(sessionName)" }
    fileprivate var title: String { printable(name) }
}
