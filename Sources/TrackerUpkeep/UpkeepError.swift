package import TrackerLog

/// Why a compaction, prune or restore failed.
package enum UpkeepError: Error, Sendable, Hashable, CustomStringConvertible {
    case storage(StorageError)
    case busy
    /// The new segment differs from what was written, or does not fold to the state of its inputs.
    case notTheSame(file: String)
    case session(String)

    package var description: String {
        switch self {
        case .storage(let error): "\(error)"
        case .busy:
            "another compact, prune or restore is running in this data folder: wait until it ends"
        case .notTheSame(let file):
            "verification of \(file) failed: nothing was replaced; please report this"
        case .session(let text): text
        }
    }
}
