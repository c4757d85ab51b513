/// Every limit of `tracker mcp` in one place, with its reason.
enum MCPLimits {
    /// Of one message: a call has names and a note; a longer line is no call of ours.
    static let maxLineBytes = 256 << 10
    /// Of one answer: an agent reads it whole, and pays for each word.
    static let maxAnswerBytes = 2_000
    /// Calls that wait: a client that sends more does not read the answers.
    static let maxWaiting = 64
    /// Sessions in one answer.
    static let maxSessions = 20
    static let usualSessions = 10
    /// Metrics of a session, and notes, in one answer.
    static let maxMetrics = 8
    static let maxNotes = 3
    /// Changes of a trend in one answer, the newest.
    static let maxChanges = 5
    /// A load test that nobody watches must be one that a laptop does beside other work.
    static let maxRate = 1_000.0
    static let maxLoadSeconds = 60.0
    static let usualLoadSeconds = 10.0
    static let usualRate = 50.0
    /// Of an argument: longer ones are no names.
    static let maxArgumentBytes = 4_096
    /// Of an argument that is a list.
    static let maxArguments = 16
    /// Of the id of a message, which is repeated: clients number their messages.
    static let maxIDBytes = 256
    /// Of a name that there is not, as an answer repeats it.
    static let maxQuotedBytes = 64
    /// What a command prints while it runs.
    static let maxCapturedBytes = 1 << 20
}
