import TrackerLog

/// The limits of what people write into a session from the command line.
enum EditLimits {
    /// A note or reason is read on a page and in a terminal; a longer text is a file.
    static let maxTextBytes = 64 << 10
    /// Tags and names are shown in lists.
    static let maxNameBytes = LogLimits.maxNameBytes
    /// `show` lists this many edits, the latest; `--json` has all.
    static let maxListed = 20
    /// A clock that is further ahead is wrong: no edit is stamped after it.
    static let maxClockLeadMs = 86_400_000.0
    /// Hex digits of an edit's id: two of a session are never the same by chance.
    static let idDigits = 10
}
