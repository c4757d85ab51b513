/// Every limit of compaction in one place, with its reason.
enum UpkeepLimits {
    /// Text in a frame of a compacted segment: larger ones save little more, and are lost together.
    static let compactedFrameContentBytes = 512 << 10
    /// Frames with this much text on average are left as they are.
    static let wellFilledFrameContentBytes = 64 << 10
    /// A well filled segment of this size is not joined with others.
    static let largeSegmentBytes = 16 << 20
    /// Segments that become one: its claim names each, in one line.
    static let maxCompactedInputs = 1_000
    /// Of that line: half of what a line may have.
    static let maxClaimBytes = 512 << 10
}
