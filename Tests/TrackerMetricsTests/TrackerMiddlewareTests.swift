import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOEmbedded
import Testing
import TrackerHummingbird
import TrackerLog

@Suite("The Hummingbird middleware")
struct TrackerMiddlewareTests {
    private struct Broken: Error {}

    private func ask(
        _ method: HTTPRequest.Method, _ path: String,
        of responder: some HTTPResponder<BasicRequestContext>
    ) async -> Int? {
        let head = HTTPRequest(method: method, scheme: "http", authority: "localhost", path: path)
        let context = BasicRequestContext(
            source: ApplicationRequestContextSource(
                channel: EmbeddedChannel(), logger: Logger(label: "test")))
        do {
            return try await responder.respond(
                to: Request(head: head, body: RequestBody(buffer: ByteBuffer())), context: context
            ).status.code
        } catch { return nil }
    }

    @Test("Each request is a sample with its route, method and status")
    func samples() async throws {
        let samples = Samples()
        let router = Router()
        router.add(middleware: TrackerMiddleware(samples))
        router.get("/users/{id}") { _, _ in "a" }
        router.post("/users") { _, _ -> HTTPResponse.Status in .created }
        router.get("/conflict") { _, _ -> String in throw HTTPError(.conflict) }
        router.get("/broken") { _, _ -> String in throw Broken() }
        let responder = router.buildResponder()
        #expect(await ask(.get, "/users/1", of: responder) == 200)
        #expect(await ask(.get, "/users/2", of: responder) == 200)
        #expect(await ask(.post, "/users", of: responder) == 201)
        for path in ["/conflict", "/broken", "/nowhere"] {
            _ = await ask(.get, path, of: responder)
        }
        let seen = samples.all.map { sample in
            sample.labels.sorted().map(\.value).joined(separator: " ")
        }
        #expect(
            seen == [
                "GET /users/{id} 200", "GET /users/{id} 200", "POST /users 201",
                "GET /conflict 409", "GET /broken 500", "GET NotFound 404",
            ])
        for sample in samples.all {
            #expect(sample.metric == "http.server.latency_ms" && sample.unit == "ms")
            #expect(sample.value >= 0 && sample.value < 60_000)
        }
    }
}
