import ArgumentParser
import TrackerAnalysis
import TrackerIndexer
import TrackerLog

/// `tracker baseline`: pins the runs of a target that its other runs are compared with.
struct BaselineCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "baseline",
        abstract: "Pin the runs that others of a target are compared with, or list them.",
        discussion: """
            The pin is an event in the session's log, like a note. The latest pin counts; to undo \
            it, pin the previous baseline again.

            EXAMPLES
              tracker baseline ann/20261123-140211-9f3c77aa
              tracker baseline ann/20261123-140211-9f3c77aa#run-2
              tracker baseline --target http://localhost:3000/
            """)

    @OptionGroup var data: DataOptions

    @Argument(
        help: ArgumentHelp(
            "USER/SESSION (all its runs) or USER/SESSION#RUN.", valueName: "user/session#run"))
    var name: String?

    @Option(help: "Print the pinned runs of this target.")
    var target: String?

    func validate() throws {
        guard (name == nil) != (target == nil) else {
            throw ValidationError("name a session or run to pin, or give --target to list pins")
        }
    }

    func run() throws {
        try withFailures {
            let context = try data.resolve()
            if let target {
                let storage = try context.openForReading()
                let runs = try withTarget { () throws(TargetError) in
                    try TargetHistory(
                        target: target, in: storage, threads: IndexCommand.coreCount
                    ).baseline()
                }
                for run in runs { printLine(run.name) }
            } else if let name {
                try pin(name, context)
            }
        }
    }

    private func pin(_ name: String, _ context: DataContext) throws {
        let reading = try context.openForReading()
        let selection = RunSelection(
            in: reading, user: context.user, target: nil, threads: IndexCommand.coreCount)
        let key: DataFolder.SessionKey
        let run: String?
        do throws(RunSelectionError) {
            (key, run) = try selection.find(name)
        } catch {
            throw SessionArgument.failure(error, context)
        }
        let index = try SessionIndex.current(key.user, key.session, in: reading)
        let pinned = EditedState(index, in: reading, now: .now).pinnable(run)
        if !pinned.isEmpty, let out = pinned.compactMap(\.leftOut).first,
            pinned.allSatisfy({ $0.leftOut != nil })
        {
            let undo = context.command(["undo", "\(key.user)/\(key.session)", out.id ?? "ID"])
            throw CommandFailure(
                printable("\(name) is \(out.text): pin another, or take it in again (`\(undo)`)"))
        }
        guard !pinned.isEmpty else {
            throw CommandFailure(
                "\(printable(name)) has no finished run with a target:"
                    + " `tracker show` lists its runs")
        }
        let writer = SessionWriter(
            storage: try context.openForWriting(), user: key.user, session: key.session,
            configuration: .init(durability: .durable))
        try writer.appendBatch([
            .edit(Edit(timestamp: .now, kind: .baseline, run: run))
        ])
        try writer.close()
        for target in pinned.compactMap(\.target).distinctSorted {
            printLine("\(name) is the baseline of \(target)")
        }
    }
}
