import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging

/// One path pattern of the server, with its methods, guards and handler.
struct Route: Sendable {
    /// What a request can change; decides methods and guards.
    enum Kind: Sendable, CaseIterable {
        /// Changes nothing. GET and HEAD.
        case read
        /// Appends events sent by a program. POST, from the same origin or without a browser, with
        /// the API key if one is configured.
        case intake
        /// Appends edits made in the browser. POST, same origin.
        case edit
        /// Gives a reader the cookie for the key. POST, same origin. Changes nothing.
        case login
    }

    /// Whether pages of other sites may send requests here.
    enum Reach: Sendable {
        /// Other sites may link here.
        case linkable
        /// Only the tracker's own pages, and programs.
        case ownOnly
    }

    /// For example `/sessions/{user}/{session}`: literal segments, and parameters of one segment.
    let pattern: String
    let kind: Kind
    let reach: Reach
    /// Whether a private server answers those who have not given the key.
    var isOpen = false
    /// What programs are told of it; `nil`: it is no part of their interface.
    var operation: APIOperation?
    /// Whether its operation is described here: that of an old path is below its new one.
    var isDescribed = true
    let handle: @Sendable (RouteRequest) async throws -> Response

    var methods: [HTTPRequest.Method] {
        switch kind {
        case .read: [.get, .head]
        case .intake, .edit, .login: [.post]
        }
    }

    /// The parameters of the pattern, in order.
    var parameterNames: [String] {
        pattern.split(separator: "/").filter { $0.hasPrefix("{") }.map {
            String($0.dropFirst().dropLast())
        }
    }

    /// The same below `/api/v1`, where it is not there already. The old path stays, and the new one
    /// is described.
    var versioned: [Route] {
        let old = "/api/"
        guard pattern.hasPrefix(old), !pattern.hasPrefix("/api/v1/") else { return [self] }
        var unnamed = self
        unnamed.isDescribed = false
        let path = "/api/v1/" + pattern.dropFirst(old.count)
        return [
            unnamed,
            Route(
                pattern: path, kind: kind, reach: reach, isOpen: isOpen, operation: operation,
                handle: handle),
        ]
    }

    /// What its query may have; `nil` for a page, whose address may come from anywhere, for what
    /// is sent, which no stray word loses, and for what monitors ask, which add their own.
    var knownParameters: [String]? {
        guard kind == .read, pattern.hasPrefix("/api/") else { return nil }
        return operation?.query.map(\.name) ?? []
    }

    /// The value of the `Allow` header.
    var allow: String { methods.map(\.rawValue).joined(separator: ", ") }

    /// - Returns: the parameters in order, or `nil` when the path does not match.
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

/// The input of a route's handler, after all guards have passed.
struct RouteRequest: Sendable {
    let request: Request
    let path: RequestPath
    /// The pattern's parameters in order, decoded.
    let parameters: [String]
    /// Whether they may read everything: always, where the server is not private.
    let isReader: Bool
    let peer: PeerAddress
    let logger: Logger
}
