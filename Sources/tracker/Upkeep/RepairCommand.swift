import ArgumentParser
import TrackerIndexer
import TrackerLog
import TrackerUpkeep

/// `tracker repair`: copies what can be saved from damage into new segments.
struct RepairCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "repair",
        abstract: "Copy what can be saved from damaged segments into new ones.",
        discussion: """
            Prints what can be saved; --apply saves it. Damaged files stay as they are, byte for \
            byte. Saved frames keep their identity, so nothing counts twice, however often you \
            repair. Restore the session from other copies first: undamaged files need no repair. \
            Files that may still be written are skipped.

            Exit status: 0 nothing (more) to save, 1 something can be saved (without --apply), 2 a \
            file could not be read or written.

            EXAMPLES
              tracker repair
              tracker repair ann/20261123-140211-9f3c77aa --apply
            """)

    @OptionGroup var data: DataOptions

    @OptionGroup var chosen: SessionsArgument

    @Flag(help: "Write the new segments.")
    var apply = false

    @Flag(
        help: """
            Also save lines that no checksum covers: those of truncated frames, and bare lines. \
            They stay marked as unchecked.
            """)
    var unchecked = false

    @Flag(help: "Print one JSON object; docs/RELIABILITY.md describes its fields.")
    var json = false

    func run() throws {
        try withFailures {
            let context = try data.resolve()
            let storage = apply ? try context.openForWriting() : try context.openForReading()
            let repairer = Repairer(
                storage: storage, now: .now, includesUnchecked: unchecked)
            var reports: [RepairReport] = []
            for key in try SessionSelection(chosen.sessions, context, in: storage).keys {
                let report: RepairReport
                do throws(RepairError) {
                    report = try apply ? repairer.apply(key) : repairer.plan(key)
                } catch {
                    throw CommandFailure("\(error)")
                }
                if !report.regions.isEmpty || !report.problems.isEmpty || !report.openFiles.isEmpty
                {
                    reports.append(report)
                    if !json { show(report) }
                }
            }
            finish(reports)
            if reports.contains(where: { !$0.problems.isEmpty }) { throw ExitCode(2) }
            if !apply, reports.contains(where: { $0.lines > 0 }) { throw ExitCode(1) }
        }
    }

    private func show(_ report: RepairReport) {
        let folder = DataLayout.sessionFolder(report.key.user, report.key.session)
        for line in report.findings { printLine("\(folder): \(line)") }
        for one in report.written {
            printLine("\(one.path): written, \(one.lines) lines, read back")
        }
    }

    private func finish(_ reports: [RepairReport]) {
        let lines = reports.reduce(0) { $0 + $1.lines }
        guard !json else {
            let result = JSONValue.object([
                .init("applied", .bool(apply)), .init("lines", .integer(lines)),
                .init("sessions", .array(reports.map(\.json))),
            ])
            return printJSON(result)
        }
        let regions = reports.reduce(0) { $0 + $1.regions.count }
        if regions == 0 {
            printLine("nothing is damaged that could be repaired")
        } else if apply {
            printLine("\(regions) bad regions: \(lines) lines saved")
        } else {
            printLine(
                "\(regions) bad regions: \(lines) lines can be saved"
                    + (lines > 0 ? hinted(": `tracker repair --apply` does it") : ""))
        }
    }
}
