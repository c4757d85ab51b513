import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore
import TrackerTelemetry

/// `POST /v1/metrics` and `POST /v1/traces`: OTLP over HTTP, as programs with OpenTelemetry send
/// it. Each answer is in the encoding of its request.
struct OtlpRoutes: Sendable {
    let intake: OtlpIntake
    let key: ServerKey?

    private static let userName = HTTPField.Name("x-tracker-user")
    private static let sessionName = HTTPField.Name("x-tracker-session")

    var routes: [Route] {
        [
            Route(pattern: "/v1/metrics", kind: .intake, reach: .ownOnly) { request in
                try await post(.metrics, request)
            },
            Route(pattern: "/v1/traces", kind: .intake, reach: .ownOnly) { request in
                try await post(.traces, request)
            },
            Route(pattern: "/v1/logs", kind: .intake, reach: .ownOnly, handle: logs),
        ]
    }

    private func post(
        _ signal: OtlpRequest.Signal, _ routed: RouteRequest
    ) async throws -> Response {
        let request = routed.request
        guard let encoding = OtlpRequest.Encoding(mediaType: request.mediaType) else {
            return Reply.jsonError(
                "Send OTLP with Content-Type: application/x-protobuf or application/json.",
                status: .unsupportedMediaType
            ).closing()
        }
        var export = OtlpRequest(signal: signal, encoding: encoding, body: [])
        if let problem = problem(routed) {
            return respond(OtlpIntake.refusal(problem.message, problem.status, export), export)
                .closing()
        }
        export.compression = compression(request)
        export.user = named(Self.userName, request)
        export.session = named(Self.sessionName, request)
        do {
            export.body = try await request.collectedBody(upTo: WebLimits.maxBodyBytes)
        } catch is NIOTooManyBytesError {
            return respond(tooLong(export), export).closing()
        } catch {
            // The connection broke, or the client was too slow: it will hardly see this response.
            let reply = OtlpIntake.refusal("The body is incomplete.", .badRequest, export)
            return respond(reply, export).closing()
        }
        return respond(
            await intake.take(export, key: GivenKey(request.headers), logger: routed.logger), export
        )
    }

    /// Logs are not events of a test.
    private func logs(_ routed: RouteRequest) async throws -> Response {
        let encoding = OtlpRequest.Encoding(mediaType: routed.request.mediaType) ?? .json
        let export = OtlpRequest(signal: .traces, encoding: encoding, body: [])
        let reply = OtlpIntake.refusal(
            "Logs are not taken here, only metrics and traces. Set OTEL_LOGS_EXPORTER=none.",
            .notFound, export)
        return respond(reply, export).closing()
    }

    private func problem(
        _ routed: RouteRequest
    ) -> (message: String, status: HTTPResponse.Status)? {
        if let problem = KeyCheck.problem(routed, key) { return (problem.message, problem.status) }
        let request = routed.request
        guard [Self.userName, Self.sessionName].allSatisfy({ named($0, request)?.isWhole ?? true })
        else { return ("x-tracker-user and x-tracker-session must be UTF-8.", .badRequest) }
        if let name = compression(request), !OtlpRequest.compressions.contains(name) {
            return (
                "Send the body plain, or with Content-Encoding: "
                    + OtlpRequest.compressions.joined(separator: " or ") + ".",
                .unsupportedMediaType
            )
        }
        if (request.headers[.contentLength].flatMap(Int.init) ?? 0) > WebLimits.maxBodyBytes {
            return (Self.tooLongText, .contentTooLarge)
        }
        return nil
    }

    private func compression(_ request: Request) -> String? {
        guard let name = request.headers[.contentEncoding]?.lowercased(), name != "identity" else {
            return nil
        }
        return name
    }

    private func named(_ name: HTTPField.Name?, _ request: Request) -> String? {
        name.flatMap { request.headers[$0] }.flatMap { $0.isEmpty ? nil : $0 }
    }

    private static let tooLongText =
        "The body is longer than \(WebLimits.maxBodyBytes) bytes. Send smaller batches."

    private func tooLong(_ export: OtlpRequest) -> OtlpReply {
        OtlpIntake.refusal(Self.tooLongText, .contentTooLarge, export)
    }

    private func respond(_ reply: OtlpReply, _ export: OtlpRequest) -> Response {
        var headers: HTTPFields = [.contentType: export.encoding.mediaType]
        if reply.isRetryable { headers[.retryAfter] = "1" }
        return Response(
            status: reply.status, headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: reply.body)))
    }
}
