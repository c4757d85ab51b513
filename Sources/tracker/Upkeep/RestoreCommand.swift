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
            Without a session it lists those that `tracker prune` moved, and those whose samples \
            it made histograms of (--keep-size); of these it brings back the samples. If the log \
            has a new session of that name, the segments are moved into it; no file is \
            overwritten. A segment whose name a different file has is moved back under another \
            name, without the lines that both have.

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
            var results: [RestoredSession] = []
            for entry in chosen {
                results.append(
                    try withTidyFailures { () throws(UpkeepError) in try trash.restore(entry) })
            }
            show(chosen, zip(chosen, results).map(Self.text).joined(), results)
            for (entry, result) in zip(chosen, results) {
                for left in result.left {
                    printError(
                        "error: \(entry.title): \(printable(left.file)) was left in the trash:"
                            + " \(left.reason)")
                }
            }
            if results.contains(where: { !$0.left.isEmpty }) { throw ExitCode(2) }
        }
    }

    private func show(
        _ entries: [SessionTrash.Entry], _ text: String, _ results: [RestoredSession] = []
    ) {
        if json { printJSON(Self.json(entries, results)) } else { printText(text) }
    }

    private static func find(
        _ name: String, _ entries: [SessionTrash.Entry], _ context: DataContext
    ) throws -> SessionTrash.Entry {
        let found = entries.first { entry in
            name.isExactly(entry.name)
                || (name.isExactly(entry.sessionName) && entry.key.user == context.user)
        }
        guard let found else {
            throw CommandFailure(
                "there is no session \(printable(name)) in the trash of \(context.folder):"
                    + " `tracker restore` lists its sessions")
        }
        return found
    }

    private static func json(
        _ entries: [SessionTrash.Entry], _ results: [RestoredSession]
    ) -> JSONValue {
        let sessions = entries.enumerated().map { index, entry in
            JSONValue.object(
                [
                    .init("user", .string(entry.key.user.value)),
                    .init("session", .string(entry.sessionName)),
                    .init("files", .integer(entry.files)), .init("bytes", .integer(entry.bytes)),
                    .init("thinned", .bool(entry.isThinned)),
                ] + (results.isEmpty ? [] : results[index].members))
        }
        return .object([.init("sessions", .array(sessions))])
    }

    private static func text(_ entry: SessionTrash.Entry, _ result: RestoredSession) -> String {
        var lines = result.renamed.map { one in
            let part = one.from > 0 ? " from offset \(one.from) on" : ""
            return "\(entry.title): \(printable(one.file))\(part) is back as"
                + " \(printable(one.newName)): another file has its name"
        }
        if result.left.isEmpty { lines.append("\(entry.title) is back") }
        return lines.map { $0 + "\n" }.joined()
    }

    private static func text(_ entries: [SessionTrash.Entry]) -> String {
        var lines = entries.map {
            "\($0.title): \($0.isThinned ? "samples of a session in the log, " : "")\($0.files)"
                + " files, \($0.bytes) bytes"
        }
        lines.append("\(entries.count) sessions in the trash")
        return lines.map { $0 + "\n" }.joined()
    }
}

extension RestoredSession {
    fileprivate var members: [JSONValue.Member] {
        let renamed = renamed.map { one in
            JSONValue.object([
                .init("file", .string(one.file)), .init("new_name", .string(one.newName)),
                .init("from", .integer(one.from)),
            ])
        }
        let left = left.map { one in
            JSONValue.object([
                .init("file", .string(one.file)), .init("reason", .string(one.reason)),
            ])
        }
        return [.init("renamed", .array(renamed)), .init("left", .array(left))]
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
