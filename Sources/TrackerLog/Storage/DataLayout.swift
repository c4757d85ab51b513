/// Where things are below the data folder.
public enum DataLayout {
    public static let log = StoragePath("log")
    public static let index = StoragePath("index")
    public static let indexLock = StoragePath("index", "lock")
    public static let catalog = StoragePath("index", "catalog.snap")
    /// Names of files in `index` that commands keep for a target.
    package static let targetFilePrefix = "target-"
    /// `{"format":1}`
    public static let formatFile = StoragePath("tracker.json")

    /// Held by whoever moves or rewrites segments: one at a time.
    package static let maintenanceLock = StoragePath("maintenance", "lock")
    /// New segments while they are made.
    package static let maintenance = StoragePath("maintenance")
    /// Whole sessions that a person took out.
    package static let prunedSessions = StoragePath("trash", "sessions")
    /// Segments whose lines stand in a compacted one.
    package static let compactedInputs = StoragePath("trash", "compacted")

    public static func sessionFolder(_ user: UserID, _ session: SessionID) -> StoragePath {
        StoragePath("log", user.directoryName, session.directoryName)
    }

    public static func snapshotFolder(_ user: UserID) -> StoragePath {
        StoragePath("index", user.directoryName)
    }

    public static func snapshot(_ user: UserID, _ session: SessionID) -> StoragePath {
        snapshotFolder(user).appending(session.directoryName + ".snap")
    }
}
