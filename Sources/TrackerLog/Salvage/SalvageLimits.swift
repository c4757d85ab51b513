/// Every limit of salvage, with its reason.
package enum SalvageLimits {
    /// The window of `zstd --long`; a reader of the log refuses such frames.
    static let maxWindowLog: Int32 = 27
    /// Larger frames are given up: a frame of a log has a few MiB, a whole compressed file some
    /// hundred.
    static let maxFrameContentBytes = 16 << 30
    /// Bytes read and produced without result in one region before it is given up: about a minute
    /// of work.
    static let maxWastedBytes = 16 << 30
    /// Lines without an identity are grouped into sections of about this size.
    static let bareSectionBytes = 256 << 10
    /// A larger section cannot be written as one again: its lines lose their header.
    static let maxSectionBytes = 8 << 20
    /// Bytes per read of the file.
    static let inputBytes = 128 << 10
}
