/// Every limit of looking for what can be saved from damage, with its reason.
package enum SalvageLimits {
    /// What the windows of `zstd --long` need; a reader of the log refuses such frames.
    static let maxWindowLog: Int32 = 27
    /// Larger frames are given up: one frame of a log is a few MiB, a whole compressed file some
    /// hundred.
    static let maxFrameContentBytes = 16 << 30
    /// Bytes read and made in vain in one region before it is given up: a minute's work.
    static let maxVainBytes = 16 << 30
    /// Lines without an identity become sections of about this size.
    static let bareSectionBytes = 256 << 10
    /// A section that is larger cannot be one section again: its lines become bare ones.
    static let maxSectionBytes = 8 << 20
    /// Read from the file at once.
    static let inputBytes = 128 << 10
}
