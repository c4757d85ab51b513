import Dispatch

/// Lines on their way to becoming one frame.
struct Chunk {
    var lines: [UInt8] = []
    var events = 0
}

/// Events that a caller waits for.
final class Batch: @unchecked Sendable {
    let lines: [UInt8]
    let events: Int
    let identity: FrameIdentity?
    let finished = DispatchSemaphore(value: 0)
    /// Written once, before `finished` is signalled; read only after.
    var error: LogError?

    init(lines: [UInt8], events: Int, identity: FrameIdentity?) {
        self.lines = lines
        self.events = events
        self.identity = identity
    }

    func finish(_ error: LogError?) {
        self.error = error
        finished.signal()
    }
}

/// What callers have handed over and the writing queue has not taken yet: bounded.
struct QueuedLines {
    var chunks: [Chunk] = []
    var batches: [Batch] = []
    var accepted = 0
    var dropped = 0
    /// Dropped since the last frame that said so.
    var unreportedDrops = 0
    var isClosed = false
    private var bytes = 0
    /// Taken by the writing queue and not written yet.
    private var heldBytes = 0
    private var waiting = 0
    private var isDrainScheduled = false
    /// One timer at a time: it also tries again what the disk had no room for.
    private var isTimerScheduled = false
    private let limits: WriterLimits

    init(limits: WriterLimits) { self.limits = limits }

    /// What the caller schedules.
    enum Next {
        case nothing, drainNow, drainLater
    }

    enum Outcome {
        case accepted(Next)
        case dropped
        /// Wait for room, then try again.
        case full
    }

    mutating func add(_ event: Event, policy: QueuePolicy) -> Outcome {
        guard !isClosed else { return drop() }
        guard bytes + heldBytes < limits.maxQueuedBytes else {
            guard policy == .block else { return drop() }
            waiting += 1
            return .full
        }
        if chunks.last.map({ $0.lines.count >= LogLimits.targetFrameContentBytes }) ?? true {
            chunks.append(Chunk())
        }
        let last = chunks.count - 1
        let before = chunks[last].lines.count
        guard EventEncoder.append(event, to: &chunks[last].lines) else { return drop() }
        bytes += chunks[last].lines.count - before
        chunks[last].events += 1
        accepted += 1
        return .accepted(next(isFull: chunks[last].events >= limits.targetFrameEvents))
    }

    private mutating func drop() -> Outcome {
        dropped += 1
        unreportedDrops += 1
        return .dropped
    }

    private mutating func next(isFull: Bool) -> Next {
        if isFull, !isDrainScheduled {
            isDrainScheduled = true
            return .drainNow
        }
        if !isFull, !isTimerScheduled, !isDrainScheduled {
            isTimerScheduled = true
            return .drainLater
        }
        return .nothing
    }

    /// - Returns: `false` when the writer is closed.
    mutating func add(_ batch: Batch) -> Bool {
        guard !isClosed else { return false }
        batches.append(batch)
        return true
    }

    /// A caller has waited long enough.
    mutating func stopWaiting() {
        waiting = max(0, waiting - 1)
        dropped += 1
        unreportedDrops += 1
    }

    struct Work {
        var chunks: [Chunk]
        var batches: [Batch]
        var drops: Int
    }

    /// - Parameter byTimer: whether it is the timer's doing, which may then be set again.
    mutating func take(byTimer: Bool) -> Work {
        if byTimer { isTimerScheduled = false }
        defer {
            chunks = []
            batches = []
            unreportedDrops = 0
            heldBytes += bytes
            bytes = 0
            isDrainScheduled = false
        }
        return Work(
            chunks: chunks.filter { $0.events > 0 }, batches: batches, drops: unreportedDrops)
    }

    /// - Returns: whether the caller is to set the timer.
    mutating func wantsTimer() -> Bool {
        guard !isTimerScheduled else { return false }
        isTimerScheduled = true
        return true
    }

    /// - Parameter leftover: bytes that could not be written yet.
    /// - Returns: how many callers wait for room and may try again.
    mutating func settle(leftover: Int) -> Int {
        heldBytes = leftover
        guard heldBytes < limits.maxQueuedBytes else { return 0 }
        defer { waiting = 0 }
        return waiting
    }
}
