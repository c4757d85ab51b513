import ArgumentParser
import TrackerIndexer
import TrackerLog

/// `tracker verify`: reads the whole log again and says what is damaged or missing, and where.
struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Read the whole log and say what is damaged or missing.",
        discussion: """
            Looks at the log alone, not at the index, and changes nothing.
            Exit status: 0 whole, 1 damage or loss found, 2 could not look.

            EXAMPLES
              tracker verify
              tracker verify --data /backup/tracker --json
            """)

    @OptionGroup var data: DataOptions

    @Flag(help: "Print one JSON object.")
    var json = false

    func run() throws {
        try withFailures {
            let context = try data.resolve()
            let storage = try context.openForReading()
            let listing = try DataFolder.sessions(in: storage)
            var result = Result()
            let tools = FoldTools()
            for key in listing.sessions {
                let index = SessionIndex(user: key.user, session: key.session)
                let files = try SessionListing(key.user, key.session, in: storage)
                index.update(files, in: storage, with: tools)
                result.add(index, index.summary(nowMs: WallClock.nowMs(), in: storage), json: json)
            }
            for name in listing.ignored { result.notes.append("\(printable(name)): left alone") }
            print(json ? result.json.text : result.text, terminator: json ? "\n" : "")
            if !result.problems.isEmpty { throw ExitCode(2) }
            if result.damaged > 0 { throw ExitCode(1) }
        }
    }

    private struct Result {
        var sessions = 0
        var damaged = 0
        var events = 0
        var places: [String] = []
        var notes: [String] = []
        var problems: [String] = []
        var rows: [JSONValue] = []

        mutating func add(_ index: SessionIndex, _ summary: SessionSummary, json: Bool) {
            sessions += 1
            events += summary.eventCount
            if !summary.health.isWhole { damaged += 1 }
            if let problem = index.problem { problems.append("\(problem)") }
            let folder = DataLayout.sessionFolder(index.user, index.session).description
            if json {
                rows.append(
                    .object([
                        .init("user", .string(index.user.value)),
                        .init("session", .string(index.session.value)),
                        .init("events", .integer(summary.eventCount)),
                        .init("health", summary.health.json),
                    ]))
            } else {
                places += HealthText.places(summary.health, in: folder)
                notes += summary.health.ignoredFiles.map {
                    "\(folder)/\(printable($0)): left alone"
                }
            }
        }

        var json: JSONValue {
            .object([
                .init("whole", .bool(damaged == 0 && problems.isEmpty)),
                .init("sessions", .array(rows)),
                .init("problems", .array(problems.map(JSONValue.string))),
                .init("left_alone", .array(notes.map(JSONValue.string))),
            ])
        }

        var text: String {
            var lines =
                problems.map { "could not look: \($0)" } + places + notes.map { "note: \($0)" }
            let verdict =
                !problems.isEmpty
                ? "not everything could be read" : damaged > 0 ? "\(damaged) damaged" : "whole"
            lines.append("\(sessions) sessions, \(events) events: \(verdict)")
            return lines.joined(separator: "\n") + "\n"
        }
    }
}
