import ArgumentParser
import Glibc
import TrackerClient
import TrackerLoad
import TrackerLog
import TrackerPages
import TrackerWeb

/// The data folder and the user: options of every command that reads or writes the log.
struct DataOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The data folder (default: TRACKER_DATA, or ./data).", valueName: "folder"))
    var data: String?

    @Option(
        help: ArgumentHelp(
            "The user id (default: LOCAL_TRACKER_USER_ID, or anonymous).", valueName: "id"))
    var user: String?

    /// Combines the options, the environment and `.env`. The options take precedence.
    func resolve() throws -> DataContext {
        if let data { Console.current.hints.use(folder: data) }
        let settings = try Settings.current()
        if !settings.skippedLines.isEmpty {
            let lines = settings.skippedLines.map(String.init).joined(separator: ", ")
            printError("warning: .env: skipped lines that are not KEY=VALUE: \(lines)")
        }
        let name = user ?? settings.user
        do throws(IdentifierError) {
            return DataContext(
                settings: settings, folder: data ?? settings.dataFolder, user: try UserID(name),
                isFolderGiven: data != nil)
        } catch {
            throw ValidationError("--user \"\(name)\": \(error)")
        }
    }
}

/// A data folder and its user.
struct DataContext {
    let settings: Settings
    let folder: String
    let user: UserID
    /// Whether the folder was named with `--data`.
    let isFolderGiven: Bool

    /// A command line to copy: it works on this folder.
    func command(_ words: [String]) -> String {
        let folder = isFolderGiven ? ["--data", folder] : []
        return (["tracker"] + words + folder).map(ShellQuoting.quoted).joined(separator: " ")
    }

    /// The user's current session. Does not create the folder.
    func currentSession() throws -> CurrentSession? {
        guard unsafe access(folder, F_OK) == 0 else { return nil }
        return try CurrentSession.load(user: user, storage: try openAny())
    }

    /// Where a recorded session is: the folder, and the page that `tracker serve` shows.
    func outcome(of session: SessionID) -> String {
        let port = settings.localServerPort ?? WebLimits.defaultPort
        let option = port == WebLimits.defaultPort ? "" : " --port \(port)"
        let path = sessionPath(user: user, session: session)
        return "Written to \(printable(wholePath()))\n"
            + "Shown by `tracker serve\(option)` at http://localhost:\(port)\(path)"
    }

    /// The folder, as it is found from anywhere.
    func wholePath() -> String {
        guard !folder.hasPrefix("/"), let here = currentFolder() else { return folder }
        let parts = folder.split(separator: "/").filter { $0 != "." }
        return (here == "/" ? [""] : [here]).joined() + parts.map { "/" + $0 }.joined()
    }
}

extension Settings {
    /// The port of the server on this machine that programs report to; `nil`: none is set.
    fileprivate var localServerPort: Int? {
        // try? is right here: a URL that cannot be read says nothing about the port.
        guard let text = self["TRACKING_SERVICE_URL"], let url = try? TargetURL(parsing: text),
            url.origin.isLoopback
        else { return nil }
        return url.origin.port
    }
}

/// A new session's name and its target's, as `--name` and `--target-name` give them.
/// - Throws: `ValidationError` for one that is too long.
func checkNames(name: String?, targetName: String? = nil) throws {
    for (option, text) in [("--name", name), ("--target-name", targetName)] {
        guard (text ?? "").utf8.count <= LoadLimits.maxSessionNameBytes else {
            throw ValidationError(
                "\(option): longer than \(LoadLimits.maxSessionNameBytes) bytes")
        }
    }
}

/// The current folder of the process; `nil` if it is gone.
func currentFolder() -> String? {
    guard let path = unsafe getcwd(nil, 0) else { return nil }
    defer { unsafe free(path) }
    return unsafe String(cString: path)
}

/// Runs `body`; an invalid argument becomes a usage error (exit status 64), as in the parser.
func withUsageErrors<Value>(_ body: () throws -> Value) throws -> Value {
    do {
        return try body()
    } catch let error as LoadError {
        guard case .invalid = error else { throw error }
        throw ValidationError(error.description)
    } catch let error as ClientError {
        guard case .invalid = error else { throw error }
        throw ValidationError(error.description)
    }
}
