import ArgumentParser
import TrackerIndexer
import TrackerLog
import TrackerUpkeep

/// `tracker prune`: moves sessions from the log to the trash.
struct PruneCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune",
        abstract: "Move sessions to the trash; without --apply only list them.",
        discussion: """
            Moves the named sessions, or with --keep-last all but the newest of each user. Age \
            alone is not enough: --older-than needs --keep-last, and both the events and the files \
            must be older. Sessions with notes, tags or a baseline are moved only when named; one \
            that is being written is never moved. `tracker restore` brings sessions back until \
            --empty-trash deletes all that is in the trash, including the old segments of \
            `tracker compact`.

            --keep-size brings the log below a size, the oldest sessions first: it makes one \
            histogram of each series and second, with which percentiles, counts, errors and \
            curves are what they were; only when all sessions are so, the oldest move to the \
            trash. Marked sessions and the newest stay as they are. The size is that of log/: \
            what was replaced is in the trash, until --empty-trash.

            Exit status: 0 done, 2 an error occurred, or the log is still too large.

            EXAMPLES
              tracker prune --keep-size 5G
              tracker prune --keep-last 50 --older-than 90
              tracker prune 20261123-140211-9f3c77aa --apply
              tracker prune --empty-trash --yes
            """)

    @OptionGroup var data: DataOptions

    @Argument(
        help: ArgumentHelp(
            "USER/SESSION, as `tracker sessions` prints it.", valueName: "user/session"))
    var sessions: [String] = []

    @Option(
        help: ArgumentHelp(
            "Keep this many of each user's newest sessions, move the others.", valueName: "count"))
    var keepLast: Int?

    @Option(
        help: ArgumentHelp(
            "Move only those that are older; needs --keep-last.", valueName: "days"))
    var olderThan: Double?

    @Option(
        help: ArgumentHelp(
            "Thin the oldest sessions, then move them, until log/ has no more (5G, 800M, 2GiB).",
            valueName: "size"))
    var keepSize: ByteSize?

    @Flag(help: "Move them, instead of only listing them.")
    var apply = false

    @Flag(help: "Delete all that is in the trash; needs --yes.")
    var emptyTrash = false

    @Flag(help: "Confirm --empty-trash.")
    var yes = false

    @Flag(help: "Print one JSON object.")
    var json = false

    func validate() throws {
        if emptyTrash {
            guard sessions.isEmpty, keepLast == nil, olderThan == nil, keepSize == nil, !apply
            else {
                throw ValidationError(
                    "--empty-trash takes no sessions or limits, and --yes instead of --apply")
            }
            return
        }
        guard !yes else { throw ValidationError("--yes needs --empty-trash") }
        guard keepSize == nil || (sessions.isEmpty && olderThan == nil) else {
            throw ValidationError("--keep-size takes no sessions and no --older-than")
        }
        guard !sessions.isEmpty || keepLast != nil || keepSize != nil else {
            throw ValidationError(
                olderThan == nil
                    ? "name sessions, or give what to keep with --keep-last or --keep-size"
                    : "--older-than needs --keep-last: age alone is not enough")
        }
        if let keepLast, keepLast < 1 { throw ValidationError("--keep-last takes 1 or more") }
        if let olderThan, !(olderThan >= 0 && olderThan.isFinite) {
            throw ValidationError("--older-than takes a number of days")
        }
    }

    func run() throws {
        try withFailures {
            let context = try data.resolve()
            if emptyTrash { return try removeForGood(context) }
            let storage = apply ? try context.openForTidying() : try context.openForReading()
            if let keepSize { return try run(keepSize, context, storage) }
            var selection = PruneSelection()
            if !sessions.isEmpty {
                selection.named = try SessionArgument.find(sessions, context, in: storage)
            }
            selection.keepLast = keepLast
            selection.olderThanDays = olderThan
            if data.user != nil { selection.user = context.user }
            let plan = try selection.plan(in: storage, now: .now)
            var failures: [String] = []
            if apply {
                for entry in plan.taken {
                    do throws(UpkeepError) {
                        try SessionTrash(storage).take(entry.key)
                    } catch {
                        failures.append("\(error)")
                    }
                }
            }
            if json {
                printJSON(plan.json(isApplied: apply, failures))
            } else {
                printText(text(plan, failures))
            }
            for failure in failures { printError("error: \(printable(failure))") }
            // A session that was named but not moved is a failure.
            let named = Set(selection.named)
            let isRefused = plan.kept.contains { named.contains($0.key) }
            if !failures.isEmpty || isRefused { throw ExitCode(2) }
        }
    }

    private func text(_ plan: PrunePlan, _ failures: [String]) -> String {
        let verb = apply ? "moved to trash/" : "would be moved"
        var lines = plan.taken.map { "\($0.title): \($0.events) events, \($0.bytes) bytes" }
        lines += plan.kept.map { "\($0.title) stays: \(printable($0.reason ?? ""))" }
        let count = plan.taken.count - failures.count
        lines.append("\(count) sessions \(verb), \(plan.bytes) bytes; \(plan.kept.count) stay")
        if !apply, !plan.taken.isEmpty { lines.append("nothing was changed: --apply does it") }
        return lines.map { $0 + "\n" }.joined()
    }

    private func removeForGood(_ context: DataContext) throws {
        let storage = try context.openForTidying()
        let trash = SessionTrash(storage)
        guard yes else {
            let content = try trash.content()
            printLine(
                "the trash holds \(content.files) files, \(content.bytes) bytes."
                    + " Nothing was removed: --yes removes them for good")
            return
        }
        let gone = try withTidyFailures { () throws(UpkeepError) in try trash.empty() }
        let object = JSONValue.object([
            .init("files", .integer(gone.files)), .init("bytes", .integer(gone.bytes)),
        ])
        if json {
            printJSON(object)
        } else {
            printLine("\(gone.files) files removed for good, \(gone.bytes) bytes")
        }
    }
}

extension PrunePlan.Entry {
    var title: String { printable("\(key.user.value)/\(key.session.value)") }

    var json: JSONValue {
        .object([
            .init("user", .string(key.user.value)), .init("session", .string(key.session.value)),
            .init("name", .optional(name)), .init("last", .optional(last)),
            .init("events", .integer(events)), .init("files", .integer(files)),
            .init("bytes", .integer(bytes)), .init("reason", .optional(reason)),
        ])
    }
}

extension PrunePlan {
    fileprivate func json(isApplied: Bool, _ failures: [String]) -> JSONValue {
        .object([
            .init("applied", .bool(isApplied)), .init("taken", .array(taken.map(\.json))),
            .init("kept", .array(kept.map(\.json))),
            .init("problems", .array(failures.map(JSONValue.string))),
        ])
    }
}
