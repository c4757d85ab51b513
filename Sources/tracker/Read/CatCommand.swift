import ArgumentParser
import TrackerIndexer
import TrackerLog

/// `tracker cat USER/SESSION`: the lines of a session as they are in the log.
struct CatCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cat",
        abstract: "Print the lines of a session's log.",
        discussion: """
            Prints the lines that the index counts, segment by segment, each as it was written: \
            repeated frames once, and lines that were compacted once, wherever copies of them are. \
            Damaged byte ranges are skipped and listed on standard error; the exit status is then \
            1. A file that cannot be read is an error (2); the others are printed.

            EXAMPLES
              tracker cat ann/20261123-140211-9f3c77aa | grep '"status":"503"'
              tracker cat ann/20261123-140211-9f3c77aa --json
            """)

    @OptionGroup var data: DataOptions
    @OptionGroup var session: SessionArgument

    @Flag(
        help: """
            Print each line as {"file","offset","line","writer","seq","event"}; one that is no \
            event has "bad", the reason, and "text" instead of "event". Empty lines are left out.
            """)
    var json = false

    func run() throws {
        try withFailures {
            let context = try data.resolve()
            let storage = try context.openForReading()
            let key = try session.find(context, in: storage)
            var isWhole = true
            let problems = try SessionReader(storage: storage, now: .now).read(
                key, lines: write
            ) { region in
                isWhole = false
                printError(region.text)
            }
            for problem in problems { printError("error: \(problem)") }
            if !problems.isEmpty { throw ExitCode(2) }
            if !isWhole { throw ExitCode(1) }
        }
    }

    private func write(_ name: SegmentName, _ frame: FrameContent, _ section: FrameSection) {
        LostOutput.endIfAny()
        let lines = frame.lines(of: section)
        let body = json || !section.isBare ? lines : ByteOrderMark.removed(from: lines)
        guard json else { return printLog(body) }
        let isPlain = name.encoding == .plain
        var start = frame.offset + section.body.lowerBound
        var text = ""
        for (index, line) in body.split(separator: 0x0A, omittingEmptySubsequences: false)
            .dropLast().enumerated()
        {
            let position = LinePosition(
                file: name.fileName, offset: isPlain ? start : frame.offset,
                line: isPlain ? 1 : section.firstLine + index)
            if let json = position.json(Array(line), section) {
                text += json.text + "\n"
            }
            start += line.count + 1
        }
        printJSON(part: text)
    }

    /// As in the lists of bad lines of `show` and `verify`.
    private struct LinePosition {
        let file: String
        /// Of the frame; in a bare file, of the line.
        let offset: Int
        /// Within the frame's content, from 1; always 1 in a bare file.
        let line: Int

        /// - Returns: `nil` for an empty line, which is no event and no damage.
        func json(_ bytes: [UInt8], _ section: FrameSection) -> JSONValue? {
            var members: [JSONValue.Member] = [
                .init("file", .string(file)), .init("offset", .integer(offset)),
                .init("line", .integer(line)),
            ]
            if let identity = section.header?.identity {
                members.append(.init("writer", .string(identity.writer)))
                members.append(.init("seq", .integer(identity.seq)))
            }
            do throws(LineError) {
                // What is JSON is not always an event.
                _ = try section.event(bytes)
                let text = section.isBare ? ByteOrderMark.removed(from: bytes) : bytes
                members.append(.init("event", try JSONValue(parsing: text)))
            } catch {
                if error == .empty { return nil }
                members.append(.init("bad", .string(error.rawValue)))
                members.append(.init("text", .string(String(decoding: bytes, as: UTF8.self))))
            }
            return .object(members)
        }
    }
}
