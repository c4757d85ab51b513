import Synchronization
public import TrackerLog

/// A session's log, open for a program of this machine to append to. Safe to use from any thread.
///
///     let recording = try Recording.open()
///     try recording.run(test: "warm cache", target: "http://localhost:3000/") { run in
///         run.sample("http.latency_ms", 12.5, unit: "ms", labels: ["route": "/"])
///     }
///     try recording.close()
///
/// Samples are queued and written in the background, about every 100 events or each second. A
/// program that is killed loses at most the last second; one that ends without ``close()`` as well.
public final class Recording: Recorder {
    /// Whose session it is.
    public let user: UserID
    /// Shown as `USER/SESSION` by `tracker sessions`.
    public let session: SessionID
    /// A session that was there already is continued; no session was made.
    public let joined: Bool
    /// The log underneath, for what has no call here: batches that are on the disk when the call
    /// returns, or a prepared `Series`. It takes nothing any more when the recording is gone.
    public let writer: SessionWriter
    /// What is tested by the runs of this recording.
    let commit: String?
    let git: GitCommit?
    private let isClosed = Atomic<Bool>(false)

    private init(_ writer: SessionWriter, joined: Bool, commit: String?, git: GitCommit?) {
        user = writer.user
        session = writer.session
        self.writer = writer
        self.joined = joined
        self.commit = commit
        self.git = git
    }

    /// Closes what the program has not closed; nobody hears then what the disk says.
    deinit { do throws(ClientError) { try close() } catch {} }

    /// Opens a session of the user for writing: the current one (`tracker session start`), or a
    /// new one. May take two seconds where `git` is slow to name the commit.
    ///
    /// What is not given comes from the environment, else from `.env` in the current directory:
    /// `TRACKER_DATA` (default `./data`) and `LOCAL_TRACKER_USER_ID` (then `INFLUENCER_USER`, then
    /// `anonymous`).
    ///
    /// - Parameters:
    ///   - name: of a new session. A session that is joined keeps its own.
    ///   - session: continues this session, or makes it, instead.
    ///   - user: whose data it is.
    ///   - dataFolder: made where it is missing.
    ///   - commit: what is tested; `nil` asks `git` about the current directory.
    ///   - configuration: how durable events are, and what a full queue does.
    /// - Throws: ``ClientError``. A folder of a newer format is refused, and nothing is written.
    public static func open(
        name: String? = nil, session: String? = nil, user: String? = nil,
        dataFolder: String? = nil, commit: String? = nil,
        configuration: SessionWriter.Configuration = SessionWriter.Configuration()
    ) throws(ClientError) -> Recording {
        let settings = try Settings.current()
        let user = try identifier(user ?? settings.user, "user", UserID.init(_:))
        var sessionID: SessionID?
        if let session { sessionID = try identifier(session, "session", SessionID.init(_:)) }
        let storage = try openStorage(dataFolder ?? settings.dataFolder)
        let git = GitCommit.current()
        let description = Description(
            name: name, host: HostEnvironment.capture().host, commit: commit ?? git?.hash, git: git)
        if let sessionID {
            let writer = SessionWriter(
                storage: storage, user: user, session: sessionID, configuration: configuration)
            return Recording(writer, joined: true, commit: description.commit, git: git)
        }
        return try open(
            storage: storage, user: user, description: description, configuration: configuration)
    }

    private static func identifier<ID>(
        _ text: String, _ argument: String, _ make: (String) throws(IdentifierError) -> ID
    ) throws(ClientError) -> ID {
        do throws(IdentifierError) {
            return try make(text)
        } catch {
            throw .invalid(argument: argument, value: text, problem: "\(error)")
        }
    }

    @discardableResult
    public func record(_ sample: Sample) -> Bool { writer.append(sample) }

    /// Queues what a metric of this session is, for example
    /// `describe("jobs", unit: "jobs/s", better: .higher)`. It comes before what name and unit of
    /// the metric suggest.
    ///
    /// - Parameters:
    ///   - unit: of the samples that have none.
    ///   - kind: what it measures.
    ///   - better: which way is better. Comparisons and gates go by it.
    /// - Returns: `false` when it says nothing, or was dropped and counted.
    @discardableResult
    public func describe(
        _ metric: String, unit: String? = nil, kind: MetricDeclaration.Kind? = nil,
        better: MetricDeclaration.Better? = nil
    ) -> Bool {
        let declaration = MetricDeclaration(
            metric: metric, unit: unit, kind: kind, better: better)
        return writer.append(.session(SessionEvent(timestamp: .now, metrics: [declaration])))
    }

