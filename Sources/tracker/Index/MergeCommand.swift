import ArgumentParser
import TrackerIndexer
import TrackerLog

/// `tracker merge STATE…`: joins state files into one, or publishes them as snapshots of a data
/// folder.
struct MergeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "merge",
        abstract: "Join state files of `tracker fold`, or publish them as snapshots.",
        discussion: """
            With -o, writes one state file with all segments of the others. In any order and \
            grouping the same segments give the same bytes; of two states of one segment, the one \
            that covers more of it is kept.

            Without -o, writes the snapshots of these sessions into the data folder that has their \
            log: the same bytes as `tracker index --rebuild`. Segments whose state is missing, \
            does not match the file, or shares frames with another one are folded from the log and \
            listed.

            Several may run at once, for different sessions; not while a server holds the index.

            Exit status: 0 merged, 2 failed or incomplete.

            EXAMPLES
              tracker merge a.state b.state -o both.state
              tracker merge --data /mnt/tracker states/*.state
            """)

    @Argument(
        help: ArgumentHelp(
            "State files; - for one or several, concatenated, on standard input.",
            valueName: "state"))
    var states: [String]

    @OptionGroup var data: DataOptions

    @Option(
        name: [.customShort("o"), .long],
        help: ArgumentHelp(
            "Write one state file instead of snapshots; - for standard output.", valueName: "file"))
    var output: String?

    @Flag(help: "Print one JSON object.")
    var json = false

    func validate() throws {
        guard let output else { return }
        if data.data != nil {
            throw ValidationError("-o writes a state file, --data writes snapshots: choose one")
        }
        try StateOutput.validate(output, json: json)
    }

    func run() throws {
        try withFailures {
            var segments: [FoldedSegment] = []
            for path in states {
                let file = try path == "-" ? InputFile.standardInput() : InputFile.open(path).file
                let source = path == "-" ? "standard input" : path
                segments += try StateFile.read(file, source: source)
            }
            let joined = try StateFile.joined(segments)
            if let output {
                try StateOutput.write(joined, to: output)
                if output != "-" { show(written: joined) }
            } else {
                try publish(joined)
            }
        }
    }

    private func show(written segments: [FoldedSegment]) {
        let sessions = Set(segments.map { DataFolder.SessionKey($0) }).count
        guard json else { return printLine("\(sessions) sessions, \(segments.count) segments") }
        printJSON(
            .object([
                .init("sessions", .integer(sessions)), .init("segments", .integer(segments.count)),
            ]))
    }

    private func publish(_ segments: [FoldedSegment]) throws {
        let context = try data.resolve()
        let storage = try context.openForDerived()
        guard let lock = try StatePublishing.lock(storage) else {
            throw CommandFailure(
                "a server or an index run holds the index of \(printable(context.folder)):"
                    + " stop it first, or write a state file with -o")
        }
        let tools = FoldTools()
        var done: [PublishedStates] = []
        var problems: [String] = []
        let sessions = Dictionary(grouping: segments) { DataFolder.SessionKey($0) }
        for (key, own) in sessions.sorted(by: { $0.key < $1.key }) {
            do throws(StateFileError) {
                let result = try StatePublishing.publish(
                    own, key.user, key.session, in: storage, with: tools)
                done.append(result)
                problems += result.problem.map { [$0] } ?? []
            } catch {
                problems.append("\(key.user)/\(key.session): \(error)")
            }
        }
        withExtendedLifetime(lock) {}
        if json {
            printJSON(Self.json(done, problems))
        } else {
            printText(done.map(Self.text).joined())
        }
        for problem in problems { printError("error: \(printable(problem))") }
        if !problems.isEmpty { throw ExitCode(2) }
    }

    private static func json(_ done: [PublishedStates], _ problems: [String]) -> JSONValue {
        .object([
            .init("sessions", .array(done.map(\.json))),
            .init("problems", .array(problems.map(JSONValue.string))),
        ])
    }

    private static func text(_ result: PublishedStates) -> String {
        var text = printable("\(result.user)/\(result.session)")
        text += ": \(result.merged) of \(result.segments) segments merged,"
        text += " \(result.events) events\n"
        for segment in result.foldedAgain {
            text += "  \(printable(segment.file)): \(segment.reason.inWords)\n"
        }
        return text
    }
}

extension DataFolder.SessionKey {
    init(_ segment: FoldedSegment) {
        self.init(user: segment.user, session: segment.session)
    }
}

extension PublishedStates {
    fileprivate var json: JSONValue {
        let left = foldedAgain.map { segment in
            JSONValue.object([
                .init("segment", .string(segment.file)),
                .init("reason", .string(segment.reason.rawValue)),
            ])
        }
        return .object([
            .init("user", .string(user.value)), .init("session", .string(session.value)),
            .init("segments", .integer(segments)), .init("merged", .integer(merged)),
            .init("left_out", .array(left)), .init("folded_bytes", .integer(foldedBytes)),
            .init("events", .integer(events)), .init("digest", .string(XXHash64.hex(digest))),
        ])
    }

}

extension PublishedStates.Reason {
    fileprivate var inWords: String {
        switch self {
        case .noState: "has no state; folded from the log"
        case .sharesFrames: "shares frames with another segment; folded from the log"
        case .compacted:
            "some of its lines are in a compacted segment; folded from the log"
        case .otherFile: "is not the file that was folded; folded from the log"
        case .gone: "is not in this log any more; skipped"
        case .unreadable: "cannot be read"
        }
    }
}
