import Glibc
package import TrackerLog

/// Looks at the machine before and after a run, and says what was not quiet.
package final class QuietWatch: Sendable {
    private let files: HostFiles
    private let own: Set<Int32>
    /// Of before the run: a look at all processes takes milliseconds, which no request may wait
    /// for.
    private let first: HostReading

    /// - Parameter target: the processes that are measured. This one and they are no disturbance.
    package init(files: HostFiles = HostFiles(), target: [Int32] = []) {
        self.files = files
        own = Set(target + [getpid()])
        first = .read(files)
    }

    /// What lasts, and what already ran.
    package var before: [QuietFinding] { QuietCheck.before(first) }

    /// The conditions of a run, with the names of what was not quiet before it: runs that differ in
    /// them are compared with a warning.
    package func added(to environment: JSONValue) -> JSONValue {
        let codes = before.filter { $0.code != .load }.map(\.code.rawValue)
        guard !codes.isEmpty, case .object(let members) = environment else { return environment }
        return .object(
            members + [.init("disturbances", .string(codes.sorted().joined(separator: ",")))])
    }

    /// What happened since.
    package func finished() -> [QuietFinding] {
        QuietCheck.between(first, .read(files), own: own)
    }
}
