/// Every limit of `verify`, with its reason.
package enum VerifyLimits {
    /// Gaps listed for each session; all gaps and their frames are counted.
    package static let maxListedGaps = 1_000
    /// Conflicts listed for each session; all are counted.
    package static let maxListedConflicts = 100
    /// Refused sections listed for each file; consecutive ones count as one.
    package static let maxListedRefusals = 1_000
    /// Repeated frames compared in one further pass over a session: 24 bytes each, so 24 MiB.
    static let maxComparedFrames = 1 << 20
    /// Attempts for a session whose files are renamed meanwhile by a compaction.
    static let maxAttempts = 3
    /// Ranges appended before they are sorted and joined.
    static let fewRanges = 1_024
}
