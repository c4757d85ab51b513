package import TrackerLog

/// Why a compaction, prune or restore did not do what it was asked.
package enum UpkeepError: Error, Sendable, Hashable, CustomStringConvertible {
    case storage(StorageError)
    case busy
    /// What was read back is not what was written, or not what was there before.
    case notTheSame(file: String)
    case session(String)

    package var description: String {
        switch self {
        case .storage(let error): "\(error)"
        case .busy:
            "another compact, prune or restore works in this data folder: wait until it has ended"
        case .notTheSame(let file):
            "\(file) does not hold what it was made from: nothing was replaced; please report this"
        case .session(let text): text
        }
    }
}
