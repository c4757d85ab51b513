import Dispatch
import Logging
import ServiceLifecycle
import Synchronization
import Testing
import TrackerIndexer
import TrackerLog
import TrackerTelemetry
import TrackerTestSupport
import TrackerWeb

/// A history in memory: what the test publishes is what the server sees.
final class FakeHistory: IndexReader {
    private struct State {
        var version = 1
        var sessions: [String: PublishedSession] = [:]
        var listeners: [AsyncStream<Int>.Continuation] = []
    }

    private let state = Mutex(State())
    static let freshness = Freshness(indexedAt: 1_763_899_200_000)

    func catalog() -> Catalog {
        state.withLock { state in
            let entries = state.sessions.values.map(\.summary).sorted { $0.session > $1.session }
                .map { CatalogEntry($0) }
            return Catalog(version: state.version, entries: entries, freshness: Self.freshness)
        }
    }

    func session(user: UserID, session: SessionID) -> PublishedSession? {
        state.withLock { $0.sessions[Self.key(user, session)] }
    }

    /// Nothing to wait for: an intake publishes before it returns.
    func appended(to key: DataFolder.SessionKey) {}
    func catchUp(_ scope: ReadScope) async {}

    func digest() -> String? { nil }

    func changes() -> AsyncStream<Int> {
        let (stream, continuation) = AsyncStream<Int>.makeStream(
            bufferingPolicy: .bufferingNewest(1))
        state.withLock { $0.listeners.append(continuation) }
        return stream
    }

    /// Replaces or adds a session, and tells those who listen.
    func publish(_ summary: SessionSummary) {
        let (version, listeners) = state.withLock { state in
            state.version += 1
            state.sessions[Self.key(summary.user, summary.session)] = PublishedSession(
                version: state.version, summary: summary, freshness: Self.freshness)
            return (state.version, state.listeners)
        }
        for listener in listeners { listener.yield(version) }
    }

    private static func key(_ user: UserID, _ session: SessionID) -> String {
        user.directoryName + "/" + session.directoryName
    }
}

/// An intake in memory that publishes what it takes as the index would: each identity once.
final class FakeIntake: EventIntake {
    struct Batch: Sendable {
        var user: UserID
        var session: SessionID
        var events: [Event]
        var identity: FrameIdentity?
    }

    struct Failure: Error {}

    /// As much of a fold as the reports need.
    private struct Folded {
        var seen: Set<FrameIdentity> = []
        var runs: [RunSummary] = []
    }

    private struct State {
        var batches: [Batch] = []
        var folded: [DataFolder.SessionKey: Folded] = [:]
        var failure: (any Error)?
        var isClosed = false
    }

    private let state = Mutex(State())
    let history: FakeHistory

    init(history: FakeHistory) { self.history = history }

    // Copied within the lock: ThreadSanitizer does not see the count of references that lets the
    // next one append in place.
    var batches: [Batch] { state.withLock { $0.batches.map { $0 } } }
    var isClosed: Bool { state.withLock { $0.isClosed } }
    func fail(with failure: (any Error)?) { state.withLock { $0.failure = failure } }

    func append(user: UserID, session: SessionID, events: [Event], identity: FrameIdentity?) throws
    {
        // Published within the lock: what is published later has all that was before.
        try state.withLock { state in
            if let failure = state.failure { throw failure }
            if state.isClosed { throw Failure() }
            state.batches.append(
                Batch(user: user, session: session, events: events, identity: identity))
            let key = DataFolder.SessionKey(user: user, session: session)
            var folded = state.folded.removeValue(forKey: key) ?? Folded()
            if identity.map({ folded.seen.insert($0).inserted }) ?? true {
                folded.runs.append(contentsOf: Self.run(of: events))
            }
            state.folded[key] = folded
            history.publish(emptySummary(user: user, session: session, runs: folded.runs))
        }
    }

    func closeIdle() {}
    func close() throws { state.withLock { $0.isClosed = true } }

    private static func run(of events: [Event]) -> [RunSummary] {
        var runs: [RunSummary] = []
        for event in events {
            switch event {
            case .runStarted(let started):
                runs.append(
                    RunSummary(
                        run: started.run, test: started.test, target: started.target,
                        commit: started.commit, state: .running, started: started.timestamp,
                        params: started.params, environment: started.environment, series: [],
                        timelines: []))
            case .runFinished(let finished):
                for index in runs.indices where runs[index].run == finished.run {
                    runs[index].state = .finished
                    runs[index].finished = finished.timestamp
                    runs[index].reported = finished.summary
                }
            default: break
            }
        }
        return runs
    }
}

/// An intake whose disk takes every batch, and confirms none while it stalls.
final class StallingIntake: EventIntake {
    private let state = Mutex((batches: [FakeIntake.Batch](), isStalling: false))

