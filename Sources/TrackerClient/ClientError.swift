/// Why a session could not be opened or written, or a setting read. Says what happened, where, and
/// what to do.
package enum ClientError: Error, Sendable, Hashable, CustomStringConvertible {
    /// An argument that cannot be used.
    case invalid(argument: String, value: String, problem: String)
    /// A file that could not be read.
    case file(path: String, reason: String)
    /// The session's log could not be opened or written.
    case log(reason: String)

    package var description: String {
        switch self {
        case .invalid(let argument, let value, let problem):
            "\(argument) \"\(value)\": \(problem)"
        case .file(let path, let reason): "cannot read \(path): \(reason)"
        case .log(let reason): "cannot write the session's log: \(reason)"
        }
    }
}