    /// Queues a remark on the session, which its page shows.
    @discardableResult
    public func note(_ text: String) -> Bool {
        writer.append(.edit(Edit(timestamp: .now, kind: .note, text: text)))
    }

    /// How many events were taken and how many dropped, and what was written, by this process.
    public var statistics: SessionWriter.Statistics { writer.statistics }

    /// Writes what is queued, and syncs it unless the level is `written`.
    ///
    /// - Throws: when the disk does not take it, or gives no answer for
    ///   `LogLimits/maxAnswerMilliseconds`. It stays queued, and is tried again.
    public func flush() throws(ClientError) {
        do throws(LogError) { try writer.flush() } catch { throw .log(error) }
    }

    /// Writes what is queued, and ends the recording: later events are dropped and counted. A
    /// second call does nothing.
    ///
    /// - Throws: when the disk does not take what is queued, as ``flush()`` does.
    public func close() throws(ClientError) {
        guard !isClosed.exchange(true, ordering: .relaxed) else { return }
        do throws(LogError) { try writer.close() } catch { throw .log(error) }
    }
}

// MARK: - For the commands

extension Recording {
    /// What a new session says of itself.
    package struct Description: Sendable {
        package var name: String?
        package var host: String?
        package var commit: String?
        package var git: GitCommit?

        package init(
            name: String? = nil, host: String? = nil, commit: String? = nil, git: GitCommit? = nil
        ) {
            self.name = name
            self.host = host
            self.commit = commit
            self.git = git
        }
    }

    /// Joins the user's current session, or makes a new one.
    /// - Parameter joinCurrent: `false` always makes a new one.
    package static func open(
        storage: any Storage, user: UserID, description: Description, joinCurrent: Bool = true,
        configuration: SessionWriter.Configuration = SessionWriter.Configuration()
    ) throws(ClientError) -> Recording {
        if joinCurrent, let current = try CurrentSession.load(user: user, storage: storage) {
            if let name = description.name {
                throw .invalid(
                    argument: "name", value: name,
                    problem: "the current session \(current.session) has a name of its own. Leave "
                        + "the name out, ask for a new session, or run `tracker session end`")
            }
            let writer = SessionWriter(
                storage: storage, user: user, session: current.session,
                configuration: configuration)
            return Recording(
                writer, joined: true, commit: description.commit, git: description.git)
        }
        return try create(
            storage: storage, user: user, session: .generate(), description: description,
            configuration: configuration)
    }

    /// Makes a new session and writes its first event.
    package static func create(
        storage: any Storage, user: UserID, session: SessionID, description: Description,
        configuration: SessionWriter.Configuration = SessionWriter.Configuration()
    ) throws(ClientError) -> Recording {
        let writer = SessionWriter(
            storage: storage, user: user, session: session, configuration: configuration)
        let event = SessionEvent(
            timestamp: .now, name: description.name, user: user.value,
            host: description.host, commit: description.commit)
        do throws(LogError) {
            try writer.appendBatch([.session(event)])
        } catch {
            throw .log(error)
        }
        return Recording(writer, joined: false, commit: description.commit, git: description.git)
    }

    /// Opens the data folder for writing, and makes it where it is missing.
    /// - Throws: when it has a format that this program does not know; nothing is written then.
    package static func openStorage(_ dataFolder: String) throws(ClientError) -> PosixStorage {
        let storage: PosixStorage
        do throws(StorageError) {
            storage = try PosixStorage(root: dataFolder, create: true)
        } catch {
            throw .dataFolder(path: dataFolder, .storage(error))
        }
        do throws(DataFolderError) {
            try DataFolder.prepare(storage)
        } catch {
            throw .dataFolder(path: dataFolder, error)
        }
        return storage
    }

    /// Queues what a person says of the session or of a run.
    package func append(_ edit: Edit) { writer.append(.edit(edit)) }
}
