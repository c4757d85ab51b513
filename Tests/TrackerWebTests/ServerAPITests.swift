import Testing
import TrackerIndexer
import TrackerLog
import TrackerTestSupport
import TrackerWeb

@Suite("Server: the interface for programs", .timeLimit(.minutes(10))) struct ServerAPITests {
    private func document(_ server: TestServer) async throws -> JSONValue {
        let answer = try await server.get("/api/openapi.json")
        #expect(answer.status == 200)
        return try JSONValue(parsing: Array(answer.body.utf8))
    }

    @Test("every route of the interface is described, with each of its parameters")
    func described() async throws {
        try await withServer { server in
            let document = try await document(server)
            #expect(document["openapi"] == .string("3.1.0"))
            let paths = document["paths"]?.objectValue ?? []
            let described = paths.map(\.key).filter { $0.hasPrefix("/api/") }
            let routes = server.web.routeTable.map(\.pattern)
            let wanted = routes.filter {
                $0.hasPrefix("/api/v1/") && $0 != "/api/v1/openapi.json"
            }
            #expect(Set(described) == Set(wanted))
            // Each path without a version stays.
            for path in routes where path.hasPrefix("/api/") && !path.hasPrefix("/api/v1/") {
                #expect(routes.contains("/api/v1" + path.dropFirst(4)), "\(path)")
            }
            var names: Set<String> = []
            for path in paths {
                let operation = try #require((path.value["get"] ?? path.value["post"]))
                let name = try #require(operation["operationId"]?.stringValue)
                #expect(names.insert(name).inserted, "\(name) is twice")
                let inPath = (operation["parameters"]?.arrayValue ?? []).filter {
                    $0["in"] == .string("path")
                }
                #expect(inPath.count == path.key.split(separator: "{").count - 1)
            }
        }
    }

    /// Every `$ref` in a value.
    private static func references(_ value: JSONValue) -> [String] {
        switch value {
        case .object(let members):
            members.flatMap { member in
                (member.key == "$ref" ? [member.value.stringValue ?? ""] : [])
                    + references(member.value)
            }
        case .array(let elements): elements.flatMap(references)
        case .null, .bool, .number, .string: []
        }
    }

    @Test("what an operation refers to is in the document, and nothing else")
    func schemas() async throws {
        try await withServer { server in
            let document = try await document(server)
            let kept = document["components"]?["schemas"]?.objectValue?.map(\.key) ?? []
            let used = Set(Self.references(document).map { $0.split(separator: "/").last ?? "" })
            #expect(Set(kept.map { Substring($0) }) == used)
            #expect(kept.contains("show") && kept.contains("compare"))
            #expect(!kept.contains("verify"), "no answer of the server is that")
        }
    }

    /// Does it again when a minute began meanwhile: the list then has another tag, as what days
    /// mean in its filter has changed.
    private func withinAMinute<Value>(_ body: () async throws -> Value) async throws -> Value {
        while true {
            let minute = Int(Timestamp.now.milliseconds / 60_000)
            let value = try await body()
            if Int(Timestamp.now.milliseconds / 60_000) == minute { return value }
        }
    }

    @Test("an answer that did not change is told from its tag, and one that did is not")
    func tags() async throws {
        try await withServer { server in
            var summary = emptySummary(user: try UserID("ann"), session: try SessionID("s1"))
            server.history.publish(summary)
            for path in ["/api/v1/sessions", "/api/v1/sessions/ann/s1", "/api/sessions/ann/s1"] {
                let (tag, again) = try await withinAMinute {
                    let first = try await server.get(path)
                    let tag = try #require(first.header("etag"))
                    var again: [(known: String, response: RawResponse)] = []
                    for known in [tag, "W/\"x\", \(tag)", "\(tag) , \"y\"", "*"] {
                        let headers = "If-None-Match: \(known)\r\n"
                        again.append((known, try await server.get(path, headers: headers)))
                    }
                    return (tag, again)
                }
                #expect(tag.hasPrefix("W/\"") && again.count == 4)
                for (known, response) in again {
                    #expect(response.status == 304 && response.body.isEmpty, "\(path), \(known)")
                    #expect(response.header("etag") == tag)
                }
                let other = try await server.get(path, headers: "If-None-Match: W/\"x\"\r\n")
                #expect(other.status == 200)
                summary.eventCount += 1
                server.history.publish(summary)
                let changed = try await server.get(path, headers: "If-None-Match: \(tag)\r\n")
                #expect(changed.status == 200 && changed.header("etag") != tag, "\(path)")
            }
            for headers in ["", "If-None-Match: *\r\n"] {
                let missing = try await server.get(
                    "/api/v1/sessions/ann/none", headers: headers)
                #expect(missing.status == 404 && missing.header("etag") == nil)
            }
        }
    }

    @Test("an order that is none is named; one without a filter orders all sessions")
    func orders() async throws {
        try await withServer { server in
            for name in ["a", "c", "b"] {
                var summary = emptySummary(user: try UserID("ann"), session: try SessionID(name))
                summary.isArchived = name == "c"
                server.history.publish(summary)
            }
            func found(_ query: String) async throws -> ([String], [String]) {
                let answer = try JSONValue(
                    parsing: Array(try await server.get("/api/v1/sessions" + query).body.utf8))
                let rows = answer["sessions"]?.arrayValue ?? []
                let doubts = answer["doubts"]?.arrayValue ?? []
                return (
                    rows.compactMap { $0["session"]?.stringValue }, doubts.compactMap(\.stringValue)
                )
            }
            #expect(try await found("?sort=name").0 == ["a", "b", "c"])
            #expect(try await found("?sort=name&q=").0 == ["a", "b"])
            let (_, doubts) = try await found("?sort=best")
            #expect(doubts.count == 1 && doubts[0].hasPrefix("There is no order best: the orders"))
        }
    }
}
