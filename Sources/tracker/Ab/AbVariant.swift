import TrackerClient
import TrackerIndexer
import TrackerLoad
import TrackerLog

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

        /// What is recorded of a load.
        var params: JSONValue? {
            switch self {
            case .url(let plan), .server(_, let plan): plan.params
            case .program: nil
            }
        }
    }

    /// What an earlier run of it did otherwise, for people: a branch may have moved on, and another
    /// load has other numbers.
    func difference(from run: RunSummary) -> String? {
        if let commit, let was = run.commit, !was.isExactly(commit.hash) { return "commit \(was)" }
        guard let params = subject.params else { return nil }
        for member in run.params.objectValue ?? [] where Self.ofLoad.contains(member.key) {
            let now = params[member.key]
            let isAlike =
                member.value.doubleValue.map { $0 == now?.doubleValue }
                ?? (now?.text.isExactly(member.value.text) ?? false)
            if !isAlike { return "\(member.key) \(member.value.text)" }
        }
        return nil
    }

    private static let ofLoad = LikeConditions.names.union(["duration_s", "requests"])
}

/// Why a run of a variant is none.
enum AbFailure {
    case stopped
    /// What went wrong.
    case failed(String)
}
