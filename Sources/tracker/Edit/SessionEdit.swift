import ArgumentParser
import Glibc
import TrackerAnalysis
import TrackerIndexer
import TrackerLog

/// The options of every command that writes an edit.
struct EditOptions: ParsableArguments {
    @OptionGroup var data: DataOptions

    @Option(
        help: ArgumentHelp(
            "Who says so (default: the user name of this account).", valueName: "name"))
    var by: String?

    @Flag(help: "Print a JSON object.")
    var json = false

    func validate() throws { _ = try author() }

    /// The author.
    func author() throws -> String {
        guard let by else { return Account.userName }
        try Self.check(by, "--by", upTo: EditLimits.maxNameBytes)
        return by
    }

    /// - Throws: a usage error that says what is wrong with a text.
    static func check(_ text: String, _ name: String, upTo limit: Int) throws {
        guard text.contains(where: { !$0.isWhitespace }) else {
            throw ValidationError("\(name) is empty: give a text in quotes")
        }
        guard text.utf8.count <= limit else {
            throw ValidationError(
                "\(name) has \(text.utf8.count) bytes, and \(limit) are the most: shorten it")
        }
    }
}

/// The account that runs the command.
enum Account {
    /// The name in the system's list of users, else in the environment, else the number.
    static var userName: String {
        let id = getuid()
        if let entry = unsafe getpwuid(id), let name = unsafe entry.pointee.pw_name {
            let text = unsafe String(cString: name)
            if !text.isEmpty { return text }
        }
        for variable in ["USER", "LOGNAME"] {
            if let value = unsafe getenv(variable), unsafe value.pointee != 0 {
                return unsafe String(cString: value)
            }
        }
        return "uid \(id)"
    }
}

/// A session, or one of its runs, that a person edits.
struct EditedSession {
    let key: DataFolder.SessionKey
    let run: String?
    let state: EditedState
    let context: DataContext

    /// `USER/SESSION`.
    var name: String { "\(key.user)/\(key.session)" }
    /// `USER/SESSION`, or `USER/SESSION#RUN`.
    var fullName: String { name + (run.map { "#\($0)" } ?? "") }

    /// - Parameter name: `USER/SESSION` or `USER/SESSION#RUN`; the session must have the run.
    init(_ name: String, _ context: DataContext) throws {
        // Refuses a folder of a newer format before anything else is said about it.
        let storage = try context.openForDerived()
        let selection = RunSelection(
            in: storage, user: context.user, target: nil, threads: IndexCommand.coreCount)
        do throws(RunSelectionError) {
            (key, run) = try selection.find(name)
        } catch {
            throw SessionArgument.failure(error, context)
        }
        let index = try SessionIndex.current(key.user, key.session, in: storage)
        if let problem = index.problem { printError("warning: \(printable("\(problem)"))") }
        state = EditedState(index, in: storage, now: .now)
        self.context = context
        if let run, !state.summary.runs.contains(where: { $0.run.isExactly(run) }) {
            throw SessionArgument.failure(RunSelectionError.noRun(run, in: key), context)
        }
    }

    /// The same for an edit of the session as a whole.
    /// - Parameter what: the beginning of a sentence about such an edit: "a tag is of".
    init(_ session: SessionArgument, _ options: EditOptions, _ what: String) throws {
        try self.init(session.name, try options.data.resolve())
        guard run == nil else {
            throw CommandFailure("\(what) a session, not a run: name \(printable(self.name))")
        }
    }

    /// Appends the edit, prints its id and how to take it back.
    /// - Parameter done: what was done, for a person.
    func write(
        _ kind: Edit.Kind, _ text: String = "", undoes: String? = nil, profile: String? = nil,
        options: EditOptions, done: (Edit) -> String
    ) throws {
        let draft = EditDraft(kind, text, run: run, undoes: undoes, profile: profile)
        let author = try options.author()
        let edit: Edit
        do throws(EditRefusal) {
            edit = try state.edit(draft, by: author, now: .now)
        } catch {
            throw CommandFailure(printable(advice(on: error)))
        }
        let writer = SessionWriter(
            storage: try context.openForWriting(), user: key.user, session: key.session,
            configuration: .init(durability: .durable))
        do {
            try writer.appendBatch([.edit(edit)])
        } catch {
            do throws(LogError) { try writer.close() } catch {}
            throw error
        }
        try writer.close()
        let id = edit.id ?? ""
        let undo = context.command(["undo", name, id])
        if options.json {
            printJSON(json(edit, undo: undo))
        } else {
            printLine(done(edit))
            printLine("id \(id); to take it back: \(undo)")
        }
    }

    /// Why an edit is refused, and the command that helps.
    private func advice(on refusal: EditRefusal) -> String {
        switch refusal {
        case .archived: "\(name) is archived already: `tracker unarchive` brings it back"
        case .notArchived:
            "\(name) is not archived: `tracker sessions is:archived` lists those that are"
        case .runNeeded:
            "name the run, as in \(name)#RUN: `\(context.command(["show", name]))` lists the runs"
        case .leftOut(let reason): "\(fullName) is left out already, because: \(reason)"
        case .notLeftOut: "\(fullName) is not left out"
        case .noTag(let tag, let tags):
            "\(name) has no tag \(tag): "
                + (tags.isEmpty ? "it has none" : "its tags are \(tags.joined(separator: ", "))")
        case .noEdit(let id):
            "\(name) has no edit with the id \(id): `\(context.command(["show", name]))` lists"
                + " them; those that other programs wrote may have none"
        case .empty, .tooLong, .noRun, .ofSession, .nothingToPin, .pinnedLeftOut, .takenBack,
            .noProfile:
            "\(refusal)"
        }
    }

    private func json(_ edit: Edit, undo: String) -> JSONValue {
        .object([
            .init("user", .string(key.user.value)), .init("session", .string(key.session.value)),
            .init("run", .optional(run)), .init("event", .string(edit.kind.rawValue)),
            .init("text", .string(edit.text)), .init("ts", .time(edit.timestamp)),
            .init("id", .optional(edit.id)), .init("by", .optional(edit.by)),
            .init("undoes", .optional(edit.undoes)), .init("profile", .optional(edit.profile)),
            .init("undo", .string(undo)),
        ])
    }
}
