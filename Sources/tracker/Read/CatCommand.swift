import ArgumentParser
import TrackerIndexer
import TrackerLog

/// `tracker cat USER/SESSION`: the lines of a session as they are in the log.
struct CatCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cat",
        abstract: "Print the lines of a session's log.",
        discussion: """
            Prints lines segment by segment, each as it was written, and repeated frames once. \
            Damaged byte ranges are skipped and listed on standard error; the exit status is then 1.

            EXAMPLES
              tracker cat ann/20261123-140211-9f3c77aa | grep '"status":"503"'
              tracker cat ann/20261123-140211-9f3c77aa --json
            """)

    @OptionGroup var data: DataOptions
    @OptionGroup var session: SessionArgument

    @Flag(help: "Print each line as {\"file\",\"offset\",\"line\",\"writer\",\"seq\",\"event\"}.")
    var json = false

    func run() throws {
        try withFailures {
            let context = try data.resolve()
            let storage = try context.openForReading()
            let key = try session.find(context, in: storage)
            var isWhole = true
            let reader = SegmentReader()
            var seen = Set<FrameIdentity>()
            let listing = try SessionListing(key.user, key.session, in: storage)
            let folder = DataLayout.sessionFolder(key.user, key.session)
            for segment in listing.segments {
                let file = try storage.openForReading(folder.appending(segment.name.fileName))
                let size = try file.status().size
                let progress = try reader.read(
                    file, name: segment.name, session: key.session, from: 0, size: size
                ) { frame in
                    write(frame, of: segment.name, &seen)
                }
                for region in progress.badRegions {
                    isWhole = false
                    printError(
                        "\(region.file): offset \(region.offset), length \(region.length):"
                            + " \(region.reason.rawValue)")
                }
            }
            if !isWhole { throw ExitCode(1) }
        }
    }

    private func write(
        _ frame: FrameContent, of name: SegmentName, _ seen: inout Set<FrameIdentity>
    ) {
        for section in frame.sections {
            if let identity = section.header?.identity, !seen.insert(identity).inserted { continue }
            let body = Array(frame.lines(of: section))
            guard json else {
                printLog(body)
                continue
            }
            var text = ""
            for (index, line) in body.split(separator: 0x0A, omittingEmptySubsequences: false)
                .dropLast().enumerated()
            {
                let position = LinePosition(
                    file: name.fileName, offset: frame.offset, line: section.firstLine + index)
                text += position.json(Array(line), section.header?.identity).text + "\n"
            }
            printJSON(part: text)
        }
    }

    private struct LinePosition {
        let file: String
        let offset: Int
        let line: Int

        func json(_ bytes: [UInt8], _ identity: FrameIdentity?) -> JSONValue {
            var members: [JSONValue.Member] = [
                .init("file", .string(file)), .init("offset", .integer(offset)),
                .init("line", .integer(line)),
            ]
            if let identity {
                members.append(.init("writer", .string(identity.writer)))
                members.append(.init("seq", .integer(identity.seq)))
            }
            do throws(LineError) {
                members.append(.init("event", try JSONValue(parsing: bytes)))
            } catch {
                members.append(.init("bad", .string(error.rawValue)))
                members.append(.init("text", .string(String(decoding: bytes, as: UTF8.self))))
            }
            return .object(members)
        }
    }
}
