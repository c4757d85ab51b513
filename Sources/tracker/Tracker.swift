import ArgumentParser
import Glibc
import TrackerLoad
import TrackerUpkeep

/// The command line. Each command is one small file.
@main struct Tracker: AsyncParsableCommand {
    static let version = LoadVersion.text

    static let configuration = CommandConfiguration(
        commandName: "tracker",
        abstract: "A personal lab notebook for performance.",
        discussion: """
            Records what your tests measure in plain files, and shows what a change did. \
            Not the official scoring system: a private sandbox, for your eyes only.

            START HERE
              tracker serve          the pages, at http://localhost:8082/
              tracker demo           a recording to look at
              tracker load URL       load-test a URL of yours
            """,
        version: version,
        subcommands: [
            ServeCommand.self, LoadCommand.self, DemoCommand.self, MeasureCommand.self,
            ScrapeCommand.self, AbCommand.self,
            SessionCommand.self, LogCommand.self, ImportCommand.self,
            SessionsCommand.self, ShowCommand.self, ExportCommand.self, ReportCommand.self,
            NoteCommand.self, TagCommand.self, UntagCommand.self, RenameCommand.self,
            ArchiveCommand.self, UnarchiveCommand.self, LeftOutCommand.self, UndoCommand.self,
            AttachCommand.self,
            CompareCommand.self, BaselineCommand.self, TrendCommand.self, GateCommand.self,
            CatCommand.self, IndexCommand.self, VerifyCommand.self, RepairCommand.self,
            SelftestCommand.self, SelftestChildCommand.self, DoctorCommand.self,
            FoldCommand.self, MergeCommand.self, WhyCommand.self, MCPCommand.self,
            CompactCommand.self, PruneCommand.self, RestoreCommand.self, UserCommand.self,
        ])

    /// Four of the runtime's event loop, two for signals, and a thread of a command at work. The
    /// runtime opens its own late, and ends the process without a word where it gets none.
    private static let fewestDescriptors = 12

    static func main() async {
        // A write to a closed pipe or to a file that may not grow is an error that is reported, not
        // the end of the process.
        signal(SIGPIPE, SIG_IGN)
        signal(SIGXFSZ, SIG_IGN)
        LostOutput.holdStandardStreams()
        do throws(LoadError) {
            try StartResources.require(
                descriptors: fewestDescriptors, threads: 0, for: "tracker")
        } catch {
            printError("error: \(error)")
            exit(withError: ExitCode(2))
        }
        let status = await CommandRun<Self>.execute(Array(CommandLine.arguments.dropFirst()))
        exit(withError: ExitCode(status))
    }
}
