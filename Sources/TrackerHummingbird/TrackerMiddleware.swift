import HTTPTypes
public import Hummingbird
public import TrackerClient
import TrackerLog

/// Records how long each request of a Hummingbird service took, by route, method and status.
///
///     let recording = try Recording.open(configuration: .init(policy: .dropAndCount))
///     let router = Router()
///     router.add(middleware: TrackerMiddleware(recording))
///
/// A sample of `http.server.latency_ms` for each request, until there is a response: sending
/// a long body takes longer. The route
/// is the pattern, `/users/{id}`, so that paths make no series of their own; a request that no
/// route takes has the route `NotFound`. Status 400 or more counts as failed.
///
/// It never waits for the disk when the recording drops what it cannot queue.
public struct TrackerMiddleware<Context: RequestContext>: RouterMiddleware {
    private let recorder: any Recorder
    private let metric: String

    /// - Parameters:
    ///   - recorder: a recording, or a run of one.
    ///   - metric: the name of the samples.
    public init(_ recorder: any Recorder, metric: String = "http.server.latency_ms") {
        self.recorder = recorder
        self.metric = metric
    }

    @concurrent public func handle(
        _ request: Request, context: Context,
        next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        let begin = ContinuousClock.now
        let start = Timestamp.now
        do {
            let response = try await next(request, context)
            record(response.status.code, request.method, context, begin, start)
            return response
        } catch {
            let status = (error as? any HTTPResponseError)?.status ?? .internalServerError
            record(status.code, request.method, context, begin, start)
            throw error
        }
    }

    private func record(
        _ status: Int, _ method: HTTPRequest.Method, _ context: Context,
        _ begin: ContinuousClock.Instant, _ start: Timestamp
    ) {
        recorder.sample(
            metric, (ContinuousClock.now - begin) / .milliseconds(1), unit: "ms",
            labels: [
                "route": context.endpointPath ?? "NotFound", "method": method.rawValue,
                "status": status,
            ], at: start)
    }
}
