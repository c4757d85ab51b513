import HTTPTypes
import TrackerLog

/// Why a request may not write for a user.
enum ClaimRefusal: Sendable, Equatable {
    case missing
    case wrong
    /// Too many keys wait to be checked.
    case busy
    /// The claims cannot be read, or take no more; the server's log has the reason.
    case unreadable

    var status: HTTPResponse.Status {
        switch self {
        case .missing: .unauthorized
        case .wrong: .forbidden
        case .busy, .unreadable: .serviceUnavailable
        }
    }

    /// Does not repeat what was sent.
    var message: String {
        switch self {
        case .missing:
            "This user is claimed by a key: send it as \(GivenKey.header), or choose another user."
        case .wrong:
            "Invalid API key: this user is claimed by another one. Choose another user, or release"
                + " this one with tracker user release where the server runs."
        case .busy: "Too many keys are being checked. Send the same again."
        case .unreadable:
            "It cannot be told whom this user belongs to: nothing was recorded. The server's log"
                + " has the reason."
        }
    }
}
