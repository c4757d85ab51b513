import TrackerAnalysis
import TrackerClient
import TrackerIndexer
import TrackerLoad
import TrackerLog

/// Runs the rounds of an experiment until every number is settled, or until it may not go on.
struct AbRunner {
    let variants: [AbVariant]
    let settings: ExperimentSettings
    let log: Recording
    let lastWord: LastWord
    let storage: any Storage
    let stop: StopSwitch
    let running: RunningProgram
    let detail: RecordingDetail
    let git: GitCommit?
    let maxRounds: Int?
    let maxTime: Duration?
    /// Records the stacks of each variant's server.
    let profiler: RunProfiler?
    var display: AbDisplay

    /// Why there are no more rounds.
    enum End: String {
        case settled
        case time
        case rounds
        case stopped

        /// For people; `nil`: nothing more is to be said.
        var words: String {
            switch self {
            case .settled: "Every number is settled"
            case .time: "The time is over"
            case .rounds: "All rounds are done"
            case .stopped: "Stopped"
            }
        }
    }

    /// - Parameter known: what the log has already.
    mutating func run(known: Experiment?) async throws -> (experiment: Experiment?, end: End) {
        var experiment = known
        let begin = ContinuousClock.now
        var (longest, failedInARow, done) = (Duration.zero, 0, 0)
        while !stop.isStopped {
            if experiment?.isSettled == true { return (experiment, .settled) }
            let most = min(maxRounds ?? .max, SequentialLimits.maxRounds)
            if experiment?.rounds.count ?? 0 >= most { return (experiment, .rounds) }
            let elapsed = ContinuousClock.now - begin
            // A round that would not end in time is not begun.
            if let maxTime, done > 0, elapsed + longest > maxTime { return (experiment, .time) }
            let start = ContinuousClock.now
            let failure = try await round((experiment?.lastRound ?? 0) + 1, experiment)
            longest = max(longest, ContinuousClock.now - start)
            done += 1
            do throws(ClientError) { try log.flush() } catch { throw CommandFailure("\(error)") }
            experiment = try load()
            switch failure {
            case .stopped: return (experiment, .stopped)
            case .failed(let reason):
                failedInARow += 1
                let isHopeless =
                    experiment?.rounds.isEmpty ?? true
                    || failedInARow == AbLimits.failedRoundsInARow
                guard !isHopeless else { throw CommandFailure(printable(reason)) }
                printError("warning: a round does not count: \(printable(reason))")
            case nil:
                failedInARow = 0
                try requireNumbers(experiment)
                if let experiment { display.show(experiment, note(experiment, since: begin)) }
            }
        }
        return (experiment, .stopped)
    }

    /// What no run has cannot be settled: it ends after the first round, not after the last.
    private func requireNumbers(_ experiment: Experiment?) throws {
        guard let experiment, let missing = experiment.missing else { return }
        let name = GateLimit.name(of: missing.statistic)
        throw CommandFailure(
            "\(name) of \(printable(settings.metric)) cannot be told: a run had"
                + " \(missing.fewest) successes, and it needs \(missing.needed) above zero. Give a"
                + " longer --duration or a higher --rate, or another --number")
    }

    private func note(_ experiment: Experiment, since begin: ContinuousClock.Instant) -> String {
        let elapsed = Duration.seconds((ContinuousClock.now - begin).components.seconds)
        let rounds = experiment.rounds.count
        var text = "\(rounds) round\(rounds == 1 ? "" : "s"), \(DurationText.text(of: elapsed))"
        if let maxTime { text += " of at most \(DurationText.text(of: maxTime))" }
        return text + "; Ctrl-C stops"
    }

    /// Every look is at what the log has: what the page and later commands see as well.
    func load() throws -> Experiment? {
        let index = try SessionIndex.current(log.user, log.session, in: storage)
        return Experiment(index.summary(now: .now, in: storage).runs)
    }

    /// One run of each variant.
    /// - Returns: why the round does not count.
    private func round(_ number: Int, _ known: Experiment?) async throws -> AbFailure? {
        let design = RoundOrder(
            variants: variants.count, past: known?.rounds.map(\.order) ?? [])
        let order = design.draw(seed: UInt64(settings.seed), round: number)
        for (place, variant) in order.enumerated() {
            if stop.isStopped { return .stopped }
            let tag = ExperimentTag(
                settings: settings, variant: variant, name: variants[variant].name, round: number,
                place: place,
                probability: variant == 0 ? 0.5 : design.probability(of: order, for: variant))
            if let failure = try await run(variants[variant], tag) { return failure }
        }
        return nil
    }

    private func run(_ variant: AbVariant, _ tag: ExperimentTag) async throws -> AbFailure? {
        switch variant.subject {
        case .url(let plan):
            return try await load(plan, variant, tag)
        case .server(let server, let plan):
            let outcome = try await server.whileRunning(stop) { hasEnded in
                Outcome(failure: try await load(plan, variant, tag, hasEnded: hasEnded))
            }
            guard let outcome else { return .stopped }
            return outcome.failure
        case .program(let program):
            let measurement = Measurement(
                log: log, program: program, target: variant.target, prepare: nil, note: nil,
                params: [tag.member], test: Self.test, commit: variant.commit)
            let end = try measurement.run(running).end
            if running.isStopped { return .stopped }
            guard end.exitStatus == 0 else {
                return .failed("\(variant.name) ended with \(end)")
            }
            return nil
        }
    }

    /// A value of its own: an optional in an optional would be read wrongly.
    private struct Outcome: Sendable { var failure: AbFailure? }

    /// - Parameter hasEnded: whether the server that it loads ended meanwhile.
    private func load(
        _ plan: LoadPlan, _ variant: AbVariant, _ tag: ExperimentTag,
        hasEnded: () -> Bool = { false }
    ) async throws -> AbFailure? {
        let tested = variant.commit ?? git
        let identity = RunIdentity(
            run: RunNaming.generate(test: Self.test), session: log.session, test: Self.test,
            target: variant.target, commit: tested?.hash,
            environment: HostEnvironment.capture().json(git: tested), params: [tag.member])
        let run = LoadRun(
            plan: plan, identity: identity, sink: log.writer, detail: detail,
            lastWord: lastWord.write)
        let profiling = profiler?.begin(plan.origin)
        let progress = display.progress(tag, run)
        let ended: Result<LoadSummary, any Error>
        do { ended = .success(try await stop.execute(run)) } catch { ended = .failure(error) }
        await progress?.end()
        await profiling?.end(
            .init(run: identity.run, text: "\(variant.name), round \(tag.round)"), log)
        let summary = try ended.get()
        if summary.state == .stopped || stop.isStopped { return .stopped }
        if let failure = summary.failure { return .failed("\(variant.name): \(failure)") }
        guard hasEnded() else { return nil }
        // What it answered before is no number of the variant.
        let why = "the server ended while it was loaded"
        log.append(Edit(timestamp: .now, kind: .leftOut, text: why, run: summary.run))
        return .failed(
            "\(variant.name): \(why); it must stay in the foreground, and --show-output shows what"
                + " it prints")
    }

    /// The kind of test of its runs.
    static let test = "ab"
}
