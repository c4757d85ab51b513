import TrackerLoad

/// What a search found, also when it was stopped or a run failed.
struct FindMaxOutcome {
    var search: CapacitySearch?
    /// Of the steps, in order.
    var summaries: [LoadSummary] = []
    /// Why it ended early.
    var failure: LoadError?
    var isStopped = false
    /// Whether the next step would not have ended in time.
    var isOutOfTime = false
}
