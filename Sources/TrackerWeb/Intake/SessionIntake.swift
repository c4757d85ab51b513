import Dispatch
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
/// A writer is opened at a session's first event. At most `maxOpen` are open: the least recently
/// used one is closed for a new one, and each is closed after `idleTime` without use. A writer that
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
        var lastUsed: ContinuousClock.Instant
    }

    private struct State {
        var entries: [Key: Entry] = [:]
        var isClosed = false
    }

    private let open: @Sendable (UserID, SessionID) throws -> any EventSink
    private let maxOpen: Int
    private let idleTime: Duration
    private let state = Mutex(State())
    /// Closes writers for callers that must not wait.
    private let closing = DispatchQueue(label: "tracker.intake")

    /// - Parameter open: makes a session's writer; called without holding a lock of other sessions.
    package init(
        maxOpen: Int = WebLimits.maxOpenWriters, idleTime: Duration = WebLimits.writerIdleTime,
        open: @escaping @Sendable (UserID, SessionID) throws -> any EventSink
    ) {
        self.open = open
        self.maxOpen = maxOpen
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
        if let evicted { closeQuietly(evicted) }
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
        let key = Key(user: user, session: session)
        do {
            let (slot, evicted) = try acquire(key)
            if let evicted { closing.async { [self] in closeQuietly(evicted) } }
            do {
                let writer = try writer(in: slot, of: key)
                writer.appendBatch(events, identity: identity) { [self] error in
                    if let error, !Self.isWaiting(error), forget(writer, in: slot) {
                        closing.async { [self] in closeFailed(writer) }
                    }
                    release(key)
                    completion(error)
                }
            } catch {
                release(key)
                throw error
            }
        } catch {
            completion(error)
        }
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

    /// - Returns: the session's slot, and one to close that has made place for it.
    private func acquire(_ key: Key) throws -> (Slot, evicted: Slot?) {
        try state.withLock { state in
            guard !state.isClosed else { throw IntakeError.closed }
            var evicted: Slot?
            if state.entries[key] == nil, state.entries.count >= maxOpen {
                let unused = state.entries.filter { $0.value.users == 0 }
                guard let oldest = unused.min(by: { $0.value.lastUsed < $1.value.lastUsed })
                else { throw IntakeError.tooManySessions }
                evicted = state.entries.removeValue(forKey: oldest.key)?.slot
            }
            var entry = state.entries[key] ?? Entry(slot: Slot(), lastUsed: .now)
            entry.users += 1
            entry.lastUsed = .now
            state.entries[key] = entry
            return (entry.slot, evicted)
        }
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
