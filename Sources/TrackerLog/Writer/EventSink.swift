/// The destination of events from a load run, the intake or an importer: a session's log, or a
/// list in a test.
package protocol EventSink: AnyObject, Sendable {
    /// - Returns: whether the event was accepted; `false` when it was dropped and counted.
    func append(_ event: Event) -> Bool
    func append(_ sample: Sample) -> Bool
    /// Appends all events in one frame. When it returns they are in the log; when it throws they
    /// may be, now or later, and a repetition under the same `identity` counts them once.
    func appendBatch(_ events: [Event], identity: FrameIdentity?) throws
    /// As above, without waiting.
    /// - Parameter completion: called once with the error, on any thread.
    func appendBatch(
        _ events: [Event], identity: FrameIdentity?,
        completion: @escaping @Sendable ((any Error)?) -> Void)
    /// The same for lines that are checked: frame by frame, under the identities that follow the
    /// given one. Where not all of it is in the log, a part may be.
    func append(
        _ lines: CheckedLines, identity: FrameIdentity?,
        completion: @escaping @Sendable ((any Error)?) -> Void)
    /// Returns when the accepted events are as durable as the sink promises.
    func flushToLog() throws(LogError)
    /// Flushes; the sink accepts nothing afterwards.
    func close() throws
}

extension EventSink {
    /// For a sink that never waits.
    package func appendBatch(
        _ events: [Event], identity: FrameIdentity?,
        completion: @escaping @Sendable ((any Error)?) -> Void
    ) {
        do { try appendBatch(events, identity: identity) } catch { return completion(error) }
        completion(nil)
    }

    /// For a sink that takes events alone.
    package func append(
        _ lines: CheckedLines, identity: FrameIdentity?,
        completion: @escaping @Sendable ((any Error)?) -> Void
    ) {
        appendBatch(lines.events, identity: identity, completion: completion)
    }
}

extension SessionWriter: EventSink {
    package func flushToLog() throws(LogError) { try flush() }
}
