import Glibc
import Logging
import ServiceLifecycle
import Testing
import TrackerIndexer
import TrackerLog
import TrackerTestSupport
import TrackerWeb

@Suite("Server: a real log", .timeLimit(.minutes(10))) struct ServerLogTests {
    private let user: UserID
    private let session: SessionID

    init() throws {
        user = try UserID("ann")
        session = try SessionID("s1")
    }

    @Test("what was acknowledged is in the files, once, even if sent again after a restart")
    func retryAfterRestart() async throws {
        let folder = try TemporaryFolder()
        for _ in 0..<3 {
            let storage = try PosixStorage(root: folder.path, create: true)
            let intake = SessionIntake(storage: storage, durability: .written)
            try await withServer(intake: intake) { server in
                for body in [trackBody(), trackBody(), trackBody(value: "99")] {
                    let response = try await server.post("/api/track", body: body)
                    #expect(response.status == 200)
                }
            }
        }
        let summary = try fold(folder.path)
        #expect(summary.runs.count == 2)
        #expect(Set(summary.runs.map { $0.mainReported?.value }) == [12.5, 99])
        #expect(summary.runs.allSatisfy { $0.state == .finished && $0.test == "latency" })
        #expect(summary.health.conflictingFrames == 0)
        #expect(summary.health.duplicateFrames == 7)
    }

    /// All segments of the session, folded.
    private func fold(_ root: String) throws -> SessionSummary {
        let storage = try PosixStorage(root: root, create: false)
        let folder = DataLayout.sessionFolder(user, session)
        let state = SessionState()
        let scanner = FoldScanner()
        for entry in try storage.list(folder).sorted(by: { $0.name < $1.name }) {
            let file = try storage.openForReading(folder.appending(entry.name))
            let name = try #require(SegmentName(fileName: entry.name))
            let size = try file.status().size
            let progress = try SegmentReader().read(
                file, name: name, session: session, from: 0, size: size
            ) { frame in
                state.fold(frame, scanner: scanner) { line, _, reason in
                    Issue.record("line \(line): \(reason)")
                }
            }
            #expect(progress == SegmentProgress(offset: size))
        }
        var health = emptySummary(user: user, session: session).health
        health.duplicateFrames = state.duplicateFrames
        health.conflictingFrames = state.conflictingFrames
        return state.summary(user: user, session: session, health: health, now: .now)
    }

    @Test("SIGTERM ends the process with status 0, with an event stream open")
    func signal() async {
        await #expect(processExitsWith: .success) {
            let history = FakeHistory()
            let intake = FakeIntake(history: history)
            let server = WebServer(
                configuration: WebServer.Configuration(port: 0, version: "test"), history: history,
                analyst: Analyst(
                    storage: MemoryStorage(), user: try UserID("ann"), threads: 1),
                intake: intake,
                onListening: { address in
                    guard let port = address.port else { exit(2) }
                    Task {
                        try await RawConnection.with(port: port) { connection in
                            try await connection.send(
                                "GET /api/live HTTP/1.1\r\nHost: localhost:\(port)\r\n\r\n")
                            _ = try await connection.read(until: "version\":1}\n\n")
                            kill(getpid(), SIGTERM)
                            _ = try await connection.readToEnd()
                        }
                    }
                }, logger: Logger(label: "test"))
            try await server.runUntilSignal()
            // Not by `exit`: a leak checker would report what threads still hold.
            _exit(intake.isClosed ? EXIT_SUCCESS : 3)
        }
    }
}
