public import CoreMetrics
import Dispatch
import Synchronization
public import TrackerClient
import TrackerLog

/// A backend of swift-metrics that records what a program and its libraries measure.
///
///     let metrics = try TrackerMetricsFactory.open(name: "pool of 10")
///     MetricsSystem.bootstrap(metrics)
///     …
///     try metrics.close()
///
/// Timers and recorders become samples, timers in `ms`. Counters become a rate per second, and
/// meters and recorders that do not aggregate their value, once a second. Dimensions become labels;
/// those of HTTP in OpenTelemetry's names become `route`, `method` and `status`, so that responses
/// with status 400 or more count as failed.
///
/// Nothing here throws, traps or waits for the disk while the program measures. What the log does
/// not take is dropped, and counted in `Recording.statistics`. At most 10,000 counters and
/// meters are kept; further ones are not recorded, and counted in ``refusedMetrics``.
public final class TrackerMetricsFactory: MetricsFactory {
    private struct State {
        var counters: [MetricSeries: CounterSeries] = [:]
        var meters: [MetricSeries: MeterSeries] = [:]
        var refused = 0
        var isClosed = false
        var last = ContinuousClock.now
    }

    private let recorder: any TrackerClient.Recorder
    private let recording: Recording?
    private let state = Mutex(State())

    /// - Parameter recorder: a recording, or a run of one. Open it with the policy
    ///   `dropAndCount`: by default a full queue makes the caller wait.
    public convenience init(_ recorder: any TrackerClient.Recorder) {
        self.init(recorder: recorder, recording: nil)
    }

    private init(recorder: any TrackerClient.Recorder, recording: Recording?) {
        self.recorder = recorder
        self.recording = recording
        schedule()
    }

    /// Opens the current session of the user, or a new one, and records into it.
    /// - Parameters: as of `Recording.open` in `TrackerClient`.
    /// - Throws: when the data folder cannot be used.
    public static func open(
        name: String? = nil, session: String? = nil, user: String? = nil,
        dataFolder: String? = nil
    ) throws(ClientError) -> TrackerMetricsFactory {
        let recording = try Recording.open(
            name: name, session: session, user: user, dataFolder: dataFolder,
            configuration: SessionWriter.Configuration(policy: .dropAndCount))
        return TrackerMetricsFactory(recorder: recording, recording: recording)
    }

    /// Counters and meters that were asked for beyond the limit, and are not recorded.
    public var refusedMetrics: Int { state.withLock(\.refused) }

    /// Records what counters and meters have gathered. Called once a second without this.
    public func record() {
        let now = ContinuousClock.now
        let (counters, meters, lastingMs) = state.withLock { state in
            defer { state.last = now }
            let passed = (now - state.last) / .milliseconds(1)
            return (Array(state.counters.values), Array(state.meters.values), passed)
        }
        for counter in counters { counter.record(to: recorder, lastingMs: max(lastingMs, 1)) }
        for meter in meters { meter.record(to: recorder) }
    }

    /// Records what is gathered, and ends. A recording that ``open(name:session:user:dataFolder:)``
    /// made is closed; one that was given stays open.
    /// - Throws: when the disk does not take what is queued.
    public func close() throws(ClientError) {
        let wasClosed = state.withLock { state in
            defer { state.isClosed = true }
            return state.isClosed
        }
        if wasClosed { return }
        record()
        try recording?.close()
    }

    /// Each timer of the process holds the factory only while it records.
    private func schedule() {
        SharedTimer.shared.after(milliseconds: MetricsLimits.intervalMilliseconds) { [weak self] in
            DispatchQueue.global().async { [weak self] in
                guard let self, !state.withLock(\.isClosed) else { return }
                record()
                schedule()
            }
        }
    }

    // MARK: handlers

    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        counter(MetricSeries(label, dimensions))
    }

    public func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler { counter(MetricSeries(label, dimensions)) }

    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        meter(MetricSeries(label, dimensions))
    }

    public func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        let series = MetricSeries(label, dimensions)
        return aggregate
            ? SampleSeries(series, unit: nil, recorder: recorder) : meter(series)
    }

    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        SampleSeries(MetricSeries(label, dimensions), unit: "ms", recorder: recorder)
    }

    /// They are kept: another object may have the same name and dimensions.
    public func destroyCounter(_ handler: any CounterHandler) {}
    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    public func destroyMeter(_ handler: any MeterHandler) {}
    public func destroyRecorder(_ handler: any RecorderHandler) {}
    public func destroyTimer(_ handler: any TimerHandler) {}

    private func counter(_ series: MetricSeries) -> CounterSeries {
        state.withLock { state in
            if let known = state.counters[series] { return known }
            let made = CounterSeries(series)
            if Self.hasRoom(&state) { state.counters[series] = made }
            return made
        }
    }

    private func meter(_ series: MetricSeries) -> MeterSeries {
        state.withLock { state in
            if let known = state.meters[series] { return known }
            let made = MeterSeries(series)
            if Self.hasRoom(&state) { state.meters[series] = made }
            return made
        }
    }

    /// One that finds no room counts, and nobody looks at it.
    private static func hasRoom(_ state: inout State) -> Bool {
        guard state.counters.count + state.meters.count < MetricsLimits.maxHandlers else {
            state.refused += 1
            return false
        }
        return true
    }
}
