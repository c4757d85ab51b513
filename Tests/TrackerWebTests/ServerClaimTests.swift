import Glibc
import Logging
import Synchronization
import Testing
import TrackerLog
import TrackerTestSupport

@testable import TrackerWeb

@Suite("Server: users that keys claim", .timeLimit(.minutes(10))) struct ServerClaimTests {
    private static func quiet() -> Logger {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return logger
    }

    /// A server with claims in `storage`.
    private func with(
        _ storage: any Storage = MemoryStorage(), apiKey: String? = nil,
        _ body: (TestServer, ClaimFile) async throws -> Void
    ) async throws {
        let claims = try UserClaims(storage: storage, logger: Self.quiet())
        func set(_ configuration: inout WebServer.Configuration) {
            configuration.claims = claims
            configuration.apiKey = apiKey
        }
        try await withServer(set) { server in
            try await body(server, ClaimFile(storage: storage))
        }
    }

    private static func header(_ key: String?) -> String {
        key.map { "X-API-Key: \($0)\r\n" } ?? ""
    }

    private static let points = Atomic(0)

    /// Each way to write, with the user in the place that is its own.
    private static let ways = ["report", "late report", "lines", "export"]

    private func write(
        _ way: String, _ user: String, _ key: String?, _ server: TestServer
    ) async throws -> RawResponse {
        let headers = Self.header(key)
        let json = "Content-Type: application/json\r\n"
        switch way {
        case "report":
            return try await server.post(
                "/api/track", body: trackBody().replacing("\"ann\"", with: "\"\(user)\""),
                headers: json + headers)
        case "late report":
            // Not on the event loop: the route takes it.
            return try await server.post(
                "/api/track", body: trackBody().replacing("\"ann\"", with: "\"\(user)\""),
                headers: json + headers + "Sec-Fetch-Site: same-origin\r\n")
        case "lines":
            return try await server.post(
                "/api/events?user=\(user)&session=s1",
                body: #"{"ts":1763899200000,"metric":"m","value":1}"# + "\n",
                headers: "Content-Type: application/x-ndjson\r\n" + headers)
        default:
            // The same point again would add nothing, for whoever sends it.
            let seconds = Self.points.add(1, ordering: .relaxed).newValue
            let time = 1_763_899_200_000_000_000 + seconds * 1_000_000_000
            let point = #"{"asDouble":2.5,"timeUnixNano":"\#(time)"}"#
            let metric = #"{"name":"g","gauge":{"dataPoints":[\#(point)]}}"#
            return try await server.post(
                "/v1/metrics",
                body: #"{"resourceMetrics":[{"scopeMetrics":[{"metrics":[\#(metric)]}]}]}"#,
                headers: json + headers + "X-Tracker-User: \(user)\r\n")
        }
    }

    private func report(
        _ user: String, _ key: String?, _ server: TestServer, _ status: Int,
        at location: SourceLocation = #_sourceLocation
    ) async throws {
        let response = try await write("report", user, key, server)
        #expect(response.status == status, sourceLocation: location)
    }

    @Test("the first key for a user claims it; others cannot write there", arguments: ways)
    func firstKey(way: String) async throws {
        try await with { server, file in
            let table: [(user: String, key: String?, status: Int)] = [
                ("ann", nil, 200), ("ann", "anns-key", 200), ("ann", "anns-key", 200),
                ("ann", nil, 401), ("ann", "bobs-key", 403), ("ann", "anns-ke", 403),
                ("ann", "", 401), ("bob", nil, 200), ("bob", "bobs-key", 200),
                ("bob", "anns-key", 403), ("bob", nil, 401), ("eve", nil, 200),
                ("ann", "anns-key", 200), ("bob", "bobs-key", 200),
            ]
            var taken: [String] = []
            for row in table {
                let response = try await write(way, row.user, row.key, server)
                #expect(response.status == row.status, "\(row)")
                if row.status == 200 { taken.append(row.user) }
                for secret in ["anns-ke", "bobs-key"] { #expect(!"\(response)".contains(secret)) }
            }
            // An export begins its session with a frame of its own.
            let frames = way == "export" ? taken.flatMap { [$0, $0] } : taken
            #expect(server.intake.batches.map(\.user.value) == frames)
            #expect(try file.load().map(\.user.value).sorted() == ["ann", "bob"])
        }
    }

    @Test("several keys, one that is too long, and one that is not UTF-8, are no key")
    func oddKeys() async throws {
        try await with { server, file in
            let long = String(repeating: "k", count: WebLimits.maxKeyBytes + 1)
            for headers in [
                Self.header("a") + Self.header("a"), Self.header("a") + Self.header("b"),
                Self.header(long),
                // What bytes become that are no UTF-8: k\xE4 and k\xF6 would be one key.
                Self.header("k\u{FFFD}"),
            ] {
                let response = try await server.post(
                    "/api/track", body: trackBody(),
                    headers: "Content-Type: application/json\r\n" + headers)
                #expect(response.status == 403)
            }
            #expect(server.intake.batches.isEmpty)
            #expect(try file.load().isEmpty)
        }
    }

    @Test("a released user is free at once, also for its former key")
    func release() async throws {
        try await with { server, file in
            let ann = try UserID("ann")
            try await report("ann", "one", server, 200)
            try await report("ann", "two", server, 403)
            #expect(try file.release(ann)?.user == ann)
            try await report("ann", nil, server, 200)
            try await report("ann", "two", server, 200)
            try await report("ann", "one", server, 403)
            #expect(try file.release(ann)?.user == ann)
            #expect(try file.release(ann) == nil)
        }
    }

    @Test("claims outlive the server, and one key for all goes before them")
    func restart() async throws {
        let storage = MemoryStorage()
        try await with(storage) { server, _ in
            try await report("ann", "one", server, 200)
        }
        try await with(storage) { server, _ in
            for (key, status) in [(nil, 401), ("two", 403), ("one", 200)] as [(String?, Int)] {
                try await report("ann", key, server, status)
            }
        }
        try await with(storage, apiKey: "all") { server, file in
            for (key, status) in [(nil, 401), ("one", 403), ("all", 200)] as [(String?, Int)] {
                try await report("ann", key, server, status)
                try await report("bob", key, server, status)
            }
            #expect(try file.load().count == 1)
        }
    }

    @Test("of keys that are first at the same time one claims the user")
    func race() async throws {
        try await with { server, file in
            let statuses = try await withThrowingTaskGroup(of: Int.self) { tasks in
                for number in 0..<12 {
                    tasks.addTask {
                        try await write("report", "ann", "key-\(number)", server).status
                    }
                }
                return try await tasks.reduce(into: [Int]()) { $0.append($1) }
            }
            #expect(statuses.filter { $0 == 200 }.count == 1)
            #expect(statuses.filter { $0 == 403 }.count == 11)
            #expect(try file.load().count == 1)
        }
    }

    @Test("two servers of a folder know each other's claims")
    func twoServers() async throws {
        let storage = MemoryStorage()
        try await with(storage) { first, _ in
            try await with(storage) { second, _ in
                try await report("ann", "one", first, 200)
                try await report("ann", "two", second, 403)
                try await report("ann", "one", second, 200)
                try await report("ann", nil, second, 401)
            }
        }
    }

    @Test("an edit from a page needs the key as well, and claims nothing")
    func edits() async throws {
        let storage = try ServerCompareTests.storage()
        let claims = try UserClaims(storage: storage, logger: Self.quiet())
        let log = SessionIntake(storage: storage, durability: .written)
        func set(_ configuration: inout WebServer.Configuration) { configuration.claims = claims }
        try await withServer(set, intake: log, storage: storage) { server in
            func edit(_ key: String, header: String = "") async throws -> Int {
                let form = "Content-Type: application/x-www-form-urlencoded\r\n"
                return try await server.post(
                    "/edits/Ann/s1", body: "kind=tag&text=a\(key)", headers: form + header
                ).status
            }
            #expect(try await edit("&key=other") == 200)
            #expect(try ClaimFile(storage: storage).load().isEmpty)
            let user = try UserID("Ann")
            #expect(claims.checkBlocking(user, .one("mine")) == nil)
            for (key, header, status) in [
                ("", "", 401), ("&key=other", "", 403), ("&key=", "", 401), ("&key=mine", "", 200),
                ("", "X-API-Key: mine\r\n", 200), ("&key=mine", "X-API-Key: other\r\n", 403),
            ] { #expect(try await edit(key, header: header) == status, "\(key) \(header)") }
        }
    }

    @Test("a page has a field for the key where the user is claimed")
    func field() async throws {
        try await with { server, _ in
            for user in ["ann", "bob"] {
                try await report(user, user == "ann" ? "k" : nil, server, 200)
                let page = try await server.get("/sessions/\(user)/s1").body
                #expect(page.contains("name=\"key\"") == (user == "ann"))
            }
        }
    }

    @Test("claims that cannot be read or written refuse keys, and are told at the start")
    func damaged() async throws {
        let storage = MemoryStorage()
        try await with(storage) { server, file in
            try await report("ann", "one", server, 200)
            try storage.replace(DataLayout.claims, with: Array("[]".utf8))
            #expect(throws: ClaimError.damaged) { try file.load() }
            let logger = Self.quiet()
            #expect(throws: ClaimError.damaged) {
                try UserClaims(storage: storage, logger: logger)
            }
            try await report("bob", "two", server, 503)
            try await report("ann", "two", server, 503)
            // What was known goes on to count.
            try await report("ann", "one", server, 200)
        }
        let full = FaultyStorage(MemoryStorage())
        try await with(full) { server, _ in
            full.setPlan(
                FaultPlan { $0.operation == .append ? .error(ENOSPC) : nil })
            try await report("ann", "one", server, 503)
            #expect(server.intake.batches.isEmpty)
            full.setPlan(.none)
            try await report("ann", "one", server, 200)
        }
    }

    @Test(
        "a file of claims is one, or it is refused",
        arguments: [
            ("", false), ("{}", false), (#"{"format":1,"claims":[]}"#, true),
            (#"{"format":2,"claims":[]}"#, false), (#"{"format":1,"claims":[CLAIM]}"#, true),
            (#"{"format":1,"claims":[CLAIM,CLAIM]}"#, false),
            (#"{"format":1,"claims":[{"user":"ann"}]}"#, false),
            (#"{"format":1,"claims":[HUGE]}"#, false), (#"{"format":1,"claims":[ZERO]}"#, false),
            (#"{"format":1,"claims":[ODD]}"#, false), (#"{"format":1,"claims":[SHORT]}"#, false),
        ])
    func parsing(text: String, isWhole: Bool) throws {
        let hash = String(repeating: "0a", count: 32)
        func claim(_ rounds: String = "100000", hash: String) -> String {
            #"{"user":"ann","claimed":1,"salt":"\#(hash)","rounds":\#(rounds),"hash":"\#(hash)"}"#
        }
        let text = text.replacing("CLAIM", with: claim(hash: hash))
            .replacing("HUGE", with: claim("2000001", hash: hash))
            .replacing("ZERO", with: claim("0", hash: hash))
            .replacing("ODD", with: claim(hash: hash + "a"))
            .replacing("SHORT", with: claim(hash: String(hash.dropLast(2))))
        let claims = ClaimText.parse(Array(text.utf8))
        #expect((claims != nil) == isWhole)
        if let claims { #expect(ClaimText.parse(ClaimText.bytes(of: claims)) == claims) }
    }

    @Test("no more users are claimed than the file takes")
    func bound() async throws {
        let key = KeyHash(of: "k", rounds: 1)
        var claims: [Claim] = []
        for number in 0..<WebLimits.maxClaims {
            claims.append(Claim(user: try UserID("u\(number)"), claimed: 1, key: key))
        }
        let storage = MemoryStorage()
        try storage.replace(DataLayout.claims, with: ClaimText.bytes(of: claims))
        try await with(storage) { server, file in
            try await report("ann", "one", server, 503)
            try await report("ann", nil, server, 200)
            #expect(try file.release(UserID("u7")) != nil)
            try await report("ann", "one", server, 200)
        }
    }
}
