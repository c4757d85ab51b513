import Synchronization
package import TrackerLog

/// Executes and records one load test, from `run_started` to `run_finished`. Used once.
///
/// Every `run_started` is followed by a `run_finished`. Where the log does not take that, the run
/// has failed, and `lastWord` is asked to write it.
package final class LoadRun: Sendable {
    private let plan: LoadPlan
    private let identity: RunIdentity
    private let sink: any EventSink
    private let generator: LoadGenerator
    private let recorder: SampleRecorder
    private let watch: ProcessWatch?
    private let quiet: QuietWatch?
    private let counter: StepCounter?
    private let closing: (@Sendable (LoadSummary) -> [JSONValue.Member])?
    private let watching = Mutex<Task<Void, Never>?>(nil)
    private let lastWord: @Sendable ([Event]) -> Void
    private let isAnnounced = Mutex(false)

    /// - Parameters:
    ///   - quiet: says what disturbed the run.
    ///   - counter: is told of each request as well.
    ///   - closing: what the end of the run says beside its summary.
    ///   - lastWord: writes the end of the run by another way than `sink`.
    package init(
        plan: LoadPlan, identity: RunIdentity, sink: any EventSink, detail: RecordingDetail = .auto,
        watch: ProcessWatch? = nil, quiet: QuietWatch? = nil, counter: StepCounter? = nil,
        closing: (@Sendable (LoadSummary) -> [JSONValue.Member])? = nil,
        lastWord: @escaping @Sendable ([Event]) -> Void = { _ in }
    ) {
        self.watch = watch
        self.quiet = quiet
        self.counter = counter
        self.closing = closing
        self.lastWord = lastWord
        self.plan = plan
        self.identity = identity
        self.sink = sink
        generator = LoadGenerator(plan: plan)
        recorder = SampleRecorder(sink: sink, run: identity.run, plan: plan, detail: detail)
    }

    /// Ends the run early, as `stopped`.
    package func stop() { generator.stop() }

    package func progress() -> LoadProgress { recorder.progress() }

    /// - Throws: when the log does not accept `run_started`; nothing was sent then.
    package func execute() async throws(LoadError) -> LoadSummary {
        let start = RunStart { [self] time in
            // Without a log the load would be useless.
            if !announce(at: time) { generator.stop() }
        }
        var result = LoadResult()
        let (cpuBefore, begin) = (ProcessUsage.ownCPUSeconds(), ContinuousClock.now)
        do throws(LoadError) {
            let observer = StartedRun(start: start, next: recorder, counter: counter) { [self] in
                beginWatching(start)
            }
            result = try await generator.run(observer: observer)
        } catch {
            result.failure = error
        }
        await endWatching()
        let disturbances = quiet?.finished() ?? []
        let elapsedS = (ContinuousClock.now - begin).milliseconds / 1e3
        let cores = elapsedS > 0 ? (ProcessUsage.ownCPUSeconds() - cpuBefore) / elapsedS : 0
        var summary = summarise(result, recorded: try await recorder.finish(), cores: cores)
        summary.disturbances = disturbances
        if let closing { summary.further = closing(summary) }
        // A test that could not begin is recorded as well, with the time of the attempt.
        let started = start.begin(at: .now)
        guard isAnnounced.withLock({ $0 }) else { throw Self.full }
        let earliest = started.advanced(byMilliseconds: plan.warmup.milliseconds)
        let end = max(start.now, earliest)
        // What is queued comes first: the end says whether the log has it.
        if let problem = flush() ?? append(self.end(of: summary, at: end)) {
            summary = summary.failed(problem)
            lastWord(self.end(of: summary, at: end))
        }
        return summary
    }

    /// The processes are watched from the begin of the run: before it there is nothing to measure.
    private func beginWatching(_ start: RunStart) {
        guard let watch else { return }
        let task = Task { [sink, run = identity.run] in
            await watch.record(run: run, sink: sink, now: { start.now })
        }
        watching.withLock { $0 = task }
    }

    private func endWatching() async {
        let task = watching.withLock { $0 }
        task?.cancel()
        await task?.value
    }

    /// Writes `run_started`. The run starts at the end of the warm-up, because readers compute
    /// rates from its duration.
    /// - Returns: whether the log accepted it.
    private func announce(at time: Timestamp) -> Bool {
        var params = plan.params
        if case .object(let members) = params { params = .object(members + identity.params) }
        let started = RunStarted(
            timestamp: time.advanced(byMilliseconds: plan.warmup.milliseconds),
            run: identity.run, test: identity.test, target: identity.target, params: params,
            commit: identity.commit, environment: identity.environment)
        let isAccepted = sink.append(.runStarted(started))
        isAnnounced.withLock { $0 = isAccepted }
        return isAccepted
    }

    private func summarise(
        _ result: LoadResult, recorded: Recorded, cores: Double
    ) -> LoadSummary {
        let summary = LoadSummary(
            identity: identity, state: result.wasStopped ? .stopped : .finished, plan: plan,
            result: result, recorded: recorded, generatorCores: cores)
        guard !result.wasStopped,
            let failure = result.failure ?? LoadSummary.noSuccess(recorded.tally, result)
        else { return summary }
        return summary.failed(failure)
    }

    /// The last events of the run.
    private func end(of summary: LoadSummary, at now: Timestamp) -> [Event] {
        var events: [Event] = []
        func record(_ metric: String, _ requests: UInt64) {
            events.append(
                .sample(
                    Sample(
                        timestamp: now, metric: metric, value: Double(requests), unit: "requests",
                        run: identity.run)))
        }
        let result = summary.result
        if plan.isOpenLoop, result.sent + result.unsent > 0 {
            record(LoadMetric.unsent, result.unsent)
        }
        if result.unfinished > 0 { record(LoadMetric.unfinished, result.unfinished) }
        events.append(
            .runFinished(
                RunFinished(
                    timestamp: now, run: identity.run, state: summary.state,
                    summary: summary.json)))
        return events
    }

    /// - Returns: why the log has not taken all of them.
    private func append(_ events: [Event]) -> LoadError? {
        for event in events where !sink.append(event) { return Self.full }
        return flush()
    }

    private func flush() -> LoadError? {
        do throws(LogError) {
            try sink.flushToLog()
            return nil
        } catch {
            return .log(reason: "\(error)")
        }
    }

    private static let full = LoadError.log(reason: "it accepts no more events; is the disk full?")
}

