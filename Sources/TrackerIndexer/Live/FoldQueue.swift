import TrackerLog

/// The order in which the live index folds sessions. Pure; used by one thread.
///
/// Sessions that somebody waits for come first, then those that change now, and the backlog last:
/// the latest modified first, and sessions that take several steps one after the other.
struct FoldQueue {
    typealias Key = DataFolder.SessionKey
    typealias Instant = ContinuousClock.Instant

    /// A session that a scan found to differ from its row.
    struct Stale {
        var key: Key
        /// Last modification of its files, Unix nanoseconds.
        var modifiedNs: Int64
    }

    /// First come, first served.
    private var wanted: [Key] = []
    private var due: [Key: Instant] = [:]
    /// The last element is the next.
    private var backlog: [Key] = []
    /// Sessions of which a part is folded; the first element is the next.
    private var partial: [Key] = []
    /// Sessions whose numbers depend on the time; the last element is the next.
    private var refreshes: [Key] = []

    /// A reader waits for this session.
    mutating func want(_ key: Key) {
        if !wanted.contains(key) { wanted.append(key) }
    }

    /// Folds the session at this time, or earlier if it is already scheduled.
    mutating func schedule(_ key: Key, at instant: Instant) {
        due[key] = min(due[key] ?? instant, instant)
    }

    /// The rest of this session is folded in further steps.
    mutating func continueLater(_ key: Key) {
        if !partial.contains(key) { partial.append(key) }
    }

    /// Replaces the backlog by what a complete scan found.
    /// - Parameter unwatched: sessions that may have changed between the scan and their new watch.
    mutating func setBacklog(_ stale: [Stale], refreshes: [Key], unwatched: [Key]) {
        let oldestFirst = stale.sorted {
            ($0.modifiedNs, $1.key) < ($1.modifiedNs, $0.key)
        }
        backlog = unwatched + oldestFirst.map(\.key)
        self.refreshes = refreshes
    }

    mutating func nextWanted() -> Key? { wanted.isEmpty ? nil : wanted.removeFirst() }

    /// Takes the sessions that are due, the longest waiting first.
    mutating func takeDue(at now: Instant) -> [Key] {
        let ready = due.filter { $0.value <= now }
        for key in ready.keys { due[key] = nil }
        return ready.sorted { $0.value < $1.value }.map(\.key)
    }

    /// The latest modified first.
    mutating func nextOfBacklog(atMost count: Int) -> [Key] {
        defer { backlog.removeLast(min(count, backlog.count)) }
        return backlog.suffix(count).reversed()
    }
    mutating func nextPartial() -> Key? { partial.isEmpty ? nil : partial.removeFirst() }
    mutating func nextRefresh() -> Key? { refreshes.popLast() }

    mutating func forget(_ keys: Set<Key>) {
        wanted.removeAll(where: keys.contains)
        partial.removeAll(where: keys.contains)
        for key in keys { due[key] = nil }
    }

    func isScheduled(_ key: Key) -> Bool { due[key] != nil }
    func isDue(at now: Instant) -> Bool { due.values.contains { $0 <= now } }

    var hasBacklog: Bool { !backlog.isEmpty || !partial.isEmpty }

    /// When there is something to do; `nil` if nothing is queued.
    func nextInstant(now: Instant) -> Instant? {
        guard wanted.isEmpty, backlog.isEmpty, partial.isEmpty, refreshes.isEmpty else {
            return now
        }
        return due.values.min()
    }
}
