public import TrackerLog

/// What can be saved from the damage of one session, or has been.
public struct RepairReport: Sendable {
    public var key: DataFolder.SessionKey
    /// In the order of files and offsets; every bad region of a closed file is one.
    public var regions: [Region] = []
    /// Files that somebody may still append to: left for later.
    public var openFiles: [String] = []
    /// New segments, below the data folder. Empty in a plan.
    public var written: [Written] = []
    /// What could not be read.
    public var problems: [StorageError] = []

    public init(key: DataFolder.SessionKey) { self.key = key }

    /// Lines to be saved, or saved.
    public var lines: Int { regions.reduce(0) { $0 + $1.saved.reduce(0) { $0 + $1.lines } } }
    /// Lines left because nothing vouches for them.
    public var uncheckedLines: Int { regions.reduce(0) { $0 + $1.uncheckedLines } }

    /// One bad region, and what is in it.
    public struct Region: Sendable, Hashable {
        public var place: BadRegion
        public var saved: [Saved] = []
        /// Sections that are whole somewhere else in the log.
        public var sectionsElsewhere = 0
        /// Lines that are left because no checksum vouches for them.
        public var uncheckedLines = 0
        /// Looking took more than the limit and was given up.
        public var isGivenUp = false
    }

    /// Sections of one region that go to the same place.
    public struct Saved: Sendable, Hashable {
        /// Whose they are: the session's own, or the one that their headers name.
        public var session: SessionID
        /// Whether a checksum vouches for them.
        public var isChecked: Bool
        public var sections = 0
        /// Of those, sections that have not as many lines as their header promised.
        public var incompleteSections = 0
        public var lines = 0
    }

    public struct Written: Sendable, Hashable {
        public var path: String
        public var bytes: Int
        public var sections: Int
        public var lines: Int
    }
}

/// Why a repair ended early. What was there before is as it was.
public enum RepairError: Error, Sendable, Hashable, CustomStringConvertible {
    case storage(StorageError)
    case log(LogError)
    /// The new segment does not read back as what was written: it was removed again.
    case notReadBack(path: String)

    public var description: String {
        switch self {
        case .storage(let error): "\(error)"
        case .log(let error): "\(error)"
        case .notReadBack(let path):
            "\(path) did not read back as what was written and was removed again: is the disk"
                + " sound? `tracker selftest` tries it"
        }
    }
}