/// Calls an action once, at the moment a run begins.
private final class RunStart: Sendable {
    private let action: @Sendable (Timestamp) -> Void
    private let begun = Mutex<(time: Timestamp, at: ContinuousClock.Instant)?>(nil)

    init(_ action: @escaping @Sendable (Timestamp) -> Void) { self.action = action }

    /// - Returns: when the run began, now or earlier.
    func begin(at time: Timestamp) -> Timestamp {
        let known = begun.withLock { begun in
            defer { begun = begun ?? (time, .now) }
            return begun
        }
        if known == nil { action(time) }
        return known?.time ?? time
    }

    /// The time counted from the begin of the run, as that of its samples is: whoever sets the wall
    /// clock meanwhile makes no run longer or shorter.
    var now: Timestamp {
        guard let begun = begun.withLock({ $0 }) else { return .now }
        return begun.time.advanced(byMilliseconds: (ContinuousClock.now - begun.at).milliseconds)
    }
}

/// Writes `run_started` before the first request is sent, then forwards to the recorder.
private struct StartedRun: LoadObserver {
    let start: RunStart
    let next: SampleRecorder
    let counter: StepCounter?
    let onBegin: @Sendable () -> Void

    func began(at time: Timestamp) {
        _ = start.begin(at: time)
        next.began(at: time)
        onBegin()
    }

    func completed(_ batch: [CompletedRequest]) {
        next.completed(batch)
        counter?.completed(batch)
    }
}
