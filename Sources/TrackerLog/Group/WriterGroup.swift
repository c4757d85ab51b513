/// The writers of many sessions, which share their thread, their syncs and a bound on open files:
/// see `WriterRounds`.
package final class WriterGroup: Sendable {
    private let storage: any Storage
    private let configuration: WriterConfiguration
    private let rounds: WriterRounds

    /// - Parameter mostOpen: files that its writers have open at the same time.
    package init(storage: any Storage, configuration: WriterConfiguration, mostOpen: Int) {
        self.storage = storage
        self.configuration = configuration
        rounds = WriterRounds(
            storage: storage, configuration: configuration, mostOpen: mostOpen)
    }

    package func writer(user: UserID, session: SessionID) -> SessionWriter {
        SessionWriter(
            storage: storage, user: user, session: session, configuration: configuration,
            rounds: rounds)
    }

    /// Syncs what all writers have written, unless the level is `written`.
    /// - Throws: when that fails; `noAnswer` after `LogLimits.maxAnswerMilliseconds`.
    package func sync() throws(LogError) { try rounds.sync() }
}
