package import TrackerLog

/// Where the server's routes put events: appended to the log before they are acknowledged.
///
/// Calls block until the append is as durable as configured; the server makes them on a thread of
/// their own, never on an event loop.
package protocol EventIntake: Sendable {
    /// Appends all events or none.
    /// - Parameter identity: a retry with the same identity counts once, also after a restart.
    func append(
        user: UserID, session: SessionID, events: [Event], identity: FrameIdentity?
    ) throws
    /// Gives back what has not been used for a while.
    func closeIdle()
    /// Flushes and closes everything. Later appends throw.
    func close() throws
}
