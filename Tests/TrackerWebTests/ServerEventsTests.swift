import CZlib
import Testing
import TrackerLog
import TrackerTestSupport
import TrackerWeb

@Suite("Server: /api/events", .timeLimit(.minutes(10))) struct ServerEventsTests {
    private static let path = "/api/events?user=ann&session=s1"
    private static let type = "Content-Type: application/x-ndjson\r\n"

    private static func line(_ value: Int) -> String {
        #"{"ts":1763899200000,"metric":"m","value":\#(value)}"# + "\n"
    }

    private static func lines(_ values: Range<Int>) -> String { values.map(line).joined() }

    /// A server that writes to memory.
    private func with(
        _ body: (TestServer, MemoryStorage) async throws -> Void
    ) async throws {
        let storage = MemoryStorage()
        try await withServer(
            intake: SessionIntake(storage: storage, durability: .written)
        ) { try await body($0, storage) }
    }

    private func found(_ storage: MemoryStorage) throws -> RecoveredSession {
        try RecoveredSession(storage, UserID("ann"), SessionID("s1"))
    }

    private func json(_ response: RawResponse) throws -> JSONValue {
        try JSONValue(parsing: Array(response.body.utf8))
    }

    @Test("lines are in the log when they are acknowledged; others are named, and do not count")
    func lines() async throws {
        try await with { server, storage in
            let body = Self.line(1) + "{}\n\n" + Self.line(2) + "x"
            let response = try await server.post(Self.path, body: body, headers: Self.type)
            #expect(response.status == 200)
            let answer = try json(response)
            #expect(answer["status"] == .string("partial"))
            #expect(answer["accepted"]?.intValue == 2 && answer["refused"]?.intValue == 2)
            let refused = answer["lines"]?.arrayValue ?? []
            #expect(refused.map { $0["line"]?.intValue } == [2, 5])
            #expect(refused.allSatisfy { $0["reason"]?.stringValue?.isEmpty == false })
            #expect(try found(storage).values == [1, 2])
        }
    }

    @Test("without a key a batch sent again counts again; with one it counts once")
    func again() async throws {
        try await with { server, storage in
            let body = Self.lines(0..<10)
            for key in ["", "", "Idempotency-Key: k\r\n", "Idempotency-Key: k\r\n"] {
                let response = try await server.post(
                    Self.path, body: body, headers: Self.type + key)
                #expect(response.status == 200)
            }
            let found = try found(storage)
            #expect(found.values == Array(0..<10).flatMap { [$0, $0, $0] })
            #expect(found.duplicates == 1 && found.conflicts == 0)
            let other = try await server.post(
                Self.path, body: Self.line(99), headers: Self.type + "Idempotency-Key: k\r\n")
            #expect(other.status == 422)
            #expect(try self.found(storage).values.count == 30)
        }
    }

    @Test(
        "a request that cannot be right is refused, with the reason",
        arguments: [
            (path, "Content-Type: application/json\r\n", 415), (path, "", 415),
            (path, type + "Content-Encoding: br\r\n", 415),
            (path, type + "Content-Encoding: gzip\r\n", 400),
            (path, type + "Idempotency-Key: \r\n", 400),
            (path, type + "Idempotency-Key: a\r\nIdempotency-Key: b\r\n", 400),
            ("/api/events", type, 400), ("/api/events?user=ann", type, 400),
            ("/api/events?user=ann&session=", type, 400),
            ("/api/events?user=ann&session=a&session=b", type, 400),
            ("/api/events?user=..&session=a", type, 400),
            ("/api/events?user=a&session=%2e", type, 400),
            (path, type + "Origin: http://example.com\r\n", 403),
        ])
    func refused(path: String, headers: String, status: Int) async throws {
        try await with { server, storage in
            let response = try await server.post(path, body: Self.line(1), headers: headers)
            #expect(response.status == status)
            #expect(status == 403 || response.body.contains("\"message\""))
            #expect(try found(storage).values.isEmpty)
        }
    }

    @Test("a report into a session that no URL can hold is refused", arguments: [".", ".."])
    func step(session: String) async throws {
        try await with { server, storage in
            let body = trackBody(session: session)
            let refused = try await server.post("/api/track", body: body)
            #expect(refused.status == 400 && refused.body.contains("session_id"))
            #expect(try storage.list(.root).isEmpty)
        }
    }

    @Test("a body without an event is refused")
    func empty() async throws {
        try await with { server, _ in
            for body in ["", "\n\n", "{}\n"] {
                let response = try await server.post(Self.path, body: body, headers: Self.type)
                #expect(response.status == 400)
            }
        }
    }

    @Test(
        "a body may be compressed, and must be whole; a bomb is refused",
        arguments: ["gzip", "zstd"])
    func packed(coding: String) async throws {
        try await with { server, storage in
            func send(_ body: [UInt8]) async throws -> RawResponse {
                try await RawConnection.with(port: server.port) { client in
                    try await client.send(
                        Array(
                            ("POST \(Self.path) HTTP/1.1\r\nHost: \(server.host)\r\n\(Self.type)"
                                + "Content-Encoding: \(coding)\r\n"
                                + "Content-Length: \(body.count)\r\n\r\n").utf8) + body)
                    return try await client.readResponse()
                }
            }
            let packed = try Self.pack(Array(Self.lines(0..<1_000).utf8), coding)
            #expect(try await send(packed).status == 200)
            #expect(try found(storage).values == Array(0..<1_000))
            #expect(try await send(Array(packed.dropLast(20))).status == 400)
            #expect(
                try await send(Self.pack([UInt8](repeating: 32, count: 8 << 20), coding)).status
                    == 413)
            #expect(try found(storage).values.count == 1_000)
        }
    }

    private static func pack(_ bytes: [UInt8], _ coding: String) throws -> [UInt8] {
        guard coding == "gzip" else {
            return try FrameEncoder().frame(of: bytes)
        }
        var bytes = bytes
        var stream = unsafe z_stream()
        unsafe deflateInit2_(
            &stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size))
        var output = [UInt8](repeating: 0, count: bytes.count + 1_024)
        let size = unsafe bytes.withUnsafeMutableBufferPointer { input in
            unsafe output.withUnsafeMutableBufferPointer { output in
                unsafe stream.next_in = input.baseAddress
                unsafe stream.avail_in = UInt32(input.count)
                unsafe stream.next_out = output.baseAddress
                unsafe stream.avail_out = UInt32(output.count)
                _ = unsafe deflate(&stream, Z_FINISH)
                return unsafe output.count - Int(stream.avail_out)
            }
        }
        unsafe deflateEnd(&stream)
        return Array(output.prefix(size))
    }

    @Test("a disk that is full: nothing is acknowledged, and the same can be sent again")
    func fullDisk() async throws {
        let faulty = FaultyStorage(MemoryStorage())
        try await withServer(
            intake: SessionIntake(storage: faulty, durability: .written)
        ) { server in
            faulty.setPlan(FaultPlan { $0.operation == .append ? .error(28) : nil })
            let key = "Idempotency-Key: k\r\n"
            let refused = try await server.post(
                Self.path, body: Self.line(1), headers: Self.type + key)
            #expect(refused.status == 503 && refused.header("retry-after") == "1")
            #expect(try await server.get("/health").body.contains("refusing"))
            faulty.setPlan(.none)
            let taken = try await server.post(
                Self.path, body: Self.line(1), headers: Self.type + key)
            #expect(taken.status == 200)
            let found = try RecoveredSession(faulty, UserID("ann"), SessionID("s1"))
            #expect(found.values == [1] && found.conflicts == 0)
        }
    }
}
