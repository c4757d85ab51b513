import Dispatch
import NIOCore
import Synchronization
package import TrackerLog

/// Why the intake accepted no event.
package enum IntakeError: Error, Sendable, Equatable {
    /// The server is stopping.
    case closed
    /// `WebLimits.maxKeptWriters` sessions are being appended to at the same time.
    case tooManySessions
}

/// The server's intake: one writer for each session that receives events.
///
/// A writer is opened at a session's first event, and closed after `idleTime` without use, or when
/// there are `maxKept` and another one is needed. How many of them have a file open, their group
/// decides. A writer that failed is closed and discarded, so that the next event starts a new
/// segment. One whose disk does not answer is kept: another one would wait as well, and a retry
/// waits behind what is unknown.
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
    }

    /// A writer that stands in line to be closed, unless it is used meanwhile.
    private struct Turn {
        let key: Key
        let uses: Int
    }

    private struct State {
        var entries: [Key: Entry] = [:]
        var line = CircularBuffer<Turn>()
        var isClosed = false
    }

    private typealias Write =
        @Sendable (any EventSink, _ done: @escaping @Sendable ((any Error)?) -> Void) -> Void

    private let open: @Sendable (UserID, SessionID) throws -> any EventSink
    /// Makes closing all of them quick.
    private let syncAll: @Sendable () throws -> Void
    private let maxKept: Int
    private let idleTime: Duration
    private let state = Mutex(State())
    /// Closes writers for callers that must not wait.
    private let closing = DispatchQueue(label: "tracker.intake")

    /// - Parameter open: makes a session's writer; called without holding a lock of other sessions.
    package init(
        maxKept: Int = WebLimits.maxKeptWriters, idleTime: Duration = WebLimits.writerIdleTime,
        syncAll: @escaping @Sendable () throws -> Void = {},
        open: @escaping @Sendable (UserID, SessionID) throws -> any EventSink
    ) {
        self.open = open
        self.syncAll = syncAll
        self.maxKept = maxKept
        self.idleTime = idleTime
    }

    /// Writes to the log below `storage`.
    package convenience init(
        storage: any Storage, durability: Durability = .interval,
        maxOpen: Int = WebLimits.maxOpenWriters, maxKept: Int = WebLimits.maxKeptWriters
    ) {
        let group = WriterGroup(
            storage: storage, configuration: WriterConfiguration(durability: durability),
            mostOpen: maxOpen)
        self.init(
            maxKept: maxKept, syncAll: { try group.sync() },
            open: { user, session in group.writer(user: user, session: session) })
    }

    package func append(
        user: UserID, session: SessionID, events: [Event], identity: FrameIdentity?
    ) throws {
        let key = Key(user: user, session: session)
        let slot = try acquire(key)
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
            append(to: try acquire(key), of: key, completion, write)
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
                    closing.async { [self] in closeFailed(writer) }
                }
                release(key)
                completion(error)
            }
        } catch {
            release(key)
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
        do { try syncAll() } catch { failure = error }
        closing.sync {}
        for slot in slots {
            do { try closeWriter(slot) } catch { failure = failure ?? error }
        }
        if let failure { throw failure }
    }

    /// - Returns: the session's slot.
    private func acquire(_ key: Key) throws -> Slot {
        let (slot, closed) = try state.withLock { state in
            guard !state.isClosed else { throw IntakeError.closed }
            let known = state.entries[key]
            let closed =
                known == nil && state.entries.count >= maxKept ? try Self.takeOne(of: &state) : nil
            var entry = known ?? Entry(slot: Slot(), lastUsed: .now)
            if known == nil { state.line.append(Turn(key: key, uses: 1)) }
            entry.uses += 1
            entry.users += 1
            entry.lastUsed = .now
            state.entries[key] = entry
            return (entry.slot, closed)
        }
        if let closed { closing.async { [self] in closeQuietly(closed) } }
        return slot
    }

    /// Takes a writer that was not used since it stood in line; if all were, the first that is not
    /// in use.
    private static func takeOne(of state: inout State) throws -> Slot {
        var left = 2 * state.line.count
        while left > 0, let turn = state.line.popFirst() {
            left -= 1
            guard let entry = state.entries[turn.key] else { continue }
            guard entry.users == 0, entry.uses == turn.uses else {
                state.line.append(Turn(key: turn.key, uses: entry.uses))
                continue
            }
            state.entries[turn.key] = nil
            return entry.slot
        }
        throw IntakeError.tooManySessions
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
        let left = state.entries
        state.line.removeAll { left[$0.key] == nil }
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
