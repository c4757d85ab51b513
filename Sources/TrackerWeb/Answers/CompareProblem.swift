import HTTPTypes
import TrackerAnalysis

/// What the query of a comparison or trend lacks.
enum CompareProblem: Error, CustomStringConvertible {
    /// A or B is not named.
    case incomplete
    /// A trend is of a target.
    case noTarget

    var description: String {
        switch self {
        case .noTarget: "name the target: ?target=TARGET"
        case .incomplete: "name two groups: ?a=USER/SESSION&b=USER/SESSION"
        }
    }

    /// What a question asks for and cannot have; `nil` for a failure of the server.
    static func of(_ error: any Error) -> (status: HTTPResponse.Status, words: String)? {
        switch error {
        case RunSelectionError.noSession(let name):
            (.notFound, "There is no session \(name).")
        case RunSelectionError.storage, RunSelectionError.target(.storage),
            TargetError.storage:
            nil
        case let error as TargetError: (.notFound, "\(error)")
        case let error as RunSelectionError: (.notFound, "\(error)")
        case let error as ComparisonError: (.unprocessableContent, "\(error)")
        case let error as CompareProblem: (.badRequest, "\(error)")
        default: nil
        }
    }
}
