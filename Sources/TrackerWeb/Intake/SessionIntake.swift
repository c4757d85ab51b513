import Dispatch
import NIOCore
import Synchronization
package import TrackerLog

/// Why the intake accepted no event.
package enum IntakeError: Error, Sendable, Equatable {
    /// The server is stopping.
    case closed
    /// `WebLimits.maxOpenWriters` sessions are being appended to at the same time.
    case tooManySessions
}

/// The server's intake: one writer for each session that receives events.
///
/// A writer is opened at a session's first event. At most `maxOpen` have their segment open: one
/// that was not used lately is parked for another, and goes on in its segment at its next event.
/// Each is closed after `idleTime` without use. A writer that
/// failed is closed and discarded, so that the next event starts a new segment. One whose disk does
/// not answer is kept: another one would wait as well, and a retry waits behind what is unknown.
package final class SessionIntake: EventIntake {
    private struct Key: Hashable {
        let user: UserID
        let session: SessionID
    }

    /// One session's writer: opening it blocks only appends to the same session.
    private final class Slot: Sendable {
        let writer = Mutex<(any EventSink)?>(nil)
    }

    private struct Entry {
        let slot: Slot
        /// Number of appends in progress. A writer in use is never closed.
        var users = 0
        /// Number of appends that have begun.
        var uses = 0
        var lastUsed: ContinuousClock.Instant
        var isParked = false
    }

    /// A writer that stands in line to be parked or forgotten, unless it is used meanwhile.
    private struct Turn {
        let key: Key
        let uses: Int
    }

    private struct State {
        var entries: [Key: Entry] = [:]
        /// Entries that are not parked.
        var openCount = 0
        var opened = CircularBuffer<Turn>()
        var parked = CircularBuffer<Turn>()
        var isClosed = false
    }

    private typealias Write =
        @Sendable (any EventSink, _ done: @escaping @Sendable ((any Error)?) -> Void) -> Void

    private let open: @Sendable (UserID, SessionID) throws -> any EventSink
    private let maxOpen: Int
    private let maxKept: Int
    private let idleTime: Duration
    private let state = Mutex(State())
    /// Park and close writers for callers that must not wait.
    private let closing = (0..<WebLimits.closingQueues).map {
        DispatchQueue(label: "tracker.intake.\($0)")
    }
    private let nextClosing = Atomic(0)

    /// - Parameter open: makes a session's writer; called without holding a lock of other sessions.
    package init(
        maxOpen: Int = WebLimits.maxOpenWriters, maxKept: Int = WebLimits.maxKeptWriters,
        idleTime: Duration = WebLimits.writerIdleTime,
        open: @escaping @Sendable (UserID, SessionID) throws -> any EventSink
    ) {
        self.open = open
        self.maxOpen = maxOpen
        self.maxKept = maxKept
        self.idleTime = idleTime
    }

    /// Writes to the log below `storage`.
    package convenience init(
        storage: any Storage, durability: Durability = .interval,
        maxOpen: Int = WebLimits.maxOpenWriters
    ) {
        self.init(maxOpen: maxOpen) { user, session in
            SessionWriter(
                storage: storage, user: user, session: session,
                configuration: SessionWriter.Configuration(durability: durability))
        }
    }

    package func append(
        user: UserID, session: SessionID, events: [Event], identity: FrameIdentity?
    ) throws {
        let key = Key(user: user, session: session)
        let (slot, evicted) = try acquire(key)
        evicted.forEach(put)
        defer { release(key) }
        let writer = try writer(in: slot, of: key)
        do {
            try writer.appendBatch(events, identity: identity)
        } catch {
            if !Self.isWaiting(error), forget(writer, in: slot) { closeFailed(writer) }
            throw error
        }
    }

    package func append(
        user: UserID, session: SessionID, events: [Event], identity: FrameIdentity?,
        completion: @escaping @Sendable ((any Error)?) -> Void
    ) {
        append(to: Key(user: user, session: session), completion) { writer, done in
            writer.appendBatch(events, identity: identity, completion: done)
        }
    }

    package func append(
        user: UserID, session: SessionID, lines: CheckedLines, identity: FrameIdentity?,
        completion: @escaping @Sendable ((any Error)?) -> Void
    ) {
        append(to: Key(user: user, session: session), completion) { writer, done in
            writer.append(lines, identity: identity, completion: done)
        }
    }

    /// - Parameter write: hands it to the writer, which tells when it is done.
    private func append(
        to key: Key, _ completion: @escaping @Sendable ((any Error)?) -> Void,
        _ write: @escaping Write
    ) {
        do {
            let (slot, evicted) = try acquire(key)
            guard !evicted.isEmpty else {
                return append(to: slot, of: key, completion, write)
            }
            // In this order: otherwise more and more would be open.
            anyQueue.async { [self] in
                evicted.forEach(put)
                append(to: slot, of: key, completion, write)
            }
        } catch {
            completion(error)
        }
    }

    private func append(
        to slot: Slot, of key: Key, _ completion: @escaping @Sendable ((any Error)?) -> Void,
        _ write: Write
    ) {
        do {
            let writer = try writer(in: slot, of: key)
            write(writer) { [self] error in
                if let error, !Self.isWaiting(error), forget(writer, in: slot) {
                    anyQueue.async { [self] in closeFailed(writer) }
                }
                release(key)
                completion(error)
            }
        } catch {
            release(key)
            completion(error)
        }
    }

    private var anyQueue: DispatchQueue {
        let number = nextClosing.wrappingAdd(1, ordering: .relaxed).newValue
        return closing[Int(UInt(bitPattern: number) % UInt(closing.count))]
    }

    private func writer(in slot: Slot, of key: Key) throws -> any EventSink {
        try slot.writer.withLock { writer in
            if let writer { return writer }
            let opened = try open(key.user, key.session)
            writer = opened
            return opened
        }
    }

    package func closeIdle() {
        let now = ContinuousClock.now
        let idle = state.withLock { state in
            take(from: &state) { $0.users == 0 && now - $0.lastUsed > idleTime }
        }
        for slot in idle { closeQuietly(slot) }
    }

    package func close() throws {
        let slots = state.withLock { state in
            state.isClosed = true
            return take(from: &state) { _ in true }
        }
        var failure: (any Error)?
        for slot in slots {
            do { try closeWriter(slot) } catch { failure = failure ?? error }
        }
        if let failure { throw failure }
    }

    /// What makes place for a writer that opens.
    private enum Evicted {
        case park(Slot)
        case close(Slot)
    }

    private func put(_ evicted: Evicted) {
        switch evicted {
        case .park(let slot): parkQuietly(slot)
        case .close(let slot): closeQuietly(slot)
        }
    }

    /// - Returns: the session's slot, and what the caller has to put away first.
    private func acquire(_ key: Key) throws -> (Slot, evicted: [Evicted]) {
        try state.withLock { state in
            guard !state.isClosed else { throw IntakeError.closed }
            var evicted: [Evicted] = []
            let known = state.entries[key]
            var entry = known ?? Entry(slot: Slot(), lastUsed: .now, isParked: true)
            entry.uses += 1
            if entry.isParked {
                if state.openCount >= maxOpen { evicted.append(try Self.park(in: &state)) }
                if known == nil, state.entries.count >= maxKept {
                    evicted += Self.forget(in: &state)
                }
                entry.isParked = false
                state.openCount += 1
                state.opened.append(Turn(key: key, uses: entry.uses))
            }
            entry.users += 1
            entry.lastUsed = .now
            state.entries[key] = entry
            return (entry.slot, evicted)
        }
    }

    /// Takes an open writer that was not used since it stood in line; if all were, the first.
    private static func park(in state: inout State) throws -> Evicted {
        var left = 2 * state.opened.count
        while left > 0, let turn = state.opened.popFirst() {
            left -= 1
            guard let entry = state.entries[turn.key], !entry.isParked else { continue }
            guard entry.users == 0, entry.uses == turn.uses else {
                state.opened.append(Turn(key: turn.key, uses: entry.uses))
                continue
            }
            state.entries[turn.key]?.isParked = true
            state.openCount -= 1
            state.parked.append(turn)
            if state.parked.count > 2 * state.entries.count { dropStale(in: &state) }
            return .park(entry.slot)
        }
        throw IntakeError.tooManySessions
    }

    /// Those that were used meanwhile stand elsewhere.
    private static func dropStale(in state: inout State) {
        let entries = state.entries
        state.parked.removeAll { turn in
            entries[turn.key].map { !$0.isParked || $0.uses != turn.uses } ?? true
        }
        state.opened.removeAll { entries[$0.key]?.isParked ?? true }
    }

    /// Takes the writer that has been parked longest.
    private static func forget(in state: inout State) -> [Evicted] {
        while let turn = state.parked.popFirst() {
            guard let entry = state.entries[turn.key], entry.isParked, entry.uses == turn.uses
            else { continue }
            state.entries[turn.key] = nil
            return [.close(entry.slot)]
        }
        return []
    }

    private func release(_ key: Key) {
        state.withLock { state in
            state.entries[key]?.users -= 1
            state.entries[key]?.lastUsed = .now
        }
    }

    private func take(from state: inout State, where isChosen: (Entry) -> Bool) -> [Slot] {
        let chosen = state.entries.filter { isChosen($0.value) }
        for key in chosen.keys { state.entries[key] = nil }
        state.openCount -= chosen.values.count { !$0.isParked }
        Self.dropStale(in: &state)
        return chosen.values.map(\.slot)
    }

    private static func isWaiting(_ error: any Error) -> Bool {
        switch error as? LogError {
        case .noAnswer, .withdrawn, .queueFull: true
        default: false
        }
    }

    /// Discards a failed writer: the next append opens another one.
    /// - Returns: whether it has to be closed; several appends may have failed with it.
    private func forget(_ failed: any EventSink, in slot: Slot) -> Bool {
        slot.writer.withLock { writer in
            guard writer === failed else { return false }
            writer = nil
            return true
        }
    }

    private func closeFailed(_ writer: any EventSink) {
        do { try writer.close() } catch {
            // The caller gets the append's own error; nothing acknowledged depends on this close.
        }
    }

    /// A writer that cannot be parked is closed, as one that failed.
    private func parkQuietly(_ slot: Slot) {
        guard let writer = slot.writer.withLock({ $0 }) else { return }
        do { try writer.park() } catch {
            if forget(writer, in: slot) { closeFailed(writer) }
        }
    }

    private func closeQuietly(_ slot: Slot) {
        do { try closeWriter(slot) } catch {
            // Every acknowledged event is already in the file; closing only frees the descriptor.
        }
    }

    private func closeWriter(_ slot: Slot) throws {
        let writer = slot.writer.withLock { writer in
            defer { writer = nil }
            return writer
        }
        try writer?.close()
    }
}
