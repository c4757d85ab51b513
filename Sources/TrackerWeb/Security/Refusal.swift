import NIOHTTP1

/// Why a request was refused before routing. The text never repeats what was sent.
struct Refusal: Sendable, Equatable {
    let status: HTTPResponseStatus
    let message: String
    /// For 405: the value of the `Allow` header.
    var allow: String?
    /// For 503: the value of the `Retry-After` header.
    var retryAfterSeconds: Int?

    static let malformed = Refusal(
        status: .badRequest, message: "This is not a valid HTTP/1.1 request.")
    static let version = Refusal(
        status: .badRequest, message: "Only HTTP/1.0 and HTTP/1.1 are supported.")
    static let requestLine = Refusal(
        status: .requestHeaderFieldsTooLarge,
        message: "The request line is longer than \(WebLimits.maxRequestLineBytes) bytes.")
    static let headers = Refusal(
        status: .requestHeaderFieldsTooLarge,
        message: "The headers have more than \(WebLimits.maxHeaderFields) lines"
            + " or \(WebLimits.maxHeaderBytes) bytes.")
    static let hostMissing = Refusal(
        status: .badRequest, message: "Exactly one Host header is required.")
    static let hostForeign = Refusal(
        status: .misdirectedRequest,
        message:
            "The host must be localhost, 127.0.0.1 or [::1], with the port of this server, or one"
            + " that it was given with --host.")
    static let framing = Refusal(
        status: .badRequest, message: "The length of the body is given twice or is invalid.")
    static let target = Refusal(
        status: .badRequest,
        message: "The request target must be a path, or an http URL of this server.")
    static let expectation = Refusal(
        status: .expectationFailed, message: "Only Expect: 100-continue is supported.")
    static let methodWithoutPath = Refusal(
        status: .methodNotAllowed, message: "This method is not allowed.",
        allow: "GET, HEAD, POST")
    static let headerTimeout = Refusal(
        status: .requestTimeout, message: "The headers took too long.")
    static let bodyTimeout = Refusal(
        status: .requestTimeout, message: "The body took too long.")
    static let connections = Refusal(
        status: .serviceUnavailable,
        message: "Too many connections are open. Try again in a second.", retryAfterSeconds: 1)
    static let bodies = Refusal(
        status: .serviceUnavailable,
        message: "Too many large bodies are being received. Try again in a second.",
        retryAfterSeconds: 1)
}
