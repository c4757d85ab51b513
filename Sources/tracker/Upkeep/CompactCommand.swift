import ArgumentParser
import TrackerIndexer
import TrackerLog
import TrackerUpkeep

/// `tracker compact`: rewrites many small segments as few segments of full frames.
struct CompactCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compact",
        abstract: "Rewrite many small segments as a few larger ones.",
        discussion: """
            Compacts closed segments: nobody holds the lock, and the writer has a newer segment or \
            the file has not changed for ten minutes. Damaged segments stay as they are. Each new \
            segment is read back and compared before the old ones move to trash/, which only \
            `tracker prune --empty-trash` empties. It can be interrupted at any time: the next run \
            continues. Exit status: 0 done, 2 an error occurred.

            EXAMPLES
              tracker compact --dry-run
              tracker compact 20261123-140211-9f3c77aa
            """)

    @OptionGroup var data: DataOptions

    @Argument(
        help: ArgumentHelp(
            "USER/SESSION, as `tracker sessions` prints it (default: all sessions).",
            valueName: "user/session"))
    var sessions: [String] = []

    @Flag(help: "Only print what would be done.")
    var dryRun = false

    @Flag(
        help: "Include shared segments; nothing may write to them meanwhile.")
    var shared = false

    @Option(
        help: ArgumentHelp(
            "How long a writer's last segment must have been unchanged.", valueName: "seconds"))
    var quiet = LogLimits.closedAfterSeconds

    @Flag(help: "Print one JSON object.")
    var json = false

    func validate() throws {
        guard quiet >= 0 else { throw ValidationError("--quiet takes seconds, 0 or more") }
    }

    func run() throws {
        try withFailures {
            let context = try data.resolve()
            let storage = dryRun ? try context.openForReading() : try context.openForTidying()
            let keys = try SessionArgument.find(sessions, context, in: storage)
            var options = CompactionOptions()
            options.includesShared = shared
            options.quietSeconds = quiet
            options.isDryRun = dryRun
            let showsProgress = Console.current.isTerminal(.error)
            let results = try withTidyFailures {
                () throws(UpkeepError) in
                try Compactor(storage: storage, options: options).run(keys) { progress in
                    guard showsProgress else { return }
                    let text = "\(progress.sessionsDone) of \(progress.sessions) sessions"
                    showProgress("\r\(text), \(progress.bytes >> 20) MiB")
                }
            }
            if showsProgress { showProgress("\r\u{1B}[K") }
            let report = CompactionText(results: results, isDryRun: dryRun)
            if json { printJSON(report.json) } else { printText(report.text) }
            for result in results {
                guard let problem = result.problem else { continue }
                printError("error: \(result.name): \(printable("\(problem)"))")
            }
            if results.contains(where: { $0.problem != nil }) { throw ExitCode(2) }
        }
    }
}

extension SessionCompaction {
    fileprivate var name: String { printable("\(user.value)/\(session.value)") }

    fileprivate var json: JSONValue {
        .object([
            .init("user", .string(user.value)), .init("session", .string(session.value)),
            .init("segments", .array(segments.map(\.json))),
            .init(
                "kept",
                .array(
                    kept.map {
                        .object([
                            .init("file", .string($0.file)), .init("reason", .string($0.reason)),
                        ])
                    })),
            .init("finished", .array(finished.map(JSONValue.string))),
            .init("problem", .optional(problem.map { "\($0)" })),
        ])
    }
}

extension CompactedSegment {
    fileprivate var json: JSONValue {
        .object([
            .init("file", .optional(file)), .init("inputs", .array(inputs.map(JSONValue.string))),
            .init("frames_before", .integer(framesBefore)),
            .init("frames_after", .integer(framesAfter)),
            .init("bytes_before", .integer(bytesBefore)),
            .init("bytes_after", .integer(bytesAfter)),
        ])
    }
}

/// The report of a compaction or of a dry run.
private struct CompactionText {
    let results: [SessionCompaction]
    let isDryRun: Bool

    private var segments: [CompactedSegment] { results.flatMap(\.segments) }
    private var filesBefore: Int { segments.reduce(0) { $0 + $1.inputs.count } }
    private var bytesBefore: Int { segments.reduce(0) { $0 + $1.bytesBefore } }
    private var bytesAfter: Int { segments.reduce(0) { $0 + $1.bytesAfter } }

    var json: JSONValue {
        .object([
            .init("dry_run", .bool(isDryRun)),
            .init("files_before", .integer(filesBefore)),
            .init("files_after", .integer(segments.count)),
            .init("bytes_before", .integer(bytesBefore)),
            .init("bytes_after", .integer(bytesAfter)),
            .init("sessions", .array(results.map(\.json))),
        ])
    }

    var text: String {
        var lines: [String] = []
        for result in results {
            for segment in result.segments {
                lines.append(
                    "\(result.name): \(segment.inputs.count) files, \(segment.framesBefore) frames,"
                        + " \(segment.bytesBefore) bytes -> 1 file, \(segment.framesAfter) frames,"
                        + " \(segment.bytesAfter) bytes")
            }
            if !result.finished.isEmpty {
                lines.append(
                    "\(result.name): \(result.finished.count) files compacted earlier"
                        + " moved to trash/")
            }
            lines += result.kept.map { "\(result.name): \(printable($0.file)) stays: \($0.reason)" }
        }
        let verb = isDryRun ? "would become" : "became"
        lines.append(
            "\(filesBefore) files \(verb) \(segments.count), \(bytesBefore) bytes \(verb)"
                + " \(bytesAfter)")
        return lines.joined(separator: "\n") + "\n"
    }
}