    var batches: [FakeIntake.Batch] { state.withLock { $0.batches } }
    func stall(_ isStalling: Bool) { state.withLock { $0.isStalling = isStalling } }

    func append(user: UserID, session: SessionID, events: [Event], identity: FrameIdentity?) throws
    {
        let isStalling = state.withLock { state in
            state.batches.append(
                FakeIntake.Batch(user: user, session: session, events: events, identity: identity))
            return state.isStalling
        }
        if isStalling { throw LogError.noAnswer(milliseconds: 1) }
    }

    func closeIdle() {}
    func close() throws {}
}

/// An intake that takes everything, and says so from another thread.
final class LaterIntake: EventIntake {
    func append(user: UserID, session: SessionID, events: [Event], identity: FrameIdentity?) {}

    func append(
        user: UserID, session: SessionID, events: [Event], identity: FrameIdentity?,
        completion: @escaping @Sendable ((any Error)?) -> Void
    ) {
        DispatchQueue.global().async { completion(nil) }
    }

    func closeIdle() {}
    func close() throws {}
}

func emptySummary(user: UserID, session: SessionID, runs: [RunSummary] = []) -> SessionSummary {
    SessionSummary(
        user: user, session: session, tags: [], isArchived: false, notes: [], runs: runs,
        health: SessionHealth(
            badRegions: [], badRegionCount: 0, badRegionBytes: 0, badLines: [], badLineCount: 0,
            gaps: [],
            missingFrames: 0, uncheckedFrames: 0, duplicateFrames: 0, conflictingFrames: 0,
            newerFrames: 0, droppedEvents: 0, pendingBytes: 0, ignoredFiles: []),
        eventCount: runs.count)
}

/// A running server with its fakes.
struct TestServer: Sendable {
    let port: Int
    let addresses: [String]
    let history: FakeHistory
    let intake: FakeIntake
    let group: ServiceGroup
    let web: WebServer

    var host: String { "localhost:\(port)" }

    /// Sends the bytes on a connection of its own and reads one answer.
    func exchange(_ text: String, toHead: Bool = false) async throws -> RawResponse {
        try await RawConnection.with(port: port) { connection in
            try await connection.send(text)
            return try await connection.readResponse(toHead: toHead)
        }
    }

    /// Where the pages say that their style sheet is.
    func stylesheetPath() async throws -> String {
        let page = try await get("/").body
        let match = try #require(page.firstMatch(of: /\/assets\/[0-9a-f]+\/app\.css/))
        return String(match.output)
    }

    func get(_ path: String, headers: String = "") async throws -> RawResponse {
        try await exchange("GET \(path) HTTP/1.1\r\nHost: \(host)\r\n\(headers)\r\n")
    }

    func post(
        _ path: String, body: String, headers: String = "Content-Type: application/json\r\n"
    ) async throws -> RawResponse {
        let length = "Content-Length: \(body.utf8.count)\r\n"
        return try await exchange(
            "POST \(path) HTTP/1.1\r\nHost: \(host)\r\n\(headers)\(length)\r\n\(body)")
    }
}

/// Runs a server on a free port for the time of `body`, then stops it gracefully.
func withServer(
    _ change: (inout WebServer.Configuration) -> Void = { _ in },
    intake other: (any EventIntake)? = nil, history reader: (any IndexReader)? = nil,
    storage: any Storage = MemoryStorage(), budget: @escaping Analyst.Budget = Analyst.time,
    _ body: (TestServer) async throws -> Void
) async throws {
    var configuration = WebServer.Configuration(port: 0, version: "test")
    configuration.exports = OtlpDefaults(user: try UserID("ann")) { _ in nil }
    change(&configuration)
    let history = FakeHistory()
    let intake = FakeIntake(history: history)
    let (listening, report) = AsyncStream<WebServer.Listening>.makeStream()
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    let server = WebServer(
        configuration: configuration, history: reader ?? history,
        analyst: Analyst(
            storage: storage, user: try UserID("ann"), threads: 1, budget: budget),
        intake: other ?? intake,
        onListening: { report.yield($0) }, logger: logger)
    let group = ServiceGroup(
        configuration: .init(services: [.init(service: server)], logger: logger))
    try await withThrowingTaskGroup(of: Void.self) { tasks in
        tasks.addTask {
            defer { report.finish() }
            try await group.run()
        }
        for await address in listening {
            let test = TestServer(
                port: try #require(address.port), addresses: address.addresses, history: history,
                intake: intake,
                group: group, web: server)
            try await body(test)
            break
        }
        await group.triggerGracefulShutdown()
        try await tasks.waitForAll()
    }
}
