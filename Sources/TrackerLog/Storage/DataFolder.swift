/// The data folder: its sessions and its format.
public enum DataFolder {
    /// Identifies a session by user and id.
    public struct SessionKey: Sendable, Hashable, Comparable {
        public var user: UserID
        public var session: SessionID

        public init(user: UserID, session: SessionID) {
            self.user = user
            self.session = session
        }

        public static func < (a: SessionKey, b: SessionKey) -> Bool {
            (a.user, a.session) < (b.user, b.session)
        }
    }

    public struct Listing: Sendable {
        /// Sorted.
        public var sessions: [SessionKey] = []
        /// Entries below `log` that are not folders of a user or session.
        public var ignored: [String] = []
    }

    /// Lists all sessions. A folder without `log` has none.
    public static func sessions(in storage: any Storage) throws(StorageError) -> Listing {
        var listing = Listing()
        var sessions: [UserID: [SessionID]] = [:]
        for userEntry in try entries(DataLayout.log, in: storage) {
            guard userEntry.kind == .directory, let user = UserID(directoryName: userEntry.name)
            else {
                listing.ignored.append(DataLayout.log.appending(userEntry.name).description)
                continue
            }
            let folder = DataLayout.log.appending(userEntry.name)
            for entry in try entries(folder, in: storage) {
                guard entry.kind == .directory, let session = SessionID(directoryName: entry.name)
                else {
                    listing.ignored.append(folder.appending(entry.name).description)
                    continue
                }
                sessions[user, default: []].append(session)
            }
        }
        for user in sessions.keys.sorted() {
            for session in (sessions[user] ?? []).sorted() {
                listing.sessions.append(SessionKey(user: user, session: session))
            }
        }
        listing.ignored.sort()
        return listing
    }

    /// Resolves a session name given by a person: `USER/SESSION`, or a `SESSION` of `user`. Ids may
    /// contain slashes, so the sessions that exist decide where to split.
    /// - Returns: `nil` when there is no such session.
    package static func session(
        named name: String, of user: UserID, in storage: any Storage
    ) throws(StorageError) -> SessionKey? {
        try sessions(in: storage).sessions.first {
            name.isExactly("\($0.user.value)/\($0.session.value)")
                || (name.isExactly($0.session.value) && $0.user == user)
        }
    }

    /// A directory that is missing, or was removed meanwhile, has no entries.
    private static func entries(
        _ path: StoragePath, in storage: any Storage
    ) throws(StorageError) -> [StorageEntry] {
        do throws(StorageError) {
            return try storage.listKinds(path)
        } catch {
            guard error.code == ErrorCode.notFound else { throw error }
            return []
        }
    }

    /// Whether it has something of a data folder, or nothing yet but hidden files and a README.
    package static func isPlausible(_ storage: any Storage) throws(StorageError) -> Bool {
        let names = try storage.listKinds(.root).map(\.name)
        return names.contains(where: DataLayout.names.contains)
            || names.allSatisfy { $0.hasPrefix(".") || $0.hasPrefix("README") }
    }

    /// Prepares the folder for writing: checks the format in `tracker.json`, or writes the file if
    /// it is missing.
    /// - Throws: `DataFolderError` when the file cannot be used or its format is unknown to this
    ///   program. Nothing is written then.
    public static func prepare(_ storage: any Storage) throws(DataFolderError) {
        guard try !hasFormatFile(storage) else { return }
        try writeFormat(storage)
    }

    /// Checks that this program may write to the folder. Writes nothing.
    /// - Throws: `DataFolderError` when the file cannot be used or its format is unknown to this
    ///   program. A folder without `tracker.json` has format 1.
    public static func check(_ storage: any Storage) throws(DataFolderError) {
        _ = try hasFormatFile(storage)
    }

    /// - Returns: whether `tracker.json` exists; if so, it has this program's format.
    private static func hasFormatFile(_ storage: any Storage) throws(DataFolderError) -> Bool {
        let bytes: [UInt8]
        do throws(StorageError) {
            bytes = try storage.readAll(DataLayout.formatFile, limit: maxFormatFileBytes)
        } catch {
            guard error.code == ErrorCode.notFound else { throw .storage(error) }
            return false
        }
        guard let format = JSONValue.parsed(bytes)?["format"]?.intValue else {
            throw .notAFormatFile
        }
        guard format == currentFormat else { throw .newerFormat(format) }
        return true
    }

    private static func writeFormat(_ storage: any Storage) throws(DataFolderError) {
        do throws(StorageError) {
            let text = "{\"format\":\(currentFormat)}\n"
            // Programs that start on a new folder at the same time all write it: each needs its own
            // temporary file.
            let mark = ".\(String(UInt64.random(in: .min ... .max), radix: 16))"
            try storage.replace(DataLayout.formatFile, with: Array(text.utf8), mark: mark)
        } catch {
            throw .storage(error)
        }
    }

    /// The file has a dozen bytes; a person may have added some.
    private static let maxFormatFileBytes = 64 << 10

    public static let currentFormat = 1
}

/// Why a data folder cannot be used.
public enum DataFolderError: Error, Sendable, Hashable, CustomStringConvertible {
    case storage(StorageError)
    case notAFormatFile
    case newerFormat(Int)

    public var description: String {
        switch self {
        case .storage(let error): "\(error)"
        case .notAFormatFile:
            "tracker.json does not say which format the data folder has: put {\"format\":1} there,"
                + " or choose another folder with --data"
        case .newerFormat(let format):
            "the data folder has format \(format), this program knows format 1: use a newer tracker"
        }
    }
}
