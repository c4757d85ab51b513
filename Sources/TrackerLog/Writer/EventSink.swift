/// Where a run's events go: a session's log, or a list in a test.
package protocol EventSink: Sendable {
    /// - Returns: whether it was taken; `false` when it was dropped and counted.
    func append(_ event: Event) -> Bool
    func append(_ sample: Sample) -> Bool
    /// Returns when what was taken is as durable as the sink promises.
    func flushToLog() throws(LogError)
}

extension SessionWriter: EventSink {
    package func flushToLog() throws(LogError) { try flush() }
}
