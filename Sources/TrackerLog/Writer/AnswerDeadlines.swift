/// The batches of one writer whose callers are told of the result, with the time until which each
/// may take. All may take equally long, so they expire in the order in which they were added.
struct AnswerDeadlines {
    private struct Entry {
        var deadline: MonotonicTime
        var batch: Batch
    }

    private var entries: [Entry] = []
    private var first = 0
    /// There is one timer at a time.
    private var isTimerScheduled = false

    /// - Returns: whether the caller must set the timer.
    mutating func add(_ batch: Batch, until deadline: MonotonicTime) -> Bool {
        dropAnswered()
        entries.append(Entry(deadline: deadline, batch: batch))
        defer { isTimerScheduled = true }
        return !isTimerScheduled
    }

    /// The timer fired: takes the batches whose time is over.
    /// - Returns: them, and the deadline of the next one, for which the timer has to be set again.
    mutating func expire(at now: MonotonicTime) -> (expired: [Batch], next: MonotonicTime?) {
        var expired: [Batch] = []
        dropAnswered()
        while first < entries.count, entries[first].deadline <= now {
            expired.append(entries[first].batch)
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
