/// Every limit of compaction, with its reason.
enum UpkeepLimits {
    /// Content of a frame of a compacted segment. Larger frames save little more, and damage loses
    /// a whole frame.
    static let compactedFrameContentBytes = 512 << 10
    /// A segment with this mean frame content or more is not rewritten on its own.
    static let wellFilledFrameContentBytes = 64 << 10
    /// A segment of large frames and of this size is not joined with others.
    static let largeSegmentBytes = 16 << 20
    /// Inputs of one compacted segment: its claim names each, in one line.
    static let maxCompactedInputs = 1_000
    /// Thinning that leaves more of a segment is not worth the samples.
    static let percentThatThinningLeaves = 90
    /// Length of that line: half of the limit of a line.
    static let maxClaimBytes = 512 << 10
}
