import ArgumentParser
import TrackerIndexer
import TrackerLog
import TrackerUpkeep

/// `tracker verify`: reads the whole log and reports what is damaged or missing, and where.
struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Read the whole log and report what is damaged or missing.",
        discussion: """
            Reads only the log, not the index, and changes nothing. An incomplete frame at the end \
            of an open file is a note, not damage: it may still be being written.

            Exit status: 0 whole, 1 damage or loss found, 2 a file could not be read.

            EXAMPLES
              tracker verify
              tracker verify ann/20261123-140211-9f3c77aa
              tracker verify --data /backup/tracker --json
            """)

    @OptionGroup var data: DataOptions

    @OptionGroup var chosen: SessionsArgument

    @Flag(help: "Print one JSON object; docs/RELIABILITY.md describes its fields.")
    var json = false

    func run() throws {
        try withFailures {
            let context = try data.resolve()
            let storage = try context.openForReading()
            let selection = try SessionSelection(chosen.sessions, context, in: storage)
            let meter = ReadingProgress()
            let verifier = LogVerifier(storage: storage, now: .now) { bytes in
                meter.add(bytes: bytes)
            }
            var total = Total(isJSON: json)
            if json { printJSON(part: "{\"sessions\":[") }
            for key in selection.keys {
                let result = try verifier.verify(key)
                meter.clear()
                if json {
                    printJSON(part: (total.sessions > 0 ? "," : "") + result.json.text)
                } else {
                    total.show(result)
                }
                total.add(result)
                meter.add(sessions: 1, of: selection.keys.count)
            }
            meter.clear()
            total.finish(leftAlone: selection.leftAlone)
            if total.problems > 0 { throw ExitCode(2) }
            if total.damaged > 0 { throw ExitCode(1) }
        }
    }

    private struct Total {
        let isJSON: Bool
        var sessions = 0
        var damaged = 0
        var problems = 0
        var events = 0
        var files = 0
        var bytes = 0
        var frames = 0
        var lines = 0
        var badLines = 0
        var lostBytes = 0
        var missingFrames = 0
        var pendingBytes = 0

        init(isJSON: Bool) { self.isJSON = isJSON }

        mutating func add(_ result: SessionVerification) {
            sessions += 1
            if !result.isWhole { damaged += 1 }
            problems += result.problems.count
            events += result.events
            files += result.files.count
            bytes += result.sum(\.bytes)
            frames += result.sum(\.frames)
            lines += result.sum(\.lines)
            badLines += result.badLines
            lostBytes += result.sum(\.lostBytes)
            missingFrames += result.missingFrames
            pendingBytes += result.pendingBytes
        }

        func show(_ result: SessionVerification) {
            let folder = DataLayout.sessionFolder(result.key.user, result.key.session)
            for line in result.findings { printLine("\(folder): \(line)") }
            for note in result.notes { printLine("note: \(folder): \(note)") }
        }

        func finish(leftAlone: [String]) {
            guard !isJSON else {
                let rest = JSONValue.object([
                    .init("whole", .bool(damaged == 0 && problems == 0)),
                    .init("total", totals),
                    .init("left_alone", .array(leftAlone.map(JSONValue.string))),
                ])
                return printJSON(part: "]," + rest.text.dropFirst() + "\n")
            }
            for name in leftAlone { printLine("note: \(name): not a session, skipped") }
            let verdict =
                problems > 0
                ? "not everything could be read" : damaged > 0 ? "\(damaged) damaged" : "whole"
            printLine(
                "\(sessions) sessions, \(files) files, \(bytes) bytes, \(frames) frames,"
                    + " \(events) events: \(verdict)")
            if damaged > 0 { printText(hinted(advice)) }
        }

        private var totals: JSONValue {
            .object([
                .init("sessions", .integer(sessions)), .init("damaged", .integer(damaged)),
                .init("problems", .integer(problems)), .init("files", .integer(files)),
                .init("bytes", .integer(bytes)), .init("lost_bytes", .integer(lostBytes)),
                .init("pending_bytes", .integer(pendingBytes)),
                .init("frames", .integer(frames)),
                .init("missing_frames", .integer(missingFrames)), .init("lines", .integer(lines)),
                .init("events", .integer(events)), .init("bad_lines", .integer(badLines)),
            ])
        }

        private var advice: String {
            """
            lost: \(missingFrames) frames with a known number, \(lostBytes) bytes, \
            \(badLines) lines; everything else can be read
            what to do: copy the session again from its source or a backup (repeated frames count
            once); then `tracker repair` lists what can be saved from the damage

            """
        }
    }
}

/// The session arguments of `verify` and `repair`.
struct SessionsArgument: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            "USER/SESSION, as `tracker sessions` prints it (default: all sessions).",
            valueName: "user/session"))
    var sessions: [String] = []
}

/// The sessions named on the command line, or all.
struct SessionSelection {
    var keys: [DataFolder.SessionKey] = []
    /// Entries below `log` that are not sessions. Empty when sessions were named.
    var leftAlone: [String] = []

    init(_ names: [String], _ context: DataContext, in storage: any Storage) throws {
        let listing = try DataFolder.sessions(in: storage)
        guard !names.isEmpty else {
            keys = listing.sessions
            leftAlone = listing.ignored
            return
        }
        for name in names {
            guard let key = try SessionArgument.find(name, context, in: storage) else {
                throw SessionArgument.missing(name, context)
            }
            if !keys.contains(key) { keys.append(key) }
        }
    }
}

/// Shows the progress of a long command on a terminal, and nothing elsewhere.
final class ReadingProgress {
    private let isTerminal = Console.current.isTerminal(.error)
    private var bytes = 0
    private var sessions = 0
    private var sessionCount = 0
    private var isShown = false
    private var shownAt = ContinuousClock.now

    /// Between two updates: short enough that the numbers seem to move.
    private static let pause = Duration.milliseconds(100)

    func add(bytes more: Int) {
        bytes += more
        show()
    }

    func add(sessions more: Int, of count: Int) {
        sessions += more
        sessionCount = count
        show()
    }

    private func show() {
        guard isTerminal, ContinuousClock.now - shownAt >= Self.pause else { return }
        shownAt = ContinuousClock.now
        isShown = true
        let mebibytes = NumberFormat.plain.fixed(Double(bytes) / 1_048_576, digits: 1)
        showProgress("\r\u{1B}[K\(sessions) of \(sessionCount) sessions, \(mebibytes) MiB")
    }

    func clear() {
        if isShown { showProgress("\r\u{1B}[K") }
        isShown = false
    }
}
