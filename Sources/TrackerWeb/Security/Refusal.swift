import NIOHTTP1

/// Why a request got no further than its head. The text never repeats what was sent.
struct Refusal: Sendable, Equatable {
    let status: HTTPResponseStatus
    let message: String
    /// For 405: what is allowed.
    var allow: String?

    static let malformed = Refusal(
        status: .badRequest, message: "This is not a valid HTTP/1.1 request.")
    static let version = Refusal(
        status: .badRequest, message: "Only HTTP/1.0 and HTTP/1.1 are spoken here.")
    static let requestLine = Refusal(
        status: .requestHeaderFieldsTooLarge,
        message: "The request line is longer than \(WebLimits.maxRequestLineBytes) bytes.")
    static let headers = Refusal(
        status: .requestHeaderFieldsTooLarge,
        message: "The headers are more than \(WebLimits.maxHeaderFields) lines"
            + " or \(WebLimits.maxHeaderBytes) bytes.")
    static let hostMissing = Refusal(
        status: .badRequest, message: "Exactly one Host header is needed.")
    static let hostForeign = Refusal(
        status: .misdirectedRequest,
        message: "This server answers as localhost, 127.0.0.1 and [::1] with its own port only.")
    static let framing = Refusal(
        status: .badRequest, message: "The length of the body is given twice or wrongly.")
    static let target = Refusal(
        status: .badRequest,
        message: "The request target must be a path, or an http address of this server.")
    static let expectation = Refusal(
        status: .expectationFailed, message: "Only 100-continue can be expected.")
    static let methodWithoutPath = Refusal(
        status: .methodNotAllowed, message: "This method is not used here.",
        allow: "GET, HEAD, POST")
    static let headerTimeout = Refusal(
        status: .requestTimeout, message: "The headers took too long.")
    static let bodyTimeout = Refusal(
        status: .requestTimeout, message: "The body took too long.")
    static let connections = Refusal(
        status: .serviceUnavailable,
        message: "Too many connections are open. Try again in a second.")
}
