import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging

/// One address of the server and what may be done with it.
struct Route: Sendable {
    /// What a request to it can change; decides methods and guards.
    enum Kind: Sendable, CaseIterable {
        /// Changes nothing. GET and HEAD.
        case read
        /// Appends events that a program sends. POST, same origin or no browser, the key if there
        /// is one.
        case intake
        /// Appends what a person changed in the browser. POST, same origin.
        case edit
    }

    /// Who may send a request here from another site's page.
    enum Reach: Sendable {
        /// A link on another site may lead here.
        case linkable
        /// Only our own pages and programs.
        case ownOnly
    }

    /// For example `/sessions/{user}/{session}`: exact words, and parameters of one segment each.
    let pattern: String
    let kind: Kind
    let reach: Reach
    let handle: @Sendable (RouteRequest) async throws -> Response

    var methods: [HTTPRequest.Method] {
        switch kind {
        case .read: [.get, .head]
        case .intake, .edit: [.post]
        }
    }

    /// For the header `Allow`.
    var allow: String { methods.map(\.rawValue).joined(separator: ", ") }

    /// - Returns: the parameters in order, or `nil` when the path is another one.
    func match(_ segments: [String]) -> [String]? {
        let pieces = pattern.split(separator: "/")
        guard pieces.count == segments.count else { return nil }
        var parameters: [String] = []
        for (piece, segment) in zip(pieces, segments) {
            if piece.hasPrefix("{") {
                parameters.append(segment)
            } else if piece != segment {
                return nil
            }
        }
        return parameters
    }
}

/// What a route's handler is given: everything before it has been checked.
struct RouteRequest: Sendable {
    let request: Request
    let path: RequestPath
    /// The pattern's parameters in order, decoded.
    let parameters: [String]
    let logger: Logger
}
