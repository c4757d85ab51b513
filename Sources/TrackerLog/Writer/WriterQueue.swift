import Synchronization

/// The result that one caller waits for, or is told.
final class Answer: Sendable {
    private struct State {
        var isGiven = false
        var error: LogError?
        var tell: (@Sendable (LogError?) -> Void)?
    }

    /// `nil` for a caller that is told.
    private let signal: MonotonicSemaphore?
    private let state: Mutex<State>

    /// - Parameter tell: called once, by whoever gives the answer; `nil` for a caller that waits.
    init(tell: (@Sendable (LogError?) -> Void)? = nil) {
        signal = tell == nil ? MonotonicSemaphore() : nil
        state = Mutex(State(tell: tell))
    }

    var isGiven: Bool { state.withLock { $0.isGiven } }

    /// Only the first answer counts.
    func give(_ error: LogError?) {
        let tell = state.withLock { state -> (@Sendable (LogError?) -> Void)? in
            guard !state.isGiven else { return nil }
            state.isGiven = true
            state.error = error
            defer { state.tell = nil }
            return state.tell
        }
        tell?(error)
        signal?.signal()
    }

    /// - Throws: the error given, or `noAnswer` on timeout.
    func wait(milliseconds: Int) throws(LogError) {
        guard signal?.wait(milliseconds: milliseconds) ?? false else {
            throw .noAnswer(milliseconds: milliseconds)
        }
        if let error = state.withLock({ $0.error }) { throw error }
    }
}

/// A batch of events whose caller waits for the result, or is told.
final class Batch: Sendable {
    let lines: LineBuffer
    let identity: FrameIdentity?
    let answer: Answer

    private enum Phase {
        case waiting, begun, withdrawn
    }
    private let phase = Mutex(Phase.waiting)

    init(
        lines: LineBuffer, identity: FrameIdentity?, tell: (@Sendable (LogError?) -> Void)? = nil
    ) {
        self.lines = lines
        self.identity = identity
        answer = Answer(tell: tell)
    }

    /// The writing queue begins to write it: from here on only the disk knows what becomes of it.
    /// - Returns: `false` when the caller has withdrawn it.
    func begin() -> Bool { leave(for: .begun) }

    /// The caller waits no longer.
    /// - Returns: whether nothing of it will be written; `false` when its writing has begun.
    func withdraw() -> Bool { leave(for: .withdrawn) }

    private func leave(for next: Phase) -> Bool {
        phase.withLock { phase in
            guard phase == .waiting else { return false }
            phase = next
            return true
        }
    }
}

/// The bounded queue between the callers and the writing queue.
///
/// Lines are copied into buffers. The writing queue takes full ones and returns them empty, so that
/// in the steady state an event allocates nothing.
/// ```
/// add ─► open ─► full ─► take ─► FrameWriter writes them ─► settle ─► spare ─► open
/// ```
struct QueuedLines {
    private var full: [LineBuffer] = []
    /// The buffer that receives the next line.
    private var open: LineBuffer
    /// Empty buffers for reuse.
    private var spare: [LineBuffer] = []
    private var batches: [Batch] = []
    private var batchBytes = 0
    private(set) var statistics = WriterStatistics()
    /// Drops not handed to the writing queue yet.
    private var unreportedDrops = 0
    private(set) var isClosed = false
    private var bytes = 0
    /// Bytes taken by the writing queue and not written yet.
    private var heldBytes = 0
    private var waiting = 0
    /// A caller timed out and there has been no room since. Other callers do not wait then, so that
    /// a dead disk blocks the program once and not for each event.
    private var hasStalled = false
    private var isDrainScheduled = false
    /// There is one timer at a time; it also retries the backlog.
    private var isTimerScheduled = false
    private let limits: WriterLimits
    private let headerRoom: Int

    init(limits: WriterLimits, headerRoom: Int) {
        self.limits = limits
        self.headerRoom = headerRoom
        open = LineBuffer(headerRoom: headerRoom)
    }

    /// What the caller has to schedule.
    enum Next {
        case nothing, drainNow, drainLater
    }

    enum Outcome {
        case accepted(Next)
        case dropped
        /// The caller waits for room and tries again.
        case full(Next)
    }

    /// Queues one event line.
    mutating func add(_ line: UnsafeRawBufferPointer, policy: QueuePolicy) -> Outcome {
        guard !isClosed else { return drop() }
        guard bytes + heldBytes < limits.maxQueuedBytes else {
            guard policy == .block, !hasStalled else { return drop() }
            waiting += 1
            return .full(drainSoon())
        }
        if open.byteCount + line.count > LogLimits.targetFrameContentBytes, open.events > 0 {
            full.append(open)
            open = spare.popLast() ?? LineBuffer(headerRoom: headerRoom)
        }
        unsafe open.append(line)
        bytes += line.count
        statistics.accepted += 1
        return .accepted(next(isFull: open.events >= limits.targetFrameEvents))
    }

