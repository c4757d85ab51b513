import Dispatch
import Glibc
import Synchronization

/// One of many writers that write in turn. Its functions run on the common queue.
protocol RoundWriter: AnyObject, Sendable {
    var frames: FrameWriter { get }
    /// Writes what is queued, without syncing it.
    /// - Parameters:
    ///   - byTimer: whether the timer of queued events fired.
    ///   - most: bytes of batches; the others stay queued.
    func writeQueued(byTimer: Bool, most: Int) -> QueuedLines.Work
}

/// What writers of many sessions share: one thread, one compressor, a bound on open files, and
/// syncs.
///
/// ```text
/// writer ─┐ has batches
/// writer ─┼──► round: a frame for each of them ──► answers (at `durable`, behind one sync)
/// writer ─┘                 │
///                           └──► within the interval: one sync, on a thread of its own
/// ```
///
/// A thread, a timer and a sync for each session cost many times what its frame does, once there
/// are thousands.
final class WriterRounds: Sendable {
    /// All writing of all its writers.
    let queue = DispatchQueue(label: "tracker.writers")
    let answerLimit: AnswerLimit
    /// These and the state of syncs are used on `queue` only.
    let openSegments: Confined<OpenSegments>
    let tools = Confined(FrameTools())
    private let syncs: Confined<GroupSync>

    private let configuration: WriterConfiguration
    private let waiting = Mutex<(writers: [any RoundWriter], isScheduled: Bool)>(([], false))
    /// Batches of the last round.
    private let lastRound = Atomic(0)

    /// - Parameter mostOpen: files that its writers have open at the same time.
    init(storage: any Storage, configuration: WriterConfiguration, mostOpen: Int) {
        self.configuration = configuration
        answerLimit = AnswerLimit(milliseconds: configuration.limits.maxAnswerMilliseconds)
        openSegments = Confined(OpenSegments(most: mostOpen))
        syncs = Confined(
            GroupSync(
                storage: storage, queue: queue,
                intervalMilliseconds: configuration.limits.syncIntervalMilliseconds))
    }

    deinit {
        // A sync of the group may still be at work.
        queue.async { [openSegments] in openSegments.value.end() }
    }

    /// Syncs what all writers have written, unless the level is `written`.
    /// - Throws: when that fails; `noAnswer` after `LogLimits.maxAnswerMilliseconds`.
    func sync() throws(LogError) {
        let answer = Answer()
        queue.async { [self] in syncs.value.syncAll { answer.give($0) } }
        try answer.wait(milliseconds: configuration.limits.maxAnswerMilliseconds)
    }

    /// The writer has something to write.
    func drain(_ writer: any RoundWriter) {
        let isFirst = waiting.withLock { waiting in
            waiting.writers.append(writer)
            defer { waiting.isScheduled = true }
            return !waiting.isScheduled
        }
        if isFirst { queue.async { ForkGate.hold { self.round() } } }
    }

    /// The frames were written at level `interval`. Runs on `queue`.
    func syncSoon(_ frames: FrameWriter) { syncs.value.add(frames) }

    private func round() {
        if lastRound.load(ordering: .relaxed) >= LogLimits.fewestGatheredBatches {
            usleep(UInt32(LogLimits.gatherMicroseconds))
        }
        let writers = waiting.withLock { waiting in
            waiting.isScheduled = false
            defer { waiting.writers.removeAll(keepingCapacity: true) }
            return waiting.writers
        }
        var count = 0
        for writer in writers {
            let work = writer.writeQueued(byTimer: false, most: LogLimits.maxRoundBytes)
            count += work.batches.count
            if work.hasMore { drain(writer) }
        }
        lastRound.store(count, ordering: .relaxed)
        switch configuration.durability {
        case .written: break
        case .interval: for writer in writers { syncs.value.add(writer.frames) }
        case .durable:
            let unconfirmed = writers.map(\.frames).filter(\.hasUnconfirmed)
            syncs.value.sync(unconfirmed)
            for frames in unconfirmed { frames.confirm() }
        }
    }
}
