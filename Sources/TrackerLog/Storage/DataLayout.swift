/// The paths below the data folder.
public enum DataLayout {
    public static let log = StoragePath("log")
    public static let index = StoragePath("index")
    public static let indexLock = StoragePath("index", "lock")
    public static let catalog = StoragePath("index", "catalog.snap")
    /// Prefix of the files in `index` with the runs of one target.
    package static let targetFilePrefix = "target-"
    /// `{"format":1}`
    public static let formatFile = StoragePath("tracker.json")

    /// Which users are claimed by a key.
    package static let claims = StoragePath("keys", "claims.json")
    /// Held while `claims` is replaced.
    package static let claimsLock = StoragePath("keys", "lock")

    /// Held while segments are moved or rewritten: one program at a time.
    package static let maintenanceLock = StoragePath("maintenance", "lock")
    /// New segments while they are being written.
    package static let maintenance = StoragePath("maintenance")
    /// Pruned sessions.
    package static let prunedSessions = StoragePath("trash", "sessions")
    /// Segments that were replaced by a compacted one.
    package static let compactedInputs = StoragePath("trash", "compacted")

    /// Any of them in a folder makes it a data folder.
    static let names = [log.name, index.name, formatFile.name, compactedInputs.components[0]]

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
