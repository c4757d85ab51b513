import ArgumentParser
import Glibc
import TrackerImport
import TrackerIndexer
import TrackerLog

/// `tracker import`: files of load tools become sessions.
struct ImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Import result files of load tools, each as a session.",
        discussion: """
            What a file is shows by its content: its name does not matter. docs/IMPORT.md lists \
            the formats, a command for each tool, and what its files do not carry. gzip, zstd, \
            bzip2 and xz are unwrapped. A folder stands for all files in it; those of no known \
            format are left out. The same bytes again add nothing. A damaged file gives what can \
            be read of it; what was lost is printed, and kept with the run. `-` is standard \
            input, which shows on the page while it arrives.

            EXAMPLES
              tracker import results.json
              tracker import --target http://localhost:3000/ wrk.txt
              vegeta encode results.bin | tracker import -
              k6 run --out json=- script.js | tracker import -
            """)

    @OptionGroup var data: DataOptions

    @Argument(
        help: ArgumentHelp("Files, folders, or - for standard input.", valueName: "file"))
    var files: [String]

    @Option(
        help: ArgumentHelp(
            "When the test began, where the file does not say: Unix milliseconds or RFC 3339"
                + " (default: when the file was written).", valueName: "time"))
    var at: String?

    @Option(
        help: ArgumentHelp("What was tested, where the file does not say.", valueName: "url"))
    var target: String?

    @Option(help: "The name of the sessions (default: the name of the file).")
    var name: String?

    @Flag(help: "Go on reading the file as it grows, until ctrl-C.")
    var follow = false

    func validate() throws {
        if let at, Self.time(at) == nil {
            throw ValidationError(
                "--at takes Unix milliseconds or a time like 2026-11-23T14:02:11Z, not \(at)")
        }
        if follow, files.count != 1 || files == ["-"] {
            throw ValidationError("--follow takes one file")
        }
    }

    func run() throws {
        try withFailures {
            let context = try data.resolve()
            let intake = ImportIntake(
                context: context, storage: try context.openForWriting(),
                given: at.flatMap(Self.time), target: target, name: name)
            var refused = 0
            for file in files {
                if file == "-" {
                    refused += try intake.standardInput()
                } else if follow {
                    refused += try intake.follow(file)
                } else {
                    refused += try intake.path(file)
                }
            }
            if refused > 0 { throw ExitCode(1) }
        }
    }

    private static func time(_ text: String) -> Timestamp? {
        Double(text).flatMap(Timestamp.init(milliseconds:)) ?? Timestamp(rfc3339: text)
    }
}
