import Synchronization

/// Whose callers wait for the result of a batch.
protocol BatchOwner: AnyObject, Sendable {
    /// The caller, who does not wait, has to be told that the disk does not answer.
    func giveUp(_ batch: Batch)
}

/// Tells callers that do not wait when the disk does not answer in time.
final class AnswerLimit: Sendable {
    private let deadlines = Mutex(AnswerDeadlines())
    private let milliseconds: Int

    init(milliseconds: Int) { self.milliseconds = milliseconds }

    func add(_ batch: Batch, of owner: any BatchOwner) {
        let deadline = MonotonicTime.now.advanced(byMilliseconds: milliseconds)
        guard deadlines.withLock({ $0.add(batch, of: owner, until: deadline) }) else { return }
        setTimer(milliseconds)
    }

    private func setTimer(_ milliseconds: Int) {
        let due = MonotonicTime.now.advanced(byMilliseconds: milliseconds)
        SharedTimer.shared.after(milliseconds: milliseconds) { [self] in
            let now = max(.now, due)
            let (late, next) = deadlines.withLock { $0.expire(at: now) }
            for entry in late { entry.owner.giveUp(entry.batch) }
            if let next { setTimer(max(1, next.milliseconds - now.milliseconds)) }
        }
    }
}

/// The batches whose callers are told of the result, with the time until which each may take. All
/// may take equally long, so they expire in the order in which they were added.
private struct AnswerDeadlines {
    struct Entry {
        var deadline: MonotonicTime
        var batch: Batch
        var owner: any BatchOwner
    }

    private var entries: [Entry] = []
    private var first = 0
    /// There is one timer at a time.
    private var isTimerScheduled = false

    /// - Returns: whether the caller must set the timer.
    mutating func add(
        _ batch: Batch, of owner: any BatchOwner, until deadline: MonotonicTime
    ) -> Bool {
        dropAnswered()
        entries.append(Entry(deadline: deadline, batch: batch, owner: owner))
        defer { isTimerScheduled = true }
        return !isTimerScheduled
    }

    /// The timer fired: takes the batches whose time is over.
    /// - Returns: them, and the deadline of the next one, for which the timer has to be set again.
    mutating func expire(at now: MonotonicTime) -> (expired: [Entry], next: MonotonicTime?) {
        var expired: [Entry] = []
        dropAnswered()
        while first < entries.count, entries[first].deadline <= now {
            expired.append(entries[first])
            first += 1
            dropAnswered()
        }
        let next = first < entries.count ? entries[first].deadline : nil
        isTimerScheduled = next != nil
        return (expired, next)
    }

    /// Answers come nearly in order: what is answered behind one that is not stays for a moment.
    private mutating func dropAnswered() {
        while first < entries.count, entries[first].batch.answer.isGiven { first += 1 }
        guard first > Self.keptAnswered, 2 * first > entries.count else {
            if first == entries.count {
                entries.removeAll(keepingCapacity: true)
                first = 0
            }
            return
        }
        entries.removeFirst(first)
        first = 0
    }

    private static let keptAnswered = 64
}
