package import TrackerIndexer
package import TrackerLog

/// Why a gate is not green although no limit is exceeded: what was asked was not measured.
package enum GateDoubt: Sendable, Hashable, CustomStringConvertible {
    /// The newest run of the target is none that is judged: it failed, was stopped, or has no end.
    case newestRun(name: String, state: RunSummary.State, started: Timestamp?)
    /// Runs of a commit that was named, made from a tree with uncommitted changes.
    case uncommittedChanges([String])
    /// Conditions that the new runs do not share with the reference, by their names.
    case unlike([String])
    /// Other URLs, weights, methods, headers or bodies than in the reference.
    case unlikeRequests
    /// The newest of the new runs has a time that no clock should say.
    case noTime(name: String, started: Timestamp)
    /// The newest of the new runs is older than what was allowed.
    case tooOld(started: Timestamp?, allowedMs: Double)

    package var description: String {
        switch self {
        case .newestRun(let name, let state, let started):
            let when = started.map { " (\($0))" } ?? ""
            let what =
                switch state {
                case .failed: "failed"
                case .stopped: "was stopped"
                case .running: "has not ended yet"
                case .unfinished: "has no end"
                case .beyondLimit:
                    "is beyond the limit of \(IndexLimits.maxRunsPerSession) runs of a session"
                case .finished, .unannounced: "is not judged"
                }
            return "the newest run of the target, \(name)\(when), \(what): older ones are judged"
        case .uncommittedChanges(let names):
            return "from a tree with uncommitted changes, so not of the commit: "
                + names.joined(separator: ", ")
        case .unlike(let names):
            return "A and B were measured under other conditions: "
                + names.joined(separator: ", ")
        case .unlikeRequests:
            return "A and B did not send the same requests: see request_mix under what differs"
        case .noTime(let name, let started):
            return "the run that is judged as the newest, \(name), says that it was started"
                + " \(started): no clock should say so, and which run is the newest is not known."
                + " `tracker left-out` leaves it out"
        case .tooOld(let started, let allowedMs):
            let when = started.map { "\($0)" } ?? "at an unknown time"
            let allowed = NumberFormat.plain.latency(ms: allowedMs)
            return "the newest run that is judged was started \(when),"
                + " more than \(allowed) ago (--max-age)"
        }
    }

    /// A word for programs.
    package var kind: String {
        switch self {
        case .newestRun: "newest_run"
        case .uncommittedChanges: "uncommitted_changes"
        case .unlike: "unlike_conditions"
        case .unlikeRequests: "unlike_requests"
        case .noTime: "no_time"
        case .tooOld: "too_old"
        }
    }
}

extension GateDoubt {
    var json: JSONValue {
        .object([.init("kind", .string(kind)), .init("text", .string(description))])
    }
}
