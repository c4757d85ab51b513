import Dispatch
import Synchronization

/// What one caller waits for.
final class Answer: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)
    private let result = Mutex<LogError?>(nil)

    func give(_ error: LogError?) {
        result.withLock { $0 = error }
        semaphore.signal()
    }

    /// - Throws: what was answered, or `noAnswer` after so long.
    func wait(milliseconds: Int) throws(LogError) {
        guard semaphore.wait(timeout: .now() + .milliseconds(milliseconds)) == .success else {
            throw .noAnswer(milliseconds: milliseconds)
        }
        if let error = result.withLock({ $0 }) { throw error }
    }
}

/// Events that a caller waits for.
final class Batch: Sendable {
    let lines: LineBuffer
    let identity: FrameIdentity?
    let answer = Answer()

    init(lines: LineBuffer, identity: FrameIdentity?) {
        self.lines = lines
        self.identity = identity
    }
}

/// What callers have handed over and the writing queue has not taken yet: bounded.
///
/// Lines are copied into chunks that go to the writing queue whole and come back empty, so that in
/// the steady state nothing is allocated for an event.
struct QueuedLines {
    private var full: [LineBuffer] = []
    /// Where the next line goes.
    private var open: LineBuffer
    /// Empty ones that came back.
    private var spare: [LineBuffer] = []
    private var batches: [Batch] = []
    private var batchBytes = 0
    private(set) var statistics = WriterStatistics()
    /// Dropped since the last frame that said so.
    private var unreportedDrops = 0
    private(set) var isClosed = false
    private var bytes = 0
    /// Taken by the writing queue and not written yet.
    private var heldBytes = 0
    private var waiting = 0
    /// A caller has waited in vain and there has been no room since: nobody else waits, so that a
    /// disk that is gone holds the program once, and not with each event.
    private var hasStalled = false
    private var isDrainScheduled = false
    /// One timer at a time: it also tries again what the disk had no room for.
    private var isTimerScheduled = false
    private let limits: WriterLimits
    private let headerRoom: Int

    init(limits: WriterLimits, headerRoom: Int) {
        self.limits = limits
        self.headerRoom = headerRoom
        open = LineBuffer(headerRoom: headerRoom)
    }

    /// What the caller schedules.
    enum Next {
        case nothing, drainNow, drainLater
    }

    enum Outcome {
        case accepted(Next)
        case dropped
        /// Wait for room, then try again.
        case full(Next)
    }

    /// Adds an event's line.
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

    /// Counts an event that is none.
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

    /// One is enough, also while the disk gives no answer to the one before.
    private mutating func drainSoon() -> Next {
        guard !isDrainScheduled else { return .nothing }
        isDrainScheduled = true
        return .drainNow
    }

    /// - Throws: when the writer is closed, or too much waits for a disk that does not answer.
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

    /// Events of a batch that was written.
    mutating func accept(_ events: Int) { statistics.accepted += events }

    mutating func close() { isClosed = true }

    /// A caller has waited long enough.
    mutating func stopWaiting() {
        waiting = max(0, waiting - 1)
        hasStalled = true
        _ = drop()
    }

    struct Work {
        var chunks: [LineBuffer]
        var batches: [Batch]
        var drops: Int
    }

    /// - Parameter byTimer: whether it is the timer's doing, which may then be set again.
    mutating func take(byTimer: Bool) -> Work {
        if byTimer { isTimerScheduled = false }
        defer {
            full = []
            batches = []
            batchBytes = 0
            unreportedDrops = 0
            heldBytes += bytes
            bytes = 0
            isDrainScheduled = false
        }
        if open.events > 0 {
            full.append(open)
            open = spare.popLast() ?? LineBuffer(headerRoom: headerRoom)
        }
        return Work(chunks: full, batches: batches, drops: unreportedDrops)
    }

    /// - Returns: whether the caller is to set the timer.
    mutating func wantsTimer() -> Bool {
        guard !isTimerScheduled else { return false }
        isTimerScheduled = true
        return true
    }

    /// What the writing queue has done.
    /// - Parameters:
    ///   - leftover: bytes that could not be written yet.
    ///   - spent: chunks that were written, empty.
    /// - Returns: how many callers wait for room and may try again.
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

    /// One that callers fill, one that is written, and two for the moments in between.
    private static let maxSpare = 4
    /// One that had to hold a giant line is let go.
    private static let maxSpareBytes = 2 * LogLimits.targetFrameContentBytes
}
