import Synchronization
package import TrackerLog

/// Executes and records one load test, from `run_started` to `run_finished`. Used once.
///
/// Every `run_started` is followed by a `run_finished`, unless the log accepts no more events; then
/// the run throws.
package final class LoadRun: Sendable {
    private let plan: LoadPlan
    private let identity: RunIdentity
    private let sink: any EventSink
    private let generator: LoadGenerator
    private let recorder: SampleRecorder
    private let watch: ProcessWatch?
    private let isAnnounced = Mutex(false)

    package init(
        plan: LoadPlan, identity: RunIdentity, sink: any EventSink, detail: RecordingDetail = .auto,
        watch: ProcessWatch? = nil
    ) {
        self.watch = watch
        self.plan = plan
        self.identity = identity
        self.sink = sink
        generator = LoadGenerator(plan: plan)
        recorder = SampleRecorder(sink: sink, run: identity.run, plan: plan, detail: detail)
    }

    /// Ends the run early, as `stopped`.
    package func stop() { generator.stop() }

    package func progress() -> LoadProgress { recorder.progress() }

    /// - Throws: when the log does not accept `run_started` or `run_finished`.
    package func execute() async throws(LoadError) -> LoadSummary {
        let start = RunStart { [self] time in
            // Without a log the load would be useless.
            if !announce(at: time) { generator.stop() }
        }
        var result = LoadResult()
        let (cpuBefore, begin) = (ProcessUsage.ownCPUSeconds(), ContinuousClock.now)
        let watching = watch.map { watch in
            Task { [sink, run = identity.run] in
                await watch.record(run: run, sink: sink, now: { start.now })
            }
        }
        do throws(LoadError) {
            result = try await generator.run(observer: StartedRun(start: start, next: recorder))
        } catch {
            result.failure = error
        }
        watching?.cancel()
        await watching?.value
        let elapsedS = (ContinuousClock.now - begin).milliseconds / 1e3
        let cores = elapsedS > 0 ? (ProcessUsage.ownCPUSeconds() - cpuBefore) / elapsedS : 0
        let summary = summarise(result, recorded: try await recorder.finish(), cores: cores)
        // A test that could not begin is recorded as well, with the time of the attempt.
        let started = start.begin(at: .now)
        guard isAnnounced.withLock({ $0 }) else { throw Self.full }
        let earliest = started.advanced(byMilliseconds: plan.warmup.milliseconds)
        try close(summary, at: max(start.now, earliest))
        return summary
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
        let state: RunFinished.State =
            result.wasStopped ? .stopped : result.failure != nil ? .failed : .finished
        return LoadSummary(
            identity: identity, state: state, failure: state == .failed ? result.failure : nil,
            plan: plan, result: result, recorded: recorded, generatorCores: cores)
    }

    private func close(_ summary: LoadSummary, at now: Timestamp) throws(LoadError) {
        func record(_ metric: String, _ requests: UInt64) throws(LoadError) {
            try append(
                .sample(
                    Sample(
                        timestamp: now, metric: metric, value: Double(requests), unit: "requests",
                        run: identity.run)))
        }
        if plan.isOpenLoop { try record(LoadMetric.unsent, summary.result.unsent) }
        let unfinished = summary.result.unfinished
        if unfinished > 0 { try record(LoadMetric.unfinished, unfinished) }
        try append(
            .runFinished(
                RunFinished(
                    timestamp: now, run: identity.run, state: summary.state,
                    summary: summary.json)))
        do throws(LogError) {
            try sink.flushToLog()
        } catch {
            throw .log(reason: "\(error)")
        }
    }

    private func append(_ event: Event) throws(LoadError) {
        guard sink.append(event) else { throw Self.full }
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

    func began(at time: Timestamp) {
        _ = start.begin(at: time)
        next.began(at: time)
    }

    func completed(_ batch: [CompletedRequest]) { next.completed(batch) }
}
