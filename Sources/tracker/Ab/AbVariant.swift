import TrackerClient
import TrackerLoad

/// One of the things that an experiment compares.
struct AbVariant: Sendable {
    /// What it is, for people and for the log.
    let name: String
    let subject: Subject
    /// The target of its runs.
    let target: String
    /// The commit that is tested, where it is not that of the current folder.
    var commit: GitCommit?

    enum Subject: Sendable {
        /// A target that runs already.
        case url(LoadPlan)
        /// A command that starts a server.
        case server(AbServer, LoadPlan)
        /// A command that is measured.
        case program(MeasuredProgram)
    }
}

/// Why a run of a variant is none.
enum AbFailure {
    case stopped
    /// What went wrong.
    case failed(String)
}
