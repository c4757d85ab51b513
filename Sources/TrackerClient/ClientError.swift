public import TrackerLog

/// Why a recording could not be opened, flushed or closed. Says what happened, where, and what to
/// do. Recording a sample never throws: see ``Recording/statistics``.
public enum ClientError: Error, Sendable, Hashable, CustomStringConvertible {
    /// An argument, or the setting that stands for it, cannot be used.
    case invalid(argument: String, value: String, problem: String)
    /// A file with settings could not be read.
    case file(path: String, reason: String)
    /// The data folder cannot be made or opened, or has a format that this library does not know.
    /// Nothing was written.
    case dataFolder(path: String, DataFolderError)
    /// The session's log could not be written.
    case log(LogError)

    public var description: String {
        switch self {
        case .invalid(let argument, let value, let problem):
            "\(argument) \"\(value)\": \(problem)"
        case .file(let path, let reason): "cannot read \(path): \(reason)"
        case .dataFolder(let path, let error): "the data folder \(path) cannot be used: \(error)"
        case .log(let error): "cannot write the session's log: \(error)"
        }
    }
}
