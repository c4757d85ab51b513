import ArgumentParser
import TrackerAnalysis
import TrackerClient
import TrackerIndexer
import TrackerLoad
import TrackerLog
import TrackerProfile

/// One `tracker ab`: prepares, runs, tells and cleans up.
struct AbExperiment {
    let options: AbOptions
    let setup: AbSetup
    let context: DataContext
    let stop: StopSwitch
    let running: RunningProgram
    let maxTime: Duration?

    func run() async throws {
        do {
            try await prepareAndRun()
        } catch let error as CommandFailure {
            try fail("\(error)")
        } catch let error as ClientError {
            try fail("\(error)")
        } catch let error as StorageError {
            try fail("\(error)")
        }
    }

    private func fail(_ text: String) throws {
        printError("error: \(text)")
        throw ExitCode(2)
    }

    private func prepareAndRun() async throws {
        let storage = try context.openForWriting()
        let resumed = try options.resume.map { try find($0, storage) }
        let session = resumed?.key.session ?? .generate()
        let commits = try AbWorktrees.commits(options.commits)
        var worktrees = AbWorktrees(
            session: session, running: running, showsOutput: options.showOutput)
        let made = Result {
            if !commits.isEmpty { try worktrees.make(commits, build: options.build) }
        }
        let outcome: Result<Void, any Error>
        do {
            try made.get()
            if stop.isStopped { throw ExitCode(StopSignals.exitStatus) }
            let variants = try setup.variants(worktrees.trees)
            outcome = .success(try await run(variants, session, resumed, storage))
        } catch {
            outcome = .failure(error)
        }
        if !commits.isEmpty { worktrees.remove() }
        try outcome.get()
    }

    private func run(
        _ variants: [AbVariant], _ session: SessionID,
        _ resumed: (key: DataFolder.SessionKey, experiment: Experiment)?, _ storage: PosixStorage
    ) async throws {
        let seed = Int(options.orderSeed ?? .random(in: 0...UInt32.max))
        let settings = try setup.settings(
            variants: variants.count, seed: resumed?.experiment.settings.seed ?? seed)
        if let resumed { try check(settings, variants, against: resumed.experiment) }
        let git = GitCommit.current()
        let log =
            try resumed.map {
                try Recording.open(
                    session: $0.key.session.value, user: $0.key.user.value,
                    dataFolder: context.folder)
            }
            ?? Recording.create(
                storage: storage, user: context.user, session: session,
                description: .init(
                    name: options.name ?? variants.map(\.name).joined(separator: " / "),
                    host: HostEnvironment.capture().host, commit: git?.hash, git: git))
        if !options.json {
            printError("Order of the runs: seed \(settings.seed)")
            printError("Session \(log.user)/\(log.session)")
        }
        var runner = AbRunner(
            variants: variants, settings: settings, log: log,
            lastWord: LastWord(of: log, in: context), storage: storage, stop: stop,
            running: running, detail: options.record, git: git, maxRounds: options.rounds,
            maxTime: maxTime,
            profiler: options.profile
                ? RunProfiler(store: ProfileStore(in: try context.openForWriting())) : nil,
            display: AbDisplay(json: options.json))
        let ended: Result<(experiment: Experiment?, end: AbRunner.End), any Error>
        do {
            ended = .success(try await runner.run(known: resumed?.experiment))
        } catch {
            ended = .failure(error)
        }
        runner.display.erase()
        let closed = Result { try log.close() }
        if case .failure = ended, !options.json { printError(context.outcome(of: log.session)) }
        let (experiment, end) = try ended.get()
        try closed.get()
        try tell(experiment, end, log)
    }

