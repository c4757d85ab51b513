import TrackerLog

extension Event {
    /// The same, of a run.
    func of(run: String) -> Event {
        switch self {
        case .sample(var sample):
            sample.run = run
            return .sample(sample)
        case .distribution(var distribution):
            distribution.run = run
            return .distribution(distribution)
        case .session, .runStarted, .runFinished, .edit: return self
        }
    }
}
