import ArgumentParser
import Glibc
import Synchronization
import TrackerIndexer
import TrackerLog

/// `tracker index`: brings the index up to date, or rebuilds it.
struct IndexCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "index",
        abstract: "Fold what is new in the log into the index.",
        discussion: """
            The index is derived: --rebuild recreates it from the log alone. While a server holds \
            the index, this command folds in memory and writes nothing.

            EXAMPLES
              tracker index
              tracker index --rebuild --threads 2 --json

            Ctrl-C stops it cleanly: what is folded is saved, and the next run continues there.

            Exit status: 0 done, 2 something could not be read or saved, 130 stopped.
            """)

    @OptionGroup var data: DataOptions

    @Flag(help: "Discard all snapshots and fold everything again.")
    var rebuild = false

    @Option(help: "The number of threads (default: one per core).")
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
            let storage = try data.resolve().openForDerived()
            let indexer = Indexer(storage: storage, threads: threads ?? Self.coreCount)
            let line = Console.current.isTerminal(.error) ? ProgressLine() : nil
            let stopped = Atomic(false)
            let signals = StopSignals { stopped.store(true, ordering: .relaxed) }
            let progress = line.map { line in { @Sendable in line.show($0) } }
            let report = try indexer.run(rebuild: rebuild, progress: progress) {
                stopped.load(ordering: .relaxed)
            }
            withExtendedLifetime(signals) {}
            line?.clear()
            if json { printJSON(report.json) } else { printText(hinted(report.text)) }
            for problem in report.problems { printError("warning: \(printable(problem))") }
            if report.hasFailedToSave, let reason = report.unsavedText {
                printError("warning: not saved: \(printable(reason))")
            }
            if report.isInterrupted { throw ExitCode(StopSignals.exitStatus) }
            // While a server holds the index, the server saves.
            if !report.problems.isEmpty || report.hasFailedToSave { throw ExitCode(2) }
        }
    }

    static var coreCount: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }
}

/// The progress line on the terminal. Any thread may call it.
private final class ProgressLine: Sendable {
    private let shownAt = Mutex(ContinuousClock.now)
    /// Faster changes cannot be read.
    private static let interval = Duration.milliseconds(100)

    func show(_ progress: IndexProgress) {
        shownAt.withLock { shownAt in
            guard ContinuousClock.now - shownAt >= Self.interval else { return }
            shownAt = .now
            showProgress("\r\u{1B}[K\(progress.text)")
        }
    }

    func clear() { shownAt.withLock { _ in showProgress("\r\u{1B}[K") } }
}

extension IndexProgress {
    /// For example `12.3 of 57.9 MB, 6.10 M events/s, 4 s left, 3 of 10 sessions`.
    fileprivate var text: String {
        let number = NumberFormat.plain
        var parts = [
            "\(number.fixed(Double(bytesDone) / 1e6, digits: 1)) of"
                + " \(number.fixed(Double(bytes) / 1e6, digits: 1)) MB"
        ]
        if seconds > 0, events > 0 {
            parts.append("\(number.fixed(Double(events) / seconds / 1e6, digits: 2)) M events/s")
        }
        if bytesDone > 0 {
            let left = seconds * Double(max(0, bytes - bytesDone)) / Double(bytesDone)
            parts.append("\(Int(left.rounded(.up))) s left")
        }
        return (parts + ["\(sessionsDone) of \(sessions) sessions"]).joined(separator: ", ")
    }
}

extension IndexReport {
    fileprivate var json: JSONValue {
        .object([
            .init("sessions", .integer(sessions)), .init("segments", .integer(segments)),
            .init("frames", .integer(frames)), .init("events", .integer(events)),
            .init("bad_lines", .integer(badLines)), .init("bad_regions", .integer(badRegions)),
            .init("missing_frames", .integer(missingFrames)), .init("seconds", .double(seconds)),
            .init("digest", .string(digest)), .init("saved", .bool(isSaved)),
            .init("not_saved", .optional(unsavedText)),
            .init("interrupted", .bool(isInterrupted)),
            .init("problems", .array(problems.map(JSONValue.string))),
        ])
    }

    fileprivate var text: String {
        var lines = """
            \(sessions) sessions, \(segments) segments, \(frames) frames, \(events) events \
            in \(NumberFormat.plain.fixed(seconds, digits: 3)) s

            """
        if isInterrupted {
            // The digest of a partial run matches no other.
            lines = "stopped: so far " + lines
            if isSaved { lines += "the next `tracker index` continues from here\n" }
        } else {
            lines += "digest \(digest)\n"
        }
        if badRegions + badLines + missingFrames > 0 {
            lines += """
                \(badRegions) bad regions, \(badLines) bad lines, \(missingFrames) missing frames: \
                `tracker verify` lists where

                """
        }
        if !hasFailedToSave, let unsavedText { lines += "not saved: \(printable(unsavedText))\n" }
        return lines
    }

    fileprivate var hasFailedToSave: Bool {
        if case .failed = unsaved { return true }
        return false
    }

    fileprivate var unsavedText: String? {
        switch unsaved {
        case nil: nil
        case .held: "a server or another index run holds this index, and saves it"
        case .failed(let reason): reason
        }
    }
}
