import TrackerLog

/// Why a state file cannot be used, or a segment cannot be folded.
package enum StateFileError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Not a state file: the source and the reason.
    case foreign(String, String)
    /// Folded by a program with another `Snapshot.version`: the source and that version.
    case otherFold(String, Int)
    /// The source, and what is damaged where.
    case damaged(String, String)
    /// A storage error or too little memory: the whole message.
    case unreadable(String)
    /// Two states of this segment cannot be from the same file.
    case twoFiles(SegmentAddress)

    package var description: String {
        switch self {
        case .foreign(let source, let reason):
            "\(source) is not a state file: \(reason); `tracker fold` makes one"
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
