import TrackerLog

/// Why an edit cannot be made.
package enum EditRefusal: Error, Sendable, Hashable, CustomStringConvertible {
    case empty
    case tooLong(bytes: Int, limit: Int)
    case noRun(String)
    /// The edit is of a run, and none is named.
    case runNeeded
    /// The edit is of the session as a whole.
    case ofSession
    case noTag(String, has: [String])
    case archived, notArchived
    case leftOut(reason: String)
    case notLeftOut
    case nothingToPin
    case pinnedLeftOut(RunSummary.LeftOut)
    case noEdit(String)
    /// The id, and that of the edit that took it back.
    case takenBack(String, by: String?)
    /// A profile comes with its file, which a form does not send.
    case noProfile

    package var description: String {
        switch self {
        case .empty: "the text is empty"
        case .tooLong(let bytes, let limit):
            "the text has \(bytes) bytes, and \(limit) are the most: shorten it"
        case .noRun(let run): "the session has no run \(run)"
        case .runNeeded: "name the run"
        case .ofSession: "this is of a session, not of a run"
        case .noTag(let tag, let tags):
            "the session has no tag \(tag): "
                + (tags.isEmpty ? "it has none" : "its tags are \(tags.joined(separator: ", "))")
        case .archived: "the session is archived already"
        case .notArchived: "the session is not archived"
        case .leftOut(let reason): "the run is left out already, because: \(reason)"
        case .notLeftOut: "the run is not left out"
        case .nothingToPin: "there is no finished run with a target"
        case .pinnedLeftOut(let why): "the run is \(why.text): pin another, or take it in again"
        case .noEdit(let id): "the session has no edit with the id \(id)"
        case .noProfile: "a profile is attached by `tracker attach FILE USER/SESSION`"
        case .takenBack(let id, let by):
            "\(id) is taken back already" + (by.map { ": to have it again, take back \($0)" } ?? "")
        }
    }
}
