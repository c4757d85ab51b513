package import TrackerLog

/// Receives the events of the server's routes. They are appended to the log before they are
/// acknowledged.
///
/// Calls block until the append is as durable as configured; the server makes them on a thread
/// pool, never on an event loop.
package protocol EventIntake: Sendable {
    /// Appends all events or none.
    /// - Parameter identity: a retry with the same identity counts once, even after a restart.
    func append(
        user: UserID, session: SessionID, events: [Event], identity: FrameIdentity?
    ) throws
    /// Closes writers that have not been used for some time.
    func closeIdle()
    /// Flushes and closes everything. Later appends throw.
    func close() throws
}
