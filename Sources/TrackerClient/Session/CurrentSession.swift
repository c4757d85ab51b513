package import TrackerLog

/// The session that a user's loads, clients and imports join: kept in one small file a user.
///
/// `ROOT/current/<user's folder name>.json`, one line of UTF-8:
/// `{"session":"…","user":"…","started":1763899200000}`
/// with the session's id, the user's id and the Unix milliseconds of `tracker session start`. A
/// missing file means: no current session. It is replaced in one step (a temporary file beside it,
/// synced, renamed, the folder synced), so a reader sees a whole file or none. It holds nothing
/// that the log needs: deleting it ends the current session.
package struct CurrentSession: Sendable, Hashable {
    package var user: UserID
    package var session: SessionID
    package var startedMs: Double

    package init(user: UserID, session: SessionID, startedMs: Double) {
        self.user = user
        self.session = session
        self.startedMs = startedMs
    }

    private static let folder = StoragePath("current")
    /// A session's id, a user's id and a number fit in it many times over.
    private static let maxBytes = 16 << 10

    /// - Returns: `nil` when the user has no current session.
    /// - Throws: when the file cannot be read, or is not such a file.
    package static func load(
        user: UserID, storage: any Storage
    ) throws(ClientError) -> CurrentSession? {
        let path = path(of: user)
        let bytes: [UInt8]
        do throws(StorageError) {
            guard try exists(path, storage: storage) else { return nil }
            bytes = try read(path, storage: storage)
        } catch {
            throw .file(path: path.description, reason: "\(error)")
        }
        guard let current = parse(bytes, user: user) else {
            throw .file(
                path: path.description,
                reason: "it does not name a session of \(user); run `tracker session end`")
        }
        return current
    }

    /// Makes this the current session of its user.
    package func save(storage: any Storage) throws(ClientError) {
        var line: [UInt8] = []
        JSONValue.object([
            .init("session", .string(session.value)), .init("user", .string(user.value)),
            .init("started", .double(startedMs.rounded())),
        ]).write(to: &line)
        line.append(UInt8(ascii: "\n"))
        let path = Self.path(of: user)
        do throws(StorageError) {
            try storage.createDirectory(Self.folder)
            let random = UInt64.random(in: .min ... .max)
            let temporary = Self.folder.appending(".\(String(random, radix: 16)).tmp")
            try Self.write(line, to: temporary, storage: storage)
            try storage.rename(temporary, to: path)
            try storage.syncDirectory(Self.folder)
        } catch {
            throw .log(reason: "\(error)")
        }
    }

    /// Ends the user's current session. One that has none is no error.
    package static func remove(user: UserID, storage: any Storage) throws(ClientError) {
        do throws(StorageError) {
            guard try exists(path(of: user), storage: storage) else { return }
            try storage.remove(path(of: user))
            try storage.syncDirectory(folder)
        } catch {
            throw .log(reason: "\(error)")
        }
    }

    package var json: JSONValue {
        .object([
            .init("session", .string(session.value)), .init("user", .string(user.value)),
            .init("started", .double(startedMs)),
        ])
    }

    private static func path(of user: UserID) -> StoragePath {
        folder.appending(user.directoryName + ".json")
    }

    private static func parse(_ bytes: [UInt8], user: UserID) -> CurrentSession? {
        do {
            let value = try JSONValue(parsing: bytes)
            guard value["user"]?.stringValue == user.value,
                let text = value["session"]?.stringValue,
                let startedMs = value["started"]?.doubleValue
            else { return nil }
            return CurrentSession(user: user, session: try SessionID(text), startedMs: startedMs)
        } catch {
            // Not JSON, or no id: said by the caller, who knows the file.
            return nil
        }
    }
}

// MARK: - Files

extension CurrentSession {
    private static func exists(
        _ path: StoragePath, storage: any Storage
    ) throws(StorageError) -> Bool {
        let folders = try storage.list(.root)
        guard folders.contains(where: { $0.name == folder.name }) else { return false }
        return try storage.list(folder).contains { $0.name == path.name }
    }

    private static func read(
        _ path: StoragePath, storage: any Storage
    ) throws(StorageError) -> [UInt8] {
        let file = try storage.openForReading(path)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: maxBytes, alignment: 1)
        defer { unsafe buffer.deallocate() }
        var count = 0
        while count < maxBytes {
            let free = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[count...])
            let added = try unsafe file.read(into: free, at: count)
            if added == 0 { break }
            count += added
        }
        return unsafe Array(buffer[..<count])
    }

    private static func write(
        _ bytes: [UInt8], to path: StoragePath, storage: any Storage
    ) throws(StorageError) {
        let file = try storage.create(path)
        var rest = bytes[...]
        while !rest.isEmpty {
            let chunk = Array(rest)
            let written = unsafe chunk.withUnsafeBytes {
                buffer -> Result<Int, StorageError> in
                Result { () throws(StorageError) in try unsafe file.append(buffer) }
            }
            rest = rest.dropFirst(try written.get())
        }
        try file.sync()
    }
}
