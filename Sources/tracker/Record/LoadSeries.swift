import ArgumentParser
import TrackerClient
import TrackerIndexer
import TrackerLoad
import TrackerLog

/// Runs one or several load tests in a session, with progress on a terminal.
struct LoadSeries {
    let log: Recording
    /// Ends a run whose end the log does not take.
    let lastWord: LastWord
    let stop: StopSwitch
    let git: GitCommit?
    /// Print summaries as JSON, one object per line.
    let json: Bool
    /// Those of a search or an experiment are told by whoever makes them.
    var printsRuns = true
    /// Records the target's stacks during a run.
    var profiler: RunProfiler?

    /// Executes a run and prints its result.
    func execute(
        plan: LoadPlan, test: String, target: String, params: [JSONValue.Member] = [],
        watch: ProcessWatch? = nil, detail: RecordingDetail = .auto, note: String? = nil,
        counter: StepCounter? = nil,
        closing: (@Sendable (LoadSummary) -> [JSONValue.Member])? = nil
    ) async throws -> LoadSummary {
        let quiet = QuietWatch(
            target: plan.origin.isLoopback ? ListeningProcesses.find(port: plan.origin.port) : [])
        let identity = RunIdentity(
            run: RunNaming.generate(test: test), session: log.session, test: test, target: target,
            commit: git?.hash,
            environment: quiet.added(to: HostEnvironment.capture().json(git: git)), params: params)
        let run = LoadRun(
            plan: plan, identity: identity, sink: log.writer, detail: detail, watch: watch,
            quiet: quiet, counter: counter, closing: closing, lastWord: lastWord.write)
        if let note {
            log.append(
                Edit(
                    timestamp: .now, kind: .note, text: note, run: identity.run))
        }
        let profiling = profiler?.begin(plan.origin)
        let progress = TerminalProgress.start { ReportText.progress(run.progress()) }
        let summary: LoadSummary
        do {
            summary = try await stop.execute(run)
        } catch {
            await progress?.end()
            await profiling?.end(nil, log)
            throw error
        }
        await progress?.end()
        await profiling?.end(.init(run: identity.run, text: "profile of the run"), log)
        guard printsRuns else { return summary }
        if json { printJSON(summary.json) } else { printText(ReportText.result(summary)) }
        warn(summary)
        return summary
    }

    private func warn(_ summary: LoadSummary) {
        if summary.result.unsent > 0 && summary.tally.successes > 0 {
            printError(
                """
                warning: \(summary.result.unsent) requests were due but never sent, because all \
                \(summary.plan.maxConnections) connections were waiting for responses. The \
                percentiles do not include them, so they are too low.
                """)
        }
        if summary.result.unfinished > 0 {
            printError(
                """
                warning: \(summary.result.unfinished) requests had no answer when the run was \
                stopped. The percentiles lack them: they may be too good.
                """)
        }
        for finding in summary.disturbances {
            printError("note: not quiet: \(finding.what): \(finding.effect)")
        }
        if let limit = summary.generatorLimit {
            printError(
                """
                warning: \(RunSummary.generatorWarning(limit)). Lower the rate, or run it on \
                another machine.
                """)
        }
        if let ns = summary.recorded.secondsFromNs, ns > 0 {
            let seconds = NumberFormat.plain.fixed(Double(ns) / 1e9, digits: 1)
            printError(
                """
                note: this machine cannot log that many single requests. From \(seconds) s on the \
                log has one distribution per second instead; percentiles are as accurate.
                """)
        }
        if summary.unrecorded > 0 {
            printError(
                """
                warning: \(summary.unrecorded) requests have no sample: the log could not keep up. \
                The summary includes them.
                """)
        }
    }
}

/// The outcome of a command's runs, which decides its exit status.
struct SeriesResult {
    private var runs = 0
    private var failedRuns = 0
    private var firstFailure: LoadError?

    mutating func add(_ summary: LoadSummary) {
        runs += 1
        guard let failure = summary.failure else { return }
        failedRuns += 1
        firstFailure = firstFailure ?? failure
    }

    /// Closes the log, and ends the command.
    /// - Parameter page: where to look at the session.
    /// - Throws: as `exit` does; else when the log does not take what is queued.
    func end(_ log: Recording, page: String?, isStopped: Bool) throws {
        let closing = Result { try log.close() }
        if let page { printError(page) }
        try exit(isStopped: isStopped)
        try closing.get()
    }

    /// - Throws: an error when a run failed or none of its requests succeeded; otherwise the exit
    ///   status of a signal when the command was stopped.
    func exit(isStopped: Bool) throws {
        if let firstFailure {
            guard runs > 1 else { throw firstFailure }
            throw CommandFailure(
                "\(failedRuns) of \(runs) runs failed; the first: \(firstFailure)")
        }
        if isStopped { throw ExitCode(StopSignals.exitStatus) }
    }
}

/// A progress line on a terminal, redrawn a few times a second.
struct TerminalProgress {
    private let task: Task<Void, Never>

    /// - Returns: `nil` when standard error is not a terminal.
    static func start(_ line: @escaping @Sendable () -> String) -> TerminalProgress? {
        guard Console.current.isTerminal(.error) else { return nil }
        let task = Task {
            while !Task.isCancelled {
                showProgress("\r\u{1B}[2K\(line())")
                do { try await Task.sleep(for: .milliseconds(250)) } catch { break }
            }
            showProgress("\r\u{1B}[2K")
        }
        return TerminalProgress(task: task)
    }

    /// Erases the line.
    func end() async {
        task.cancel()
        await task.value
    }
}
