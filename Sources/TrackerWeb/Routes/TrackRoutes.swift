import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import TrackerIndexer
import TrackerLog

/// `POST /api/track` and `GET /api/track/<userId>`, compatible with programs written for the guide.
struct TrackRoutes: Sendable {
    let history: any IndexReader
    let intake: TrackIntake
    let key: ServerKey?

    var routes: [Route] {
        [
            Route(
                pattern: IntakeRules.path, kind: .intake, reach: .ownOnly,
                operation: APIOperation(
                    summary: "Records one report, as the guide's programs send it.",
                    body: .init(types: ["application/json"], schema: .named("http_report")),
                    answer: .named("http_recorded")),
                handle: post),
            Route(
                pattern: "/api/track/{user}", kind: .read, reach: .ownOnly,
                operation: .get(
                    "A user's runs by target and session, newest first.", answer: "http_history"),
                handle: get),
        ]
    }

    // MARK: reading

    /// How many older runs an answer has not.
    private static let missingName = HTTPField.Name("x-tracker-missing-runs")
    /// How many reports were acknowledged and are not in the answer yet: the body has no room to
    /// say so.
    private static let unreadName = HTTPField.Name("x-tracker-unread-reports")

    private func get(_ request: RouteRequest) async throws -> Response {
        guard let name = request.parameters.first else { return Reply.json(.emptyObject) }
        // An invalid id has no runs.
        guard let user = UserID(valid: name) else { return Reply.json(.emptyObject) }
        await history.catchUp(.user(user))
        let answer = TrackHistory(history: history).runs(of: user)
        var response = Reply.json(answer.json)
        if answer.missing > 0, let name = Self.missingName {
            response.headers[name] = String(answer.missing)
        }
        if answer.unreadReports > 0, let name = Self.unreadName {
            response.headers[name] = String(answer.unreadReports)
        }
        return response
    }

    // MARK: writing

    private func post(_ request: RouteRequest) async throws -> Response {
        if let refusal = keyRefusal(request) ?? typeRefusal(request.request) {
            intake.noteRefusal()
            return refusal.closing()
        }
        let body: [UInt8]
        do {
            body = try await request.request.collectedBody(upTo: WebLimits.maxBodyBytes)
        } catch is NIOTooManyBytesError {
            intake.noteRefusal()
            return tooLarge
        } catch {
            intake.noteRefusal()
            // The connection broke, or the client was too slow: it will hardly see this response.
            return Reply.jsonError("The body is incomplete.", status: .badRequest).closing()
        }
        let logger = request.logger
        let given = GivenKey(request.request.headers)
        let answer = await withCheckedContinuation { continuation in
            intake.take(body, key: given, logger: logger) { continuation.resume(returning: $0) }
        }
        return Reply.json(answer.body, status: answer.status)
    }

    private func keyRefusal(_ request: RouteRequest) -> Response? {
        KeyCheck.problem(request, key).map { error($0.message, $0.status) }
    }

    private func typeRefusal(_ request: Request) -> Response? {
        guard request.mediaType == "application/json" else {
            return Reply.jsonError(
                "Send the metrics with Content-Type: application/json.",
                status: .unsupportedMediaType)
        }
        guard request.headers[.contentEncoding] == nil else {
            return Reply.jsonError("Send the metrics uncompressed.", status: .unsupportedMediaType)
        }
        guard (request.headers[.contentLength].flatMap(Int.init) ?? 0) <= WebLimits.maxBodyBytes
        else { return tooLarge }
        return nil
    }

    private var tooLarge: Response {
        Reply.jsonError(
            "The body is longer than \(WebLimits.maxBodyBytes) bytes.", status: .contentTooLarge
        ).closing()
    }

    private func error(_ message: String, _ status: HTTPResponse.Status) -> Response {
        Reply.json(.object([.init("error", .string(message))]), status: status)
    }
}
