/// Every limit of `verify` in one place, with its reason.
package enum VerifyLimits {
    /// Gaps listed for each session; all are counted, and their frames.
    package static let maxListedGaps = 1_000
    /// Conflicts listed for each session; all are counted.
    package static let maxListedConflicts = 100
    /// Refused sections listed for each file, those that follow one another as one.
    package static let maxListedRefusals = 1_000
    /// Repeated frames compared in one further reading of a session: 24 bytes each, so 24 MiB.
    static let maxComparedFrames = 1 << 20
    /// How often a session is begun again because its files changed names meanwhile (a compaction).
    static let maxAttempts = 3
    /// Ranges kept in the order they came, before they are sorted and joined.
    static let fewRanges = 1_024
}
