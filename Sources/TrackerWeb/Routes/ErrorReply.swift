import HTTPTypes
import Hummingbird
import HummingbirdCore
import TrackerPages

/// Error responses. They never repeat what the client sent.
enum ErrorReply {
    static func notFound(_ request: Request) -> Response {
        make(
            request, .notFound, title: "Page not found",
            advice: "Check the address. The session may have been removed.")
    }

    static func method(_ request: Request, allow: [String]) -> Response {
        var response = make(
            request, .methodNotAllowed, title: "This method is not allowed here",
            advice: "The Allow header lists the allowed methods.")
        response.headers[.allow] = allow.joined(separator: ", ")
        return response
    }

    static func crossOrigin(_ request: Request) -> Response {
        make(
            request, .forbidden, title: "Requests from other sites are refused",
            advice: "Only the tracker's own pages and programs on this machine may send them.")
    }

    static func unwantedBody(_ request: Request) -> Response {
        make(
            request, .contentTooLarge, title: "This request must not have a body",
            advice: "Send it without one."
        ).closing()
    }

    static func failed(_ request: Request) -> Response {
        make(
            request, .internalServerError, title: "Internal error",
            advice: "The server's log has the reason. Nothing was changed.")
    }

    static func streamsFull(_ request: Request) -> Response {
        var response = make(
            request, .serviceUnavailable, title: "Too many live pages",
            advice: "At most \(WebLimits.maxLiveStreams) pages can update live. Close some tabs.")
        response.headers[.retryAfter] = "5"
        return response
    }

    /// What the client asked for is more than it may have at once.
    static func answerTooLong(_ request: Request) -> Response {
        make(
            request, .unprocessableContent,
            title: "The answer has more than \(WebLimits.maxAnswerBytes >> 20) MiB",
            advice: "Ask for less, or use the commands `tracker show` and `tracker export`.")
    }

    static func answersFull(_ request: Request) -> Response {
        later(request, title: "Too many long answers are being read")
    }

    static func tooMuchWork(_ request: Request) -> Response {
        var response = make(
            request, .serviceUnavailable, title: "The answer takes too much work",
            advice: "With what was asked before, \(WebLimits.questionTooLongText).")
        response.headers[.retryAfter] = "\(WebLimits.maxQuestionTime.components.seconds)"
        return response
    }

    static func busy(_ request: Request) -> Response {
        later(request, title: "Too many pages are being made")
    }

    private static func later(_ request: Request, title: String) -> Response {
        var response = make(
            request, .serviceUnavailable, title: title, advice: "Try again in a second.")
        response.headers[.retryAfter] = "1"
        return response
    }

    /// JSON for the API, a page for a browser, plain text for everything else.
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
