import HTTPTypes
import Hummingbird
import HummingbirdCore
import TrackerPages

/// What a client is told when there is no answer for it. Nothing of what it sent is repeated.
enum ErrorReply {
    static func notFound(_ request: Request) -> Response {
        make(
            request, .notFound, title: "There is no such page",
            advice: "The address may be mistyped, or the session may have been removed.")
    }

    static func method(_ request: Request, allow: [String]) -> Response {
        var response = make(
            request, .methodNotAllowed, title: "This method is not allowed here",
            advice: "The header Allow says which are.")
        response.headers[.allow] = allow.joined(separator: ", ")
        return response
    }

    static func crossOrigin(_ request: Request) -> Response {
        make(
            request, .forbidden, title: "Requests from other sites are refused",
            advice: "Only the tracker's own pages and programs on this machine may do this.")
    }

    static func unwantedBody(_ request: Request) -> Response {
        make(
            request, .contentTooLarge, title: "No body is expected here",
            advice: "Send the request without one."
        ).closing()
    }

    static func failed(_ request: Request) -> Response {
        make(
            request, .internalServerError, title: "This did not work",
            advice: "The reason is in the server's log. Nothing was changed.")
    }

    static func streamsFull(_ request: Request) -> Response {
        var response = make(
            request, .serviceUnavailable, title: "Too many pages are listening",
            advice: "At most \(WebLimits.maxLiveStreams) pages can follow live. Close some tabs.")
        response.headers[.retryAfter] = "5"
        return response
    }

    /// JSON for the API, a page for a browser, plain text for the rest.
    private static func make(
        _ request: Request, _ status: HTTPResponse.Status, title: String, advice: String
    ) -> Response {
        if (request.head.path ?? "").hasPrefix("/api/") {
            return Reply.jsonError("\(title). \(advice)", status: status)
        }
        guard (request.headers[.accept] ?? "").contains("text/html") else {
            return Reply.text("\(title). \(advice)", status: status)
        }
        return Reply.html(
            errorPage(status: status.code, title: title, advice: advice), status: status)
    }
}