    private func tell(
        _ experiment: Experiment?, _ end: AbRunner.End, _ log: Recording
    ) throws {
        let name = "\(log.user)/\(log.session)"
        if let experiment {
            if options.json {
                printJSON(Self.json(experiment, end, name))
            } else {
                printText(options.table.text { AbText.text(experiment) })
                printLine("")
                printLine(sentence(experiment, end))
                warn(experiment)
            }
        }
        if !options.json {
            if end != .settled {
                // With the same --rounds it would end at once.
                let what = end == .rounds ? "more --rounds" : "the same command"
                printError("It goes on with \(what) and --resume \(printable(name))")
            }
            printError(context.outcome(of: log.session))
        }
        if end == .stopped { throw ExitCode(StopSignals.exitStatus) }
        throw ExitCode(Self.status(of: experiment))
    }

    /// As that of a gate.
    private static func status(of experiment: Experiment?) -> Int32 {
        switch experiment?.outcome {
        case .good: 0
        case .worse: 1
        case .inconclusive, nil: 3
        }
    }

    private func sentence(_ experiment: Experiment, _ end: AbRunner.End) -> String {
        let rounds = experiment.rounds.count
        var text = "\(end.words) after \(rounds) round\(rounds == 1 ? "" : "s")."
        if experiment.incompleteRounds > 0 {
            text += " \(experiment.incompleteRounds) more do not count: a run of theirs is missing."
        }
        let open = experiment.rows.filter { $0.finding == .open }
        if end != .settled, !open.isEmpty {
            let names = open.map {
                "\(GateLimit.name(of: $0.statistic)) of \(ExperimentSettings.letter($0.variant))"
            }
            text += " Not settled: \(names.joined(separator: ", "))."
        }
        return text
    }

    private func warn(_ experiment: Experiment) {
        if let failures = experiment.failuresAside {
            printError("warning: \(failures)")
        }
        // Late requests make both variants look alike, or differ by chance.
        let runs = experiment.rounds.flatMap(\.runs)
        let limited = runs.count { $0.reported?["generator_limited"]?.boolValue ?? false }
        guard limited > 0 else { return }
        printError(
            "warning: in \(limited) of \(runs.count) runs the generator, not the target, may have"
                + " been the limit; `tracker show` says by how much. Lower the rate.")
    }

    private static func json(
        _ experiment: Experiment, _ end: AbRunner.End, _ name: String
    ) -> JSONValue {
        .object(
            [.init("session", .string(name)), .init("ended", .string(end.rawValue))]
                + (experiment.json.objectValue ?? []))
    }

    // MARK: - Going on

    private func find(
        _ name: String, _ storage: PosixStorage
    ) throws -> (key: DataFolder.SessionKey, experiment: Experiment) {
        guard let key = try SessionArgument.find(name, context, in: storage) else {
            throw SessionArgument.missing(name, context)
        }
        let index = try SessionIndex.current(key.user, key.session, in: storage)
        guard let found = Experiment(index.summary(now: .now, in: storage).runs) else {
            throw CommandFailure(
                "\(printable(name)) is no experiment: `tracker ab` has recorded no run in it")
        }
        return (key, found)
    }

    /// Rounds of another experiment must not be counted as rounds of this one.
    private func check(
        _ settings: ExperimentSettings, _ variants: [AbVariant], against known: Experiment
    ) throws {
        guard settings == known.settings else {
            let was = known.settings
            let numbers = was.numbers.map(GateLimit.name).joined(separator: ", ")
            throw ValidationError(
                "--resume: that experiment is about \(numbers) of \(printable(was.metric)) of"
                    + " \(was.variants) variants, with --min-effect \(was.minEffect) and"
                    + " --min-errors \(was.minErrorPoints)pp: give the same")
        }
        // One that was killed in its first round has not begun with all of them.
        for (index, variant) in variants.enumerated()
        where known.begun.contains(index) && !variant.name.isExactly(known.names[index]) {
            throw ValidationError(
                "--resume: variant \(ExperimentSettings.letter(index)) was"
                    + " \(printable(known.names[index])): give the same variants in the same order")
        }
        for (index, run) in (known.rounds.last?.runs ?? []).enumerated() {
            guard let was = variants[index].difference(from: run) else { continue }
            throw ValidationError(
                "--resume: variant \(ExperimentSettings.letter(index)) was run with"
                    + " \(printable(was)): give the same")
        }
    }
}
