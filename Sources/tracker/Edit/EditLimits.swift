import TrackerIndexer
import TrackerLog

/// The limits of what people write into a session from the command line.
enum EditLimits {
    static let maxTextBytes = IndexLimits.maxEditBytes
    /// Tags and names are shown in lists.
    static let maxNameBytes = LogLimits.maxNameBytes
    /// `show` lists this many edits, the latest; `--json` has all.
    static let maxListed = 20
}
