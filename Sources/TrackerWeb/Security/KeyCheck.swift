import HTTPTypes
import HummingbirdCore

/// The key of a request that appends events.
enum KeyCheck {
    /// - Returns: what is wrong with the key; `nil` if it is right, or none is needed.
    static func problem(_ request: RouteRequest, _ key: ServerKey?) -> KeyProblem? {
        key?.problem(GivenKey(request.request.headers), from: request.peer)
    }
}
