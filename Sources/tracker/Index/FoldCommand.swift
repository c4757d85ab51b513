import ArgumentParser
import Glibc
import TrackerIndexer
import TrackerLog

/// `tracker fold SEGMENT…`: folds segments into a state file, for `tracker merge`.
struct FoldCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fold",
        abstract: "Fold segments from any folder into a state file for `tracker merge`.",
        discussion: """
            The user, session and segment of a file come from its path, as below log/ of a data \
            folder, or from --as. A folder stands for the segments in it: a command line has no \
            room for very many. Damaged byte ranges are skipped and counted, as by `tracker \
            index`; a segment that cannot be read to its end is an error.

            Exit status: 0 folded, 2 failed.

            EXAMPLES
              tracker fold data/log/ann/20261123-140211-9f3c77aa -o ann.state
              tracker fold - --as ann/s1/shared.000001.jsonl.zst -o - < copy > s1.state
            """)

    @Argument(
        help: ArgumentHelp(
            "Segment files, folders of them, or - for one on standard input.",
            valueName: "segment"))
    var segments: [String]

    @Option(
        name: [.customShort("o"), .long],
        help: ArgumentHelp(
            "The state file, replaced atomically; - for standard output.", valueName: "file"))
    var output: String

    @Option(
        name: .customLong("as"),
        help: ArgumentHelp(
            "The path of the segment below log/: USER/SESSION/NAME.", valueName: "path"))
    var addressText: String?

    @Flag(help: "Print one JSON object.")
    var json = false

    func validate() throws {
        if addressText != nil, segments.count != 1 {
            throw ValidationError("--as needs exactly one segment, not \(segments.count)")
        }
        if addressText == nil, segments.contains("-") {
            throw ValidationError("a segment on standard input needs --as")
        }
        try StateOutput.validate(output, json: json)
        if let addressText, Self.address(addressText) == nil {
            throw ValidationError(
                "--as \(addressText): not USER/SESSION/NAME as below log/ of a data folder")
        }
    }

    func run() throws {
        try withFailures {
            let tools = FoldTools()
            var folded: [FoldedSegment] = []
            var rows: [(FoldedSegment, FoldedSegment.Findings)] = []
            let paths = try segments.flatMap(InputFile.segments)
            if addressText != nil, paths.count != 1 {
                throw CommandFailure("--as needs exactly one segment, not \(paths.count)")
            }
            for path in paths {
                let (file, address) = try open(path)
                do throws(StateFileError) {
                    let (segment, findings) = try FoldedSegment.fold(
                        file, as: address, with: tools)
                    folded.append(segment)
                    rows.append((segment, findings))
                } catch {
                    throw CommandFailure("\(printable(path)): \(error)")
                }
            }
            try StateOutput.write(try StateFile.joined(folded), to: output)
            guard output != "-" else { return }
            if json {
                printJSON(.object([.init("segments", .array(rows.map(Self.json)))]))
            } else {
                for row in rows { printLine(Self.text(row)) }
            }
        }
    }

    private func open(_ path: String) throws -> (any StorageFile, SegmentAddress) {
        let given = addressText.flatMap(Self.address)
        if path == "-", let given { return (try InputFile.standardInput(), given) }
        let (file, components) = try InputFile.open(path)
        guard let address = given ?? SegmentAddress(components: components.suffix(3)) else {
            throw CommandFailure(
                "\(printable(path)): the path is not that of a segment"
                    + " (USER/SESSION/WRITER.NNNNNN.jsonl.zst): give it with --as")
        }
        return (file, address)
    }

    private static func address(_ text: String) -> SegmentAddress? {
        SegmentAddress(components: text.parts(separatedBy: "/"))
    }

    private static func json(_ row: (FoldedSegment, FoldedSegment.Findings)) -> JSONValue {
        let (segment, findings) = row
        return .object([
            .init("user", .string(segment.user.value)),
            .init("session", .string(segment.session.value)),
            .init("segment", .string(segment.name.fileName)),
            .init("bytes", .integer(segment.foldedBytes)),
            .init("frames", .integer(segment.frames)), .init("events", .integer(findings.events)),
            .init("bad_lines", .integer(findings.badLines)),
            .init("bad_regions", .integer(segment.badRegions)),
            .init("pending_bytes", .integer(findings.pendingBytes)),
        ])
    }

    private static func text(_ row: (FoldedSegment, FoldedSegment.Findings)) -> String {
        let (segment, findings) = row
        let name = printable("\(segment.user)/\(segment.session)/\(segment.name)")
        var text = "\(name): \(findings.events) events in \(segment.frames) frames"
        if findings.badLines + segment.badRegions > 0 {
            text += ", \(segment.badRegions) bad regions, \(findings.badLines) bad lines"
        }
        if findings.pendingBytes > 0 {
            text += ", \(findings.pendingBytes) bytes of an incomplete frame at the end"
        }
        return text
    }
}

