import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import TrackerIndexer
import TrackerLog

/// `POST /api/track` and `GET /api/track/<userId>`, compatible with programs written for the guide.
struct TrackRoutes: Sendable {
    let history: any IndexReader
    let intake: any EventIntake
    let apiKey: APIKey?
    let now: @Sendable () -> Timestamp
    private let arrivals = BodyArrivals(capacity: WebLimits.maxBodyArrivals)
    private static let keyName = HTTPField.Name("x-api-key")

    init(
        history: any IndexReader, intake: any EventIntake, apiKey: APIKey?,
        now: @escaping @Sendable () -> Timestamp
    ) {
        self.history = history
        self.intake = intake
        self.apiKey = apiKey
        self.now = now
    }

    var routes: [Route] {
        [
            Route(pattern: "/api/track", kind: .intake, reach: .ownOnly, handle: post),
            Route(pattern: "/api/track/{user}", kind: .read, reach: .ownOnly, handle: get),
        ]
    }

    // MARK: reading

    private func get(_ request: RouteRequest) async throws -> Response {
        guard let name = request.parameters.first else { return Reply.json(.emptyObject) }
        // An invalid id has no runs.
        guard let user = UserID(valid: name) else { return Reply.json(.emptyObject) }
        await history.catchUp(.user(user))
        return Reply.json(TrackHistory(history: history).runs(of: user))
    }

    // MARK: writing

    private func post(_ request: RouteRequest) async throws -> Response {
        if let refusal = keyRefusal(request.request) { return refusal.closing() }
        if let refusal = typeRefusal(request.request) { return refusal.closing() }
        let body: [UInt8]
        do { body = try await collectedBody(request.request) } catch is NIOTooManyBytesError {
            return tooLarge
        } catch {
            // The connection broke, or the client was too slow: it will hardly see this response.
            return Reply.jsonError("The body is incomplete.", status: .badRequest).closing()
        }
        let report: TrackReport
        do { report = try self.report(of: body) } catch {
            return Reply.jsonError(error.message, status: .badRequest)
        }
        do {
            try await NIOThreadPool.singleton.runIfActive { [intake] in
                try intake.append(
                    user: report.user, session: report.session, events: report.events,
                    identity: report.identity)
            }
        } catch {
            request.logger.error("an event could not be appended", metadata: ["error": "\(error)"])
            return Self.answer(to: error)
        }
        history.appended(to: DataFolder.SessionKey(user: report.user, session: report.session))
        return recorded(report)
    }

    /// A body without a timestamp has that of its first arrival, also when it is sent again.
    ///
    /// A retry is appended like any other report, and counts once by its frame's identity: whether
    /// the first attempt is still in the log, only the log knows.
    private func report(of body: [UInt8]) throws(TrackBodyError) -> TrackReport {
        let report = try TrackReport(body: body, now: now())
        guard !report.isTimestampGiven else { return report }
        let first = arrivals.arrival(of: report.digest) {
            firstArrival(of: report) ?? report.timestamp
        }
        return try first == report.timestamp ? report : TrackReport(body: body, now: first)
    }

    /// Of a report that an earlier process of the server took.
    private func firstArrival(of report: TrackReport) -> Timestamp? {
        history.session(user: report.user, session: report.session)?.summary.runs
            .first { $0.run.isExactly(report.run) }?.finished
    }

    /// An append that the disk has not answered is neither recorded nor lost, and the answer says
    /// so: a program that keeps what failed for later must know that it may be there.
    private static func answer(to error: any Error) -> Response {
        guard let error = error as? LogError, error.mayBeRecorded else {
            return Reply.jsonError(
                "The metrics were not recorded. Send them again; the server's log has the reason.",
                status: .serviceUnavailable)
        }
        return Reply.jsonError(
            "The metrics may be recorded: the disk has not confirmed them. Send the same body"
                + " again until it is confirmed; it counts once.", status: .gatewayTimeout)
    }

    private func keyRefusal(_ request: Request) -> Response? {
        guard let apiKey else { return nil }
        let values = Self.keyName.map { request.headers[values: $0] } ?? []
        guard let value = values.first, !value.isEmpty else {
            return error("API key is missing.", .unauthorized)
        }
        guard values.count == 1, apiKey.matches(value) else {
            return error("Invalid API key.", .forbidden)
        }
        return nil
    }

    private func typeRefusal(_ request: Request) -> Response? {
        let types = request.headers[values: .contentType]
        let type = types.first?.prefix { $0 != ";" }.lowercased() ?? ""
        guard types.count == 1, type.trimmingTrailingSpaces() == "application/json" else {
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

    /// - Throws: when the body is too long, or the connection broke before its end.
    private func collectedBody(_ request: Request) async throws -> [UInt8] {
        let buffer = try await request.body.collect(upTo: WebLimits.maxBodyBytes)
        if let length = request.headers[.contentLength].flatMap(Int.init),
            length != buffer.readableBytes
        {
            throw RequestGuard.RequestCutOff()
        }
        return Array(buffer.readableBytesView)
    }

    private var tooLarge: Response {
        Reply.jsonError(
            "The body is longer than \(WebLimits.maxBodyBytes) bytes.", status: .contentTooLarge
        ).closing()
    }

    /// With a warning if the report's time dates nothing.
    private func recorded(_ report: TrackReport) -> Response {
        var members: [JSONValue.Member] = [
            .init("status", .string("ok")), .init("message", .string("Metrics recorded.")),
        ]
        if let why = report.timestamp.doubt(writtenAt: now()) {
            members.append(.init("warning", .string("The timestamp \(report.timestamp) \(why).")))
        }
        return Reply.json(.object(members))
    }

    private func error(_ message: String, _ status: HTTPResponse.Status) -> Response {
        Reply.json(.object([.init("error", .string(message))]), status: status)
    }
}

extension String {
    fileprivate func trimmingTrailingSpaces() -> Substring {
        var text = self[...]
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return text
    }
}
