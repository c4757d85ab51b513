import ArgumentParser
import Glibc
import TrackerIndexer
import TrackerLog

/// `tracker index`: brings the index up to date, or makes it again from nothing.
struct IndexCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "index",
        abstract: "Fold what is new in the log into the index.",
        discussion: """
            The index is derived: --rebuild makes it again from the log alone. While a server keeps
            the index, this folds in memory and writes nothing.

            EXAMPLES
              tracker index
              tracker index --rebuild --threads 2 --json
            """)

    @OptionGroup var data: DataOptions

    @Flag(help: "Forget all snapshots and fold everything again.")
    var rebuild = false

    @Option(help: "Sessions folded at the same time (default: one for each core).")
    var threads: Int?

    @Flag(help: "Print one JSON object.")
    var json = false

    func validate() throws {
        if let threads, !(1...256).contains(threads) {
            throw ValidationError("--threads takes a number from 1 to 256")
        }
    }

    func run() throws {
        try withFailures {
            let storage = try data.resolve().openForReading()
            let indexer = Indexer(storage: storage, threads: threads ?? Self.coreCount)
            let showsProgress = isatty(2) == 1
            let report = try indexer.run(rebuild: rebuild) { progress in
                guard showsProgress else { return }
                let text = "\(progress.sessionsDone) of \(progress.sessions) sessions"
                writeAll("\r\(text), \(progress.events) events", to: 2)
            }
            if showsProgress { writeAll("\r\u{1B}[K", to: 2) }
            print(json ? report.json.text : report.text, terminator: json ? "\n" : "")
            for problem in report.problems { printError("warning: \(printable(problem))") }
            if !report.problems.isEmpty { throw ExitCode(2) }
        }
    }

    static var coreCount: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }
}

extension IndexReport {
    fileprivate var json: JSONValue {
        .object([
            .init("sessions", .integer(sessions)), .init("segments", .integer(segments)),
            .init("frames", .integer(frames)), .init("events", .integer(events)),
            .init("bad_lines", .integer(badLines)), .init("bad_regions", .integer(badRegions)),
            .init("missing_frames", .integer(missingFrames)), .init("seconds", .double(seconds)),
            .init("digest", .string(digest)), .init("saved", .bool(isSaved)),
            .init("problems", .array(problems.map(JSONValue.string))),
        ])
    }

    fileprivate var text: String {
        var lines = """
            \(sessions) sessions, \(segments) segments, \(frames) frames, \(events) events \
            in \(fixed(seconds, digits: 3)) s
            digest \(digest)

            """
        if badRegions + badLines + missingFrames > 0 {
            lines += """
                \(badRegions) bad regions, \(badLines) bad lines, \(missingFrames) missing frames: \
                `tracker verify` says where

                """
        }
        if !isSaved { lines += "not saved: a server keeps this index, or it cannot be written\n" }
        return lines
    }
}