    /// Counts an invalid event as dropped.
    mutating func refuse() { _ = drop() }

    private mutating func drop() -> Outcome {
        statistics.dropped += 1
        unreportedDrops += 1
        return .dropped
    }

    private mutating func next(isFull: Bool) -> Next {
        if isFull { return drainSoon() }
        if !isTimerScheduled, !isDrainScheduled {
            isTimerScheduled = true
            return .drainLater
        }
        return .nothing
    }

    /// One scheduled drain is enough, also while the disk does not answer.
    private mutating func drainSoon() -> Next {
        guard !isDrainScheduled else { return .nothing }
        isDrainScheduled = true
        return .drainNow
    }

    /// - Throws: when the writer is closed, or too many bytes wait for a disk that does not answer.
    mutating func add(_ batch: Batch) throws(LogError) -> Next {
        guard !isClosed else { throw .closed }
        let all = batchBytes + batch.lines.byteCount
        guard batches.isEmpty || all <= limits.maxWaitingBatchBytes else {
            throw .queueFull(bytes: batchBytes)
        }
        batches.append(batch)
        batchBytes = all
        return drainSoon()
    }

    /// Frees the room of a batch that was withdrawn, if it was not taken.
    mutating func remove(_ batch: Batch) {
        guard let index = batches.firstIndex(where: { $0 === batch }) else { return }
        batches.remove(at: index)
        batchBytes -= batch.lines.byteCount
    }

    /// Counts the events of a batch that was written.
    mutating func accept(_ events: Int) { statistics.accepted += events }

    mutating func close() { isClosed = true }

    /// A caller stops waiting; its event is dropped.
    mutating func stopWaiting() {
        waiting = max(0, waiting - 1)
        hasStalled = true
        _ = drop()
    }

    struct Work {
        var chunks: [LineBuffer]
        var batches: [Batch]
        var drops: Int
        /// Batches stay queued: the caller drains again.
        var hasMore: Bool
    }

    /// - Parameters:
    ///   - byTimer: whether the timer fired, so that it may be set again.
    ///   - mostBatchBytes: where to stop taking batches; one is always taken.
    mutating func take(byTimer: Bool, mostBatchBytes: Int) -> Work {
        if byTimer { isTimerScheduled = false }
        if open.events > 0 {
            full.append(open)
            open = spare.popLast() ?? LineBuffer(headerRoom: headerRoom)
        }
        let taken = takeBatches(mostBatchBytes)
        let work = Work(
            chunks: full, batches: taken, drops: unreportedDrops, hasMore: !batches.isEmpty)
        full = []
        unreportedDrops = 0
        heldBytes += bytes
        bytes = 0
        isDrainScheduled = work.hasMore
        return work
    }

    private mutating func takeBatches(_ mostBytes: Int) -> [Batch] {
        guard batchBytes > mostBytes else {
            defer {
                batches = []
                batchBytes = 0
            }
            return batches
        }
        var (count, bytes) = (0, 0)
        while count < batches.count, count == 0 || bytes < mostBytes {
            bytes += batches[count].lines.byteCount
            count += 1
        }
        defer {
            batches.removeFirst(count)
            batchBytes -= bytes
        }
        return Array(batches.prefix(count))
    }

    /// - Returns: whether the caller must set the timer.
    mutating func wantsTimer() -> Bool {
        guard !isTimerScheduled else { return false }
        isTimerScheduled = true
        return true
    }

    /// Records what the writing queue has done.
    /// - Parameters:
    ///   - leftover: bytes of the backlog.
    ///   - spent: written buffers, emptied.
    /// - Returns: the number of callers that wait for room and may try again.
    mutating func settle(
        leftover: Int, spent: [LineBuffer], frames: Int, frameBytes: Int
    ) -> Int {
        for chunk in spent where chunk.capacity <= Self.maxSpareBytes {
            if spare.count < Self.maxSpare { spare.append(chunk) }
        }
        statistics.framesWritten = frames
        statistics.bytesWritten = frameBytes
        heldBytes = leftover
        guard heldBytes < limits.maxQueuedBytes else { return 0 }
        hasStalled = false
        defer { waiting = 0 }
        return waiting
    }

    /// One being filled, one being written, and two in transit.
    private static let maxSpare = 4
    /// A buffer that grew for a giant line is freed.
    private static let maxSpareBytes = 2 * LogLimits.targetFrameContentBytes
}
