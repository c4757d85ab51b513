import ArgumentParser
import TrackerAnalysis
import TrackerClient
import TrackerIndexer
import TrackerLog
import TrackerUpkeep

/// A session as it is named on the command line: `USER/SESSION`, or `SESSION` of the user of the
/// options.
struct SessionArgument: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            "USER/SESSION, as `tracker sessions` prints it.", valueName: "user/session"))
    var name: String

    /// - Throws: when there is no such session. An id may hold a slash: what exists decides where
    ///   it splits.
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

    /// The named sessions; all of them where none is named.
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

    /// What a command says when runs could not be chosen.
    static func failure(_ error: RunSelectionError, _ context: DataContext) -> CommandFailure {
        if case .noSession(let name) = error { return missing(name, context) }
        return CommandFailure(printable("\(error)"))
    }

    static func missing(_ name: String, _ context: DataContext) -> CommandFailure {
        CommandFailure(
            "there is no session \(printable(name)) in \(context.folder):"
                + " `tracker sessions` lists what there is")
    }
}

extension DataContext {
    /// The folder for reading: one that is not there is an error, and is not made.
    func openForReading() throws -> PosixStorage {
        do throws(StorageError) {
            return try PosixStorage(root: folder, create: false)
        } catch {
            throw CommandFailure("\(error): name the data folder with --data")
        }
    }

    /// The folder for writing: made where it is missing, refused where its format is newer.
    func openForWriting() throws -> PosixStorage {
        do throws(ClientError) {
            return try Recording.openStorage(folder)
        } catch {
            throw CommandFailure("\(error)")
        }
    }

    /// A folder that is there, for writing into it what no `tracker.json` is needed for: what is
    /// computed from the log, or only tried.
    func openForDerived() throws -> PosixStorage {
        let storage = try openForReading()
        do throws(DataFolderError) {
            try DataFolder.check(storage)
        } catch {
            throw CommandFailure("\(ClientError.dataFolder(path: folder, error))")
        }
        return storage
    }
}

extension DataContext {
    /// A folder that is there, for moving and rewriting what is in it.
    func openForTidying() throws -> PosixStorage {
        _ = try openForReading()
        return try openForWriting()
    }
}

/// Runs a part of a command that tidies the log.
func withTidyFailures<Value>(_ body: () throws(UpkeepError) -> Value) throws -> Value {
    do throws(UpkeepError) {
        return try body()
    } catch {
        throw CommandFailure("\(error)")
    }
}

/// Runs the body of a command; what went wrong is one line on standard error, and the exit status
/// 2.
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
        throw ExitCode(2)
    } catch let error as SelfTestError {
        printError("error: \(error)")
        throw ExitCode(2)
    }
}

/// What a target cannot give is a failure of the command.
func withTarget<Value>(_ body: () throws(TargetError) -> Value) throws -> Value {
    do throws(TargetError) {
        return try body()
    } catch {
        throw CommandFailure(printable("\(error)"))
    }
}
