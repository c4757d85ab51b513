import ArgumentParser
import TrackerAnalysis
import TrackerClient
import TrackerIndexer
import TrackerLog
import TrackerUpkeep

/// A session named on the command line: `USER/SESSION`, or `SESSION` of the user in the
/// options.
struct SessionArgument: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            "USER/SESSION, as `tracker sessions` prints it.", valueName: "user/session"))
    var name: String

    /// The named session. An id may contain a slash: the existing sessions decide where it splits.
    /// - Throws: `CommandFailure` when there is no such session.
    func find(_ context: DataContext, in storage: any Storage) throws -> DataFolder.SessionKey {
        guard let key = try Self.find(name, context, in: storage) else {
            throw Self.missing(name, context)
        }
        return key
    }

    /// - Returns: `nil` when there is no such session.
    static func find(
        _ name: String, _ context: DataContext, in storage: any Storage
    ) throws -> DataFolder.SessionKey? {
        try DataFolder.session(named: name, of: context.user, in: storage)
    }

    /// The named sessions; all sessions when no name is given.
    static func find(
        _ names: [String], _ context: DataContext, in storage: any Storage
    ) throws -> [DataFolder.SessionKey] {
        guard !names.isEmpty else { return try DataFolder.sessions(in: storage).sessions }
        return try names.map { name in
            guard let key = try find(name, context, in: storage) else {
                throw missing(name, context)
            }
            return key
        }
    }

    /// The failure of a command whose runs could not be selected.
    static func failure(_ error: RunSelectionError, _ context: DataContext) -> CommandFailure {
        if case .noSession(let name) = error { return missing(name, context) }
        return CommandFailure(printable("\(error)"))
    }

    static func missing(_ name: String, _ context: DataContext) -> CommandFailure {
        CommandFailure(
            "there is no session \(printable(name)) in \(context.folder):"
                + " `tracker sessions` lists the sessions")
    }
}

extension DataContext {
    /// Opens the folder for reading. A missing folder is an error and is not created, and so is one
    /// with other content: that nothing is recorded there answers another question.
    func openForReading() throws -> PosixStorage {
        let storage = try openAny()
        // try? is right here: a folder that cannot be listed is an error of the command.
        guard (try? DataFolder.isPlausible(storage)) ?? true else {
            throw CommandFailure(
                "\(printable(folder)) is no data folder, it has neither log nor tracker.json:"
                    + " name the data folder with --data")
        }
        return storage
    }

    /// Opens an existing folder, whatever is in it.
    func openAny() throws -> PosixStorage {
        do throws(StorageError) {
            return try PosixStorage(root: folder, create: false)
        } catch {
            throw CommandFailure("\(error): name the data folder with --data")
        }
    }

    /// Opens the folder for writing. Creates a missing folder, refuses a newer format.
    func openForWriting() throws -> PosixStorage {
        do throws(ClientError) {
            return try Recording.openStorage(folder)
        } catch {
            throw CommandFailure("\(error)")
        }
    }

    /// Opens an existing folder to write files that need no `tracker.json`: those derived from the
    /// log, and temporary ones. Refuses a newer format.
    func openForDerived(_ storage: PosixStorage? = nil) throws -> PosixStorage {
        let storage = try storage ?? openForReading()
        do throws(DataFolderError) {
            try DataFolder.check(storage)
        } catch {
            throw CommandFailure("\(ClientError.dataFolder(path: folder, error))")
        }
        return storage
    }
}

extension DataContext {
    /// Opens an existing folder to move and rewrite its files. A missing folder is an error.
    func openForTidying() throws -> PosixStorage {
        _ = try openForReading()
        return try openForWriting()
    }
}

/// Runs `body`; an `UpkeepError` becomes a failure of the command.
func withTidyFailures<Value>(_ body: () throws(UpkeepError) -> Value) throws -> Value {
    do throws(UpkeepError) {
        return try body()
    } catch {
        throw CommandFailure("\(error)")
    }
}

/// Exit status of a command that failed although its events may be recorded.
let unknownOutcome: Int32 = 3

/// Runs the body of a command. An error of the kinds below becomes one line on standard error and
/// exit status 2, or `unknownOutcome`.
func withFailures(_ body: () throws -> Void) throws {
    do {
        try body()
    } catch let error as CommandFailure {
        printError("error: \(error)")
        throw ExitCode(2)
    } catch let error as StorageError {
        printError("error: \(error)")
        throw ExitCode(2)
    } catch let error as StateFileError {
        printError("error: \(printable("\(error)"))")
        throw ExitCode(2)
    } catch let error as LogError {
        printError("error: \(error)")
        throw ExitCode(error.mayBeRecorded ? unknownOutcome : 2)
    } catch let error as ClientError {
        printError("error: \(printable("\(error)"))")
        var isUnknown = false
        if case .log(let error) = error { isUnknown = error.mayBeRecorded }
        throw ExitCode(isUnknown ? unknownOutcome : 2)
    } catch let error as SelfTestError {
        printError("error: \(error)")
        throw ExitCode(2)
    }
}

/// Runs `body`; a `TargetError` becomes a failure of the command.
func withTarget<Value>(_ body: () throws(TargetError) -> Value) throws -> Value {
    do throws(TargetError) {
        return try body()
    } catch {
        throw CommandFailure(printable("\(error)"))
    }
}
