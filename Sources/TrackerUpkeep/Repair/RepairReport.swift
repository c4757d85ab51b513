package import TrackerLog

/// What can be saved from the damage of one session, or has been.
package struct RepairReport: Sendable {
    package var key: DataFolder.SessionKey
    /// In the order of files and offsets; every bad region of a closed file is one.
    package var regions: [Region] = []
    /// Files that somebody may still append to: left for later.
    package var openFiles: [String] = []
    /// New segments, below the data folder. Empty in a plan.
    package var written: [Written] = []
    /// What could not be read.
    package var problems: [StorageError] = []

    package init(key: DataFolder.SessionKey) { self.key = key }

    /// Lines to be saved, or saved.
    package var lines: Int { regions.reduce(0) { $0 + $1.saved.reduce(0) { $0 + $1.lines } } }
    /// Lines left because nothing vouches for them.
    package var uncheckedLines: Int { regions.reduce(0) { $0 + $1.uncheckedLines } }

    /// One bad region, and what is in it.
    package struct Region: Sendable, Hashable {
        package var place: BadRegion
        package var saved: [Saved] = []
        /// Sections that are whole somewhere else in the log.
        package var sectionsElsewhere = 0
        /// Lines that are left because no checksum vouches for them.
        package var uncheckedLines = 0
        /// Looking took more than the limit and was given up.
        package var isGivenUp = false
    }

    /// Sections of one region that go to the same place.
    package struct Saved: Sendable, Hashable {
        /// Whose they are: the session's own, or the one that their headers name.
        package var session: SessionID
        /// Whether a checksum vouches for them.
        package var isChecked: Bool
        package var sections = 0
        /// Of those, sections that have not as many lines as their header promised.
        package var incompleteSections = 0
        package var lines = 0
    }

    package struct Written: Sendable, Hashable {
        package var path: String
        package var bytes: Int
        package var sections: Int
        package var lines: Int
    }
}

/// Why a repair ended early. What was there before is as it was.
package enum RepairError: Error, Sendable, Hashable, CustomStringConvertible {
    case storage(StorageError)
    case log(LogError)
    /// The new segment does not read back as what was written: it was removed again.
    case notReadBack(path: String)

    package var description: String {
        switch self {
        case .storage(let error): "\(error)"
        case .log(let error): "\(error)"
        case .notReadBack(let path):
            "\(path) did not read back as what was written and was removed again: is the disk"
                + " sound? `tracker selftest` tries it"
        }
    }
}
