package import TrackerLog

/// Receives the events of the server's routes. They are appended to the log before they are
/// acknowledged.
///
package protocol EventIntake: Sendable {
    /// Appends all events or none. Blocks until that is as durable as configured.
    /// - Parameter identity: a retry with the same identity counts once, even after a restart.
    func append(
        user: UserID, session: SessionID, events: [Event], identity: FrameIdentity?
    ) throws
    /// As above, without blocking: for event loops.
    /// - Parameter completion: called once with the error, on any thread.
    func append(
        user: UserID, session: SessionID, events: [Event], identity: FrameIdentity?,
        completion: @escaping @Sendable ((any Error)?) -> Void)
    /// The same for lines: see `EventSink`.
    func append(
        user: UserID, session: SessionID, lines: CheckedLines, identity: FrameIdentity?,
        completion: @escaping @Sendable ((any Error)?) -> Void)
    /// Closes writers that have not been used for some time.
    func closeIdle()
    /// Flushes and closes everything. Later appends throw.
    func close() throws
}

extension EventIntake {
    /// For an intake that never waits.
    package func append(
        user: UserID, session: SessionID, events: [Event], identity: FrameIdentity?,
        completion: @escaping @Sendable ((any Error)?) -> Void
    ) {
        do {
            try append(user: user, session: session, events: events, identity: identity)
        } catch { return completion(error) }
        completion(nil)
    }

    /// For an intake that takes events alone.
    package func append(
        user: UserID, session: SessionID, lines: CheckedLines, identity: FrameIdentity?,
        completion: @escaping @Sendable ((any Error)?) -> Void
    ) {
        append(
            user: user, session: session, events: lines.events, identity: identity,
            completion: completion)
    }
}
