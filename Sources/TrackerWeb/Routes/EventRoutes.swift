import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore
import TrackerLog
import TrackerTelemetry

/// `POST /api/events?user=U&session=S`: lines of the log, many at a time.
struct EventRoutes: Sendable {
    let intake: BatchIntake
    let key: ServerKey?
    let claims: UserClaims?

    static let types = ["application/x-ndjson", "application/jsonl"]
    private static let keyName = HTTPField.Name("idempotency-key")

    var routes: [Route] {
        [
            Route(
                pattern: "/api/events", kind: .intake, reach: .ownOnly,
                operation: APIOperation(
                    summary: "Records lines of the log, many at a time.",
                    query: [
                        .init(name: "user", about: "Whose session it is.", isRequired: true),
                        .init(name: "session", about: "The session.", isRequired: true),
                    ],
                    body: .init(types: Self.types, schema: .text),
                    answer: .named("http_taken")),
                handle: post)
        ]
    }

    private func post(_ request: RouteRequest) async throws -> Response {
        if let problem = KeyCheck.problem(request, key) {
            return Reply.jsonError(problem.message, status: problem.status).closing()
        }
        let target: BatchTarget
        do throws(BatchRefusal) {
            target = try Self.target(of: request)
        } catch {
            return Reply.jsonError(error.message, status: error.status).closing()
        }
        if let refusal = await claims?.check(target.user, GivenKey(request.request.headers)) {
            return Reply.jsonError(refusal.message, status: refusal.status).closing()
        }
        let body: [UInt8]
        do {
            body = try await request.request.collectedBody(upTo: WebLimits.maxBodyBytes)
        } catch is NIOTooManyBytesError {
            return Reply.jsonError(
                "The body is longer than \(WebLimits.maxBodyBytes) bytes: send it in parts, or"
                    + " compressed.", status: .contentTooLarge
            ).closing()
        } catch {
            // The connection broke, or the client was too slow: it will hardly see this response.
            return Reply.jsonError("The body is incomplete.", status: .badRequest).closing()
        }
        let answer = await intake.take(body, for: target, logger: request.logger)
        var response = Reply.json(answer.json, status: answer.status)
        if answer.isForLater { response.headers[.retryAfter] = "1" }
        return response
    }

    /// Everything that the head and the path say.
    private static func target(of request: RouteRequest) throws(BatchRefusal) -> BatchTarget {
        guard let type = request.request.mediaType, types.contains(type) else {
            throw BatchRefusal(
                .unsupportedMediaType, "Send the lines with Content-Type: \(types[0]).")
        }
        let items = QueryItems.parse(request.path.query)
        guard let user = UserID(valid: try id("user", in: items)),
            let session = SessionID(valid: try id("session", in: items))
        else {
            throw BatchRefusal(
                .badRequest,
                "user or session is too long for a directory name of"
                    + " \(LogLimits.maxDirectoryNameBytes) bytes.")
        }
        return BatchTarget(
            user: user, session: session, coding: try coding(of: request.request),
            key: try key(of: request.request))
    }

    private static func id(
        _ name: String, in items: [(String, String)]
    ) throws(BatchRefusal) -> String {
        let values = items.filter { $0.0 == name }.map(\.1)
        guard values.count == 1, let value = values.first, !value.isEmpty else {
            throw BatchRefusal(
                .badRequest, "Name the \(name) once: /api/events?user=USER&session=SESSION.")
        }
        guard !value.isPathStep else {
            throw BatchRefusal(
                .badRequest,
                "\(name) is \".\" or \"..\", which no URL can hold: choose another.")
        }
        return value
    }

    private static func coding(of request: Request) throws(BatchRefusal) -> String? {
        let given = request.headers[values: .contentEncoding]
        guard let coding = given.first?.lowercased(), coding != "identity" else { return nil }
        guard given.count == 1, PackedBody.codings.contains(coding) else {
            let known = PackedBody.codings.joined(separator: " or ")
            throw BatchRefusal(
                .unsupportedMediaType, "Send the lines uncompressed, or with \(known).")
        }
        return coding
    }

    private static func key(of request: Request) throws(BatchRefusal) -> String? {
        let given = keyName.map { request.headers[values: $0] } ?? []
        guard let key = given.first else { return nil }
        guard given.count == 1, key.isWhole,
            (1...WebLimits.maxIdempotencyKeyBytes).contains(key.utf8.count)
        else {
            throw BatchRefusal(
                .badRequest,
                "Send one Idempotency-Key of 1 to \(WebLimits.maxIdempotencyKeyBytes) bytes of"
                    + " UTF-8.")
        }
        return key
    }
}
