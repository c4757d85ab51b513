package import TrackerLog

/// What can be saved from the damaged regions of one session, or what was saved.
package struct RepairReport: Sendable {
    package var key: DataFolder.SessionKey
    /// Every bad region of a closed file, ordered by file and offset.
    package var regions: [Region] = []
    /// Files that a program may still append to: skipped by this repair.
    package var openFiles: [String] = []
    /// New segments, as paths below the data folder. Empty in a plan.
    package var written: [Written] = []
    /// Files that could not be read.
    package var problems: [StorageError] = []

    package init(key: DataFolder.SessionKey) { self.key = key }

    /// Lines to save, or saved.
    package var lines: Int { regions.reduce(0) { $0 + $1.saved.reduce(0) { $0 + $1.lines } } }
    /// Lines not saved because no checksum covers them.
    package var uncheckedLines: Int { regions.reduce(0) { $0 + $1.uncheckedLines } }

    /// One bad region and its contents.
    package struct Region: Sendable, Hashable {
        package var bad: BadRegion
        package var saved: [Saved] = []
        /// Sections of which the log has an intact copy elsewhere.
        package var sectionsElsewhere = 0
        /// Lines not saved because no checksum covers them.
        package var uncheckedLines = 0
        /// The search stopped at its limit before the region's end.
        package var isGivenUp = false
    }

    /// Sections of one region that go to the same session.
    package struct Saved: Sendable, Hashable {
        /// The session that their headers name, else the session of the file.
        package var session: SessionID
        /// Whether a checksum covers them.
        package var isChecked: Bool
        package var sections = 0
        /// Those with fewer or more lines than their header says.
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

/// Why a repair ended early. Existing files are unchanged.
package enum RepairError: Error, Sendable, Hashable, CustomStringConvertible {
    case storage(StorageError)
    case log(LogError)
    /// The new segment did not read back as it was written; it was removed.
    case notReadBack(path: String)

    package var description: String {
        switch self {
        case .storage(let error): "\(error)"
        case .log(let error): "\(error)"
        case .notReadBack(let path):
            "\(path) did not read back as it was written and was removed: check the disk;"
                + " `tracker selftest` tests it"
        }
    }
}
