import TrackerLog

/// Why a state file cannot be used, or a segment not be folded.
package enum StateFileError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Not a state file; why.
    case foreign(String, String)
    /// Folded by a program that folds differently.
    case otherFold(String, Int)
    case damaged(String, String)
    /// The disk or the memory refused; in words.
    case unreadable(String)
    /// States of one segment that cannot be of one file.
    case twoFiles(SegmentAddress)

    package var description: String {
        switch self {
        case .foreign(let source, let reason):
            "\(source) is no state file: \(reason); `tracker fold` makes one"
        case .otherFold(let source, let fold):
            "\(source) was folded by another version of tracker (fold \(fold), this one has"
                + " \(Snapshot.version)): fold its segments again with this one"
        case .damaged(let source, let what):
            "\(source) is damaged: \(what); fold its segments again"
        case .unreadable(let what): what
        case .twoFiles(let address):
            "two different files were folded as \(address): merge the states of one log only"
        }
    }
}
