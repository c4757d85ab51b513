/// The destination of a run's events: a session's log, or a list in a test.
package protocol EventSink: Sendable {
    /// - Returns: whether the event was accepted; `false` when it was dropped and counted.
    func append(_ event: Event) -> Bool
    func append(_ sample: Sample) -> Bool
    /// Returns when the accepted events are as durable as the sink promises.
    func flushToLog() throws(LogError)
}

extension SessionWriter: EventSink {
    package func flushToLog() throws(LogError) { try flush() }
}
