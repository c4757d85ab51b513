package import TrackerLog

/// A session's log, open for a program of this machine to append to.
package struct Recording: Sendable {
    package let user: UserID
    package let session: SessionID
    package let writer: SessionWriter
    /// The user's current session was joined; no session was made.
    package let joined: Bool

    /// What a new session says of itself.
    package struct Description: Sendable {
        package var name: String?
        package var host: String?
        package var commit: String?

        package init(name: String? = nil, host: String? = nil, commit: String? = nil) {
            self.name = name
            self.host = host
            self.commit = commit
        }
    }

    /// Joins the user's current session, or makes a new one.
    /// - Parameter joinCurrent: `false` always makes a new one.
    package static func open(
        storage: any Storage, user: UserID, description: Description, joinCurrent: Bool = true
    ) throws(ClientError) -> Recording {
        if joinCurrent, let current = try CurrentSession.load(user: user, storage: storage) {
            if let name = description.name {
                throw .invalid(
                    argument: "--name", value: name,
                    problem: "the current session \(current.session) has a name of its own. Leave "
                        + "--name out, add --new-session, or run `tracker session end`")
            }
            let writer = SessionWriter(storage: storage, user: user, session: current.session)
            return Recording(user: user, session: current.session, writer: writer, joined: true)
        }
        return try create(
            storage: storage, user: user, session: .generate(), description: description)
    }

    /// Makes a new session and writes its first event.
    package static func create(
        storage: any Storage, user: UserID, session: SessionID, description: Description
    ) throws(ClientError) -> Recording {
        let writer = SessionWriter(storage: storage, user: user, session: session)
        let event = SessionEvent(
            timestampMs: WallClock.nowMs(), name: description.name, user: user.value,
            host: description.host, commit: description.commit)
        do throws(LogError) {
            try writer.appendBatch([.session(event)])
        } catch {
            throw .log(reason: "\(error)")
        }
        return Recording(user: user, session: session, writer: writer, joined: false)
    }

    /// Opens the data folder, and makes it where it is missing.
    package static func openStorage(_ dataFolder: String) throws(ClientError) -> PosixStorage {
        do throws(StorageError) {
            return try PosixStorage(root: dataFolder, create: true)
        } catch {
            throw .log(reason: "\(error)")
        }
    }

    /// Queues what a person says of the session or of a run.
    package func append(_ edit: Edit) { writer.append(.edit(edit)) }

    /// Writes what is queued, and ends the writer.
    package func close() throws(ClientError) {
        do throws(LogError) {
            try writer.close()
        } catch {
            throw .log(reason: "\(error)")
        }
    }
}
