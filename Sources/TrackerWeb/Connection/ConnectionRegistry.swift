import NIOCore
import Synchronization

/// The open connections of all listeners, with their phases.
///
/// When there are too many, the connection that has been idle longest is closed. A connection with
/// a pending request is never closed for a new one.
final class ConnectionRegistry: Sendable {
    enum Phase {
        /// No complete head has arrived, or the last response was sent.
        case idle(since: NIODeadline)
        /// A request's body is still arriving: nothing of it was acknowledged.
        case receiving
        case answering
    }

    private struct Entry {
        let channel: any Channel
        var phase: Phase
    }

    private struct State {
        var entries: [ObjectIdentifier: Entry] = [:]
        var isStopping = false
    }

    private let state = Mutex(State())
    private let maxConnections: Int

    init(maxConnections: Int) { self.maxConnections = maxConnections }

    /// - Returns: `false` when the limit is reached and no idle connection can be closed.
    func admit(_ channel: any Channel) -> Bool {
        let (isAdmitted, evicted) = state.withLock { state -> (Bool, (any Channel)?) in
            guard !state.isStopping else { return (false, nil) }
            var evicted: (any Channel)?
            if state.entries.count >= maxConnections {
                guard let id = Self.longestIdle(state.entries) else { return (false, nil) }
                evicted = state.entries.removeValue(forKey: id)?.channel
            }
            state.entries[ObjectIdentifier(channel)] = Entry(
                channel: channel, phase: .idle(since: .now()))
            return (true, evicted)
        }
        evicted?.close(promise: nil)
        guard isAdmitted else { return false }
        channel.closeFuture.whenComplete { _ in self.remove(channel) }
        return true
    }

    func setPhase(_ phase: Phase, of channel: any Channel) {
        state.withLock { $0.entries[ObjectIdentifier(channel)]?.phase = phase }
    }

    /// Closes connections without unacknowledged work: idle ones, and those with an incomplete
    /// request.
    func beginStopping() {
        let chosen = stopping { entry in
            switch entry.phase {
            case .idle, .receiving: true
            case .answering: false
            }
        }
        for channel in chosen { channel.close(promise: nil) }
        // The others end with their answer. Hummingbird says so to those that it accepted itself.
        for channel in stopping(where: { _ in true }) {
            channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        }
    }

    /// Closes every connection, whatever is still to be sent.
    func abortAll() {
        for channel in stopping(where: { _ in true }) {
            channel.triggerUserOutboundEvent(ConnectionAbort(), promise: nil)
        }
    }

    var count: Int { state.withLock { $0.entries.count } }

    private func stopping(where isChosen: (Entry) -> Bool) -> [any Channel] {
        state.withLock { state in
            state.isStopping = true
            return state.entries.values.filter(isChosen).map(\.channel)
        }
    }

    private func remove(_ channel: any Channel) {
        _ = state.withLock { $0.entries.removeValue(forKey: ObjectIdentifier(channel)) }
    }

    private static func longestIdle(_ entries: [ObjectIdentifier: Entry]) -> ObjectIdentifier? {
        var longest: (id: ObjectIdentifier, since: NIODeadline)?
        for (id, entry) in entries {
            guard case .idle(let since) = entry.phase else { continue }
            if longest.map({ since < $0.since }) ?? true { longest = (id, since) }
        }
        return longest?.id
    }
}
