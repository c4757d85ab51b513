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
    package var started: Timestamp

    package init(user: UserID, session: SessionID, started: Timestamp) {
        self.user = user
        self.session = session
        // The file keeps whole milliseconds.
        self.started = Timestamp(clamping: started.milliseconds.rounded())
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
            bytes = try storage.readAll(path, limit: maxBytes)
        } catch {
            if error.code == ErrorCode.notFound { return nil }
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
            .init("started", .time(started)),
        ]).write(to: &line)
        line.append(UInt8(ascii: "\n"))
        do throws(StorageError) {
            // Two commands may start a session at the same time.
            let mark = ".\(String(UInt64.random(in: .min ... .max), radix: 16))"
            try storage.replace(Self.path(of: user), with: line, mark: mark)
        } catch {
            throw .log(.storage(error))
        }
    }

    /// Ends the user's current session. One that has none is no error.
    package static func remove(user: UserID, storage: any Storage) throws(ClientError) {
        do throws(StorageError) {
            try storage.remove(path(of: user))
            try storage.syncDirectory(folder)
        } catch {
            if error.code == ErrorCode.notFound { return }
            throw .log(.storage(error))
        }
    }

    package var json: JSONValue {
        .object([
            .init("session", .string(session.value)), .init("user", .string(user.value)),
            .init("started", .time(started)),
        ])
    }

    private static func path(of user: UserID) -> StoragePath {
        folder.appending(user.directoryName + ".json")
    }

    private static func parse(_ bytes: [UInt8], user: UserID) -> CurrentSession? {
        do {
            let value = try JSONValue(parsing: bytes)
            guard user.value.isExactly(value["user"]?.stringValue),
                let text = value["session"]?.stringValue,
                let started = value["started"]?.doubleValue.flatMap(Timestamp.init(milliseconds:))
            else { return nil }
            return CurrentSession(user: user, session: try SessionID(text), started: started)
        } catch {
            // Not JSON, or no id: said by the caller, who knows the file.
            return nil
        }
    }
}
