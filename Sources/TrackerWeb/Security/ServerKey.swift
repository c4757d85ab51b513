import HTTPTypes

/// The key of the server, with the bound of wrong ones.
struct ServerKey: Sendable {
    let key: APIKey
    let tries = KeyTries()

    /// Whether it is the right key, and may be looked at without asking who sends it.
    func matchesFast(_ text: String) -> Bool { tries.isOpen && key.matches(text) }

    /// - Returns: `nil` for the right key.
    func problem(_ given: GivenKey, from peer: PeerAddress) -> KeyProblem? {
        guard given != .none else { return .missing }
        guard tries.mayTry(peer.peer) else { return .tooMany }
        if case .one(let text) = given, key.matches(text) { return nil }
        tries.failed(peer.peer)
        return .wrong
    }
}

/// What is wrong with the key of a request.
enum KeyProblem: Sendable, Equatable {
    case missing
    case wrong
    /// So many were wrong that this one was not looked at.
    case tooMany

    var status: HTTPResponse.Status {
        switch self {
        case .missing: .unauthorized
        case .wrong: .forbidden
        case .tooMany: .tooManyRequests
        }
    }

    var message: String {
        switch self {
        case .missing: "API key is missing."
        case .wrong: "Invalid API key."
        case .tooMany:
            "Too many wrong keys were sent by this account or address, so this one was not looked"
                + " at. Try again in a minute."
        }
    }
}