/// A file named on the command line, for reading.
enum InputFile {
    /// - Returns: the file, and the components of its real path.
    static func open(_ path: String) throws -> (file: any StorageFile, components: [String]) {
        let parts = path.parts(separatedBy: "/", omitsEmpty: true)
        guard let name = parts.last, name != ".", name != ".." else {
            throw CommandFailure("\(printable(path)) is not a file")
        }
        let folder = path.utf8.first == UInt8(ascii: "/") ? "/" : "./"
        let parent = folder + parts.dropLast().joined(separator: "/")
        do throws(StorageError) {
            let file = try PosixStorage(root: parent, create: false)
                .openForReading(StoragePath(name))
            return (file, realComponents(of: parent) + [name])
        } catch {
            throw CommandFailure(printable("\(error.named(path))"))
        }
    }

    /// - Returns: the segments in a folder, by name; any other path as it is.
    static func segments(_ path: String) throws -> [String] {
        guard path != "-" else { return [path] }
        let entries: [StorageEntry]
        do throws(StorageError) {
            entries = try PosixStorage(root: path, create: false).listKinds(.root)
        } catch {
            // No folder. Opening it as a file says what is wrong, if anything is.
            return [path]
        }
        let names = entries.filter { $0.kind == .file && SegmentName(fileName: $0.name) != nil }
        guard !names.isEmpty else {
            throw CommandFailure("\(printable(path)) has no segments: name a session's folder")
        }
        return names.map(\.name).sorted().map { "\(path)/\($0)" }
    }

    private static func realComponents(of folder: String) -> [String] {
        guard let real = unsafe realpath(folder, nil) else { return [] }
        defer { unsafe free(real) }
        return unsafe String(cString: real).parts(separatedBy: "/", omitsEmpty: true)
    }

    /// Copies standard input to an unlinked file in TMPDIR or /tmp.
    static func standardInput() throws -> any StorageFile {
        let folder = TemporaryFiles.root
        let storage = try PosixStorage(root: folder, create: false)
        let path = StoragePath("tracker.\(UInt64.random(in: 0 ... .max)).tmp")
        let file = try storage.create(path)
        storage.removeIfThere(path)
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = unsafe read(Console.current.input, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                throw StorageError(operation: .read, path: "standard input", code: errno)
            }
            if count == 0 { return file }
            try file.appendAll(buffer[..<count], path: "a copy of standard input in \(folder)")
        }
    }
}

/// Where a command writes a state file.
enum StateOutput {
    static func validate(_ output: String, json: Bool) throws {
        guard output == "-" else { return }
        if json { throw ValidationError("--json and `-o -` both need standard output") }
        if Console.current.isTerminal(.output) {
            throw ValidationError("a state file is binary: send it to a file or a pipe")
        }
    }

    private struct Content: WrittenOutput {
        let segments: [FoldedSegment]

        func write(
            to sink: ([UInt8]) throws(StorageError) -> Void
        ) throws(StorageError) {
            try StateFile.write(segments, to: sink)
        }
    }

    /// - Parameter output: a path, or - for standard output.
    static func write(_ segments: [FoldedSegment], to output: String) throws {
        if output == "-" {
            var content = Content(segments: segments)
            return try OutputFile.write(&content, to: output)
        }
        let (storage, path) = try OutputFile.place(of: output)
        do throws(StorageError) {
            try StateFile.save(segments, to: path, in: storage)
        } catch {
            throw CommandFailure(printable("\(error.named(output))"))
        }
    }
}
