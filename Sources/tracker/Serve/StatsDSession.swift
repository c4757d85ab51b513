import Logging
import Synchronization
import TrackerClient
import TrackerLog
import TrackerTelemetry

/// Records what a StatsD port gathers: in the user's current session, else in a new one. A run of
/// it lasts as long as values arrive and the session is current.
///
/// Used by the port's thread, and at the end by the one that has stopped it.
final class StatsDSession: Sendable {
    private struct State {
        var recording: Recording?
        var run: String?
        /// Counts of the interval before, and when the run began.
        var last = StatsDCounts()
        var begin = StatsDCounts()
        var lastValue = ContinuousClock.now
        var hasToldOfRefusal = false
        var hasToldOfDrops = false
        var hasToldOfLog = false
    }

    private let storage: any Storage
    private let user: UserID
    private let logger: Logger
    private let state = Mutex(State())

    /// The kind of test that these runs are.
    static let test = "statsd"
    /// Without a value for this long a run is over: as long as after which a session counts as
    /// closed.
    private static let idle = Duration.seconds(LogLimits.closedAfterSeconds)

    init(storage: any Storage, user: UserID, logger: Logger) {
        self.storage = storage
        self.user = user
        self.logger = logger
    }

    func take(_ interval: StatsDInterval) -> StatsDPort.Delivery {
        state.withLock { state in
            tell(of: interval.counts, &state)
            let isOver = isOver(state)
            // What this interval brought is of the next run.
            if isOver { end(&state, state.last) }
            let refused = record(interval, &state)
            state.last = interval.counts
            state.last.refuse(recorded: refused)
            return StatsDPort.Delivery(refused: refused, endsRun: isOver)
        }
    }

    /// - Returns: values that the log did not take.
    private func record(_ interval: StatsDInterval, _ state: inout State) -> Int {
        guard !interval.records.isEmpty else { return 0 }
        state.lastValue = .now
        do throws(ClientError) {
            let (recording, run) = try open(&state, at: interval.begin)
            var refused = 0
            for record in interval.records
            where !recording.writer.append(record.event.of(run: run)) {
                refused += record.values
            }
            return refused
        } catch {
            if !state.hasToldOfLog {
                state.hasToldOfLog = true
                logger.error(
                    "values from the StatsD port could not be recorded",
                    metadata: ["error": "\(error)"])
            }
            return interval.records.reduce(0) { $0 + $1.values }
        }
    }

    /// Ends the run. The port is stopped.
    func close(_ counts: StatsDCounts) { state.withLock { end(&$0, counts) } }

    private func isOver(_ state: State) -> Bool {
        guard let recording = state.recording else { return false }
        if ContinuousClock.now - state.lastValue > Self.idle { return true }
        // try? is right here: a file that cannot be read changes nothing; opening tells of it.
        let current = try? CurrentSession.load(user: user, storage: storage)
        guard let current else { return recording.joined }
        return current.session != recording.session
    }

    private func open(
        _ state: inout State, at begin: Timestamp
    ) throws(ClientError) -> (Recording, run: String) {
        if let recording = state.recording, let run = state.run { return (recording, run) }
        let configuration = SessionWriter.Configuration(policy: .dropAndCount)
        // A session that is joined keeps its own name.
        let isCurrent = try CurrentSession.load(user: user, storage: storage) != nil
        let recording = try Recording.open(
            storage: storage, user: user,
            description: .init(
                name: isCurrent ? nil : "StatsD", host: HostEnvironment.capture().host),
            configuration: configuration)
        let run = RunNaming.generate(test: Self.test)
        // It began with its first value, which is an interval old.
        recording.writer.append(
            .runStarted(
                RunStarted(
                    timestamp: begin, run: run, test: Self.test,
                    environment: HostEnvironment.capture().json(git: nil))))
        (state.recording, state.run, state.begin) = (recording, run, state.last)
        state.hasToldOfLog = false
        return (recording, run)
    }

    private func end(_ state: inout State, _ counts: StatsDCounts) {
        guard let recording = state.recording, let run = state.run else { return }
        (state.recording, state.run) = (nil, nil)
        let dropped = counts.droppedBySystem.map { $0 - (state.begin.droppedBySystem ?? 0) }
        let summary = JSONValue.object([
            .init("values", .integer(counts.values - state.begin.values)),
            .init("refused", .integer(counts.refusedCount - state.begin.refusedCount)),
            .init("dropped_by_system", dropped.map(JSONValue.integer) ?? .null),
        ])
        recording.writer.append(
            .runFinished(
                RunFinished(timestamp: .now, run: run, state: .finished, summary: summary)))
        do throws(ClientError) { try recording.close() } catch {
            logger.error(
                "values from the StatsD port may not be in the log",
                metadata: ["error": "\(error)"])
        }
    }

    /// Once of each: the counts of `/health` and `/metrics` have the rest.
    private func tell(of counts: StatsDCounts, _ state: inout State) {
        if counts.refusedCount > 0, !state.hasToldOfRefusal, let example = counts.example {
            state.hasToldOfRefusal = true
            logger.warning(
                "a part of a StatsD datagram was not taken; /health counts further ones",
                metadata: ["first": "\(printable(example))"])
        }
        if let dropped = counts.droppedBySystem, dropped > 0, !state.hasToldOfDrops {
            state.hasToldOfDrops = true
            logger.warning(
                """
                the system discarded StatsD datagrams that came faster than they were read; \
                /health counts them. Send fewer, larger datagrams, or sample
                """, metadata: ["dropped": "\(dropped)"])
        }
    }
}
