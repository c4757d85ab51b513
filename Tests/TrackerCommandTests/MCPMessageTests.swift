import Glibc
import Testing
import TrackerLog

@testable import tracker

/// The protocol of `tracker mcp`, without its tools.
@Suite("mcp: messages and answers") struct MCPMessageTests {
    private static func error(_ line: String) -> (code: Int, id: JSONValue)? {
        guard case .invalid(let error, let id) = MCPMessage(line: Array(line.utf8)) else {
            return nil
        }
        return (error.code.rawValue, id)
    }

    @Test(
        "a line that is no message has the error that JSON-RPC gives it",
        arguments: [
            ("", -32_700), ("garbage", -32_700), ("{\"jsonrpc\":\"2.0\"", -32_700),
            ("{\"a\":1,}", -32_700), ("\u{FEFF}{}", -32_700), ("[[[[", -32_700),
            ("[]", -32_600), ("7", -32_600), ("null", -32_600), ("\"text\"", -32_600),
            ("{}", -32_600), ("{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"ping\"}", -32_600),
            ("{\"jsonrpc\":2.0,\"id\":1,\"method\":\"ping\"}", -32_600),
            ("{\"jsonrpc\":\"2.0\",\"id\":null,\"method\":\"ping\"}", -32_600),
            ("{\"jsonrpc\":\"2.0\",\"id\":1.5,\"method\":\"ping\"}", -32_600),
            ("{\"jsonrpc\":\"2.0\",\"id\":[1],\"method\":\"ping\"}", -32_600),
            ("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":7}", -32_600),
            ("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"params\":[]}", -32_602),
        ])
    func invalid(_ line: String, _ code: Int) {
        #expect(Self.error(line)?.code == code, "\(line)")
    }

    @Test("what an answer repeats of a message is short")
    func repeated() throws {
        let long = String(repeating: "\u{1b}", count: 10_000)
        let escaped = String(repeating: "\\u001b", count: 10_000)
        let found = Self.error("{\"jsonrpc\":\"2.0\",\"id\":\"\(escaped)\",\"method\":\"ping\"}")
        #expect(found?.code == -32_600 && found?.id == .null)
        var (session, _) = Self.initialized()
        for message in [
            Self.request(long), Self.request("tools/call", .object([.init("name", .string(long))])),
        ] {
            let answer = try #require(Self.send(session.action(on: message)))
            #expect(answer["error"] != nil && answer.text.utf8.count < 1_000)
        }
        let refusal = #expect(throws: MCPRefusal.self) {
            try MCPArguments(.object([.init(long, 1)]), of: .show)
        }
        #expect(refusal?.description.hasSuffix("show_session takes session") == true)
    }

    @Test("an error carries the id of its request where there is one")
    func identity() {
        #expect(Self.error("{\"jsonrpc\":\"1.0\",\"id\":\"x\",\"method\":\"m\"}")?.id == "x")
        #expect(Self.error("{\"jsonrpc\":\"2.0\",\"id\":9,\"method\":7}")?.id == 9)
        #expect(Self.error("garbage")?.id == .null)
    }

    private static func request(_ method: String, _ params: JSONValue = .emptyObject) -> MCPMessage
    {
        .request(id: 1, method: method, params: params)
    }

    private static func send(_ action: MCPSession.Action?) -> JSONValue? {
        guard case .send(let value) = action else { return nil }
        return value
    }

    private static func initialized(_ version: String = "2025-11-25") -> (MCPSession, JSONValue?) {
        var session = MCPSession(version: "1")
        let answer = send(
            session.action(
                on: request(
                    "initialize",
                    .object([
                        .init("protocolVersion", .string(version)),
                        .init("clientInfo", .object([.init("name", "agent")])),
                    ]))))
        return (session, answer)
    }

    @Test(
        "a version that is spoken is taken, any other answered with the newest",
        arguments: [
            ("2025-11-25", "2025-11-25"), ("2024-11-05", "2024-11-05"),
            ("2025-06-18", "2025-06-18"), ("2025-03-26", "2025-11-25"),
            ("1999-01-01", "2025-11-25"), ("", "2025-11-25"),
        ])
    func version(_ asked: String, _ spoken: String) throws {
        let (session, answer) = Self.initialized(asked)
        #expect(answer?["result"]?["protocolVersion"]?.stringValue == spoken)
        #expect(answer?["result"]?["capabilities"]?["tools"] != nil)
        #expect(session.client == "agent")
    }

    @Test("before initialize there are no tools, but a ping")
    func order() {
        var session = MCPSession(version: "1")
        for method in ["tools/list", "tools/call"] {
            let answer = Self.send(session.action(on: Self.request(method)))
            #expect(answer?["error"]?["code"]?.intValue == -32_600, "\(method)")
        }
        #expect(Self.send(session.action(on: Self.request("ping")))?["result"] == .emptyObject)
        let other = Self.send(session.action(on: Self.request("resources/list")))
        #expect(other?["error"]?["code"]?.intValue == -32_601)
    }

    @Test("a call names a tool, and a notification has no answer")
    func calls() {
        var (session, _) = Self.initialized()
        for (params, isCall) in [
            (JSONValue.object([.init("name", "compare")]), true),
            (.object([.init("name", "Compare")]), false), (.emptyObject, false),
            (.object([.init("name", "compare"), .init("arguments", [])]), false),
        ] {
            let action = session.action(on: Self.request("tools/call", params))
            if isCall {
                #expect(action == .call(id: 1, tool: .compare, arguments: .emptyObject))
            } else {
                #expect(Self.send(action)?["error"]?["code"]?.intValue == -32_602, "\(params)")
            }
        }
        for method in ["notifications/initialized", "ping", "tools/call", "unknown"] {
            #expect(session.action(on: .notification(method: method, params: .emptyObject)) == nil)
        }
        let cancelled = MCPMessage.notification(
            method: "notifications/cancelled", params: .object([.init("requestId", 5)]))
        #expect(session.action(on: cancelled) == .cancel(id: 5))
        #expect(session.action(on: .response) == nil)
    }

    @Test("each tool declares what it takes, and takes nothing else")
    func arguments() throws {
        for tool in MCPTool.allCases {
            let schema = tool.json["inputSchema"]
            #expect(schema?["additionalProperties"]?.boolValue == false)
            #expect(schema?["properties"]?.objectValue?.count == tool.fields.count)
            #expect(throws: MCPRefusal.self) {
                try MCPArguments(.object([.init("unknown", 1)]), of: tool)
            }
            for field in tool.fields where field.isRequired {
                #expect(throws: MCPRefusal.self) { try MCPArguments(.emptyObject, of: tool) }
                let wrong = JSONValue.object([.init(field.name, .object([]))])
                #expect(throws: MCPRefusal.self) { try MCPArguments(wrong, of: tool) }
            }
        }
        let long = String(repeating: "x", count: MCPLimits.maxArgumentBytes + 1)
        #expect(throws: MCPRefusal.self) {
            try MCPArguments(.object([.init("session", .string(long))]), of: .show)
        }
        let load = try MCPArguments(
            .object([.init("url", "http://localhost:1/"), .init("rate", 1e9)]), of: .load)
        #expect(throws: MCPRefusal.self) { try load.number("rate", 1...5, usually: 1) }
        #expect(try load.number("duration_s", 1...5, usually: 2) == 2)
    }

    @Test("an answer has at most 2,000 bytes, and says how much is left out")
    func answerLength() {
        for (count, length) in [(0, 0), (1, 5_000), (3, 900), (200, 40), (2, 1_999), (40, 49)] {
            let lines = (0..<count).map { _ in String(repeating: "ä", count: length / 2) }
            let text = MCPAnswer(lines: lines).text
            #expect(text.utf8.count <= MCPLimits.maxAnswerBytes, "\(count) of \(length)")
            let isWhole = text == lines.joined(separator: "\n")
            #expect(isWhole != text.contains("more line"), "\(count) of \(length)")
        }
    }

    /// The lines of a pipe.
    private static func lines(_ text: [UInt8], limit: Int) throws -> [MCPLines.Line] {
        let ends = try #require(PipeEnds())
        defer { close(ends.read) }
        #expect(unsafe write(ends.write, text, text.count) == text.count)
        close(ends.write)
        var reader = MCPLines(ends.read, limit: limit)
        var found: [MCPLines.Line] = []
        repeat { found.append(reader.line()) } while found.last != .end && found.count < 100
        return found
    }

    @Test("lines of any length are told apart, and those beyond the limit thrown away")
    func boundedLines() throws {
        func text(_ text: String) -> MCPLines.Line { .text(Array(text.utf8)) }
        for (input, expected): (String, [MCPLines.Line]) in [
            ("", [.end]), ("a\nb", [text("a"), text("b"), .end]),
            ("\n\na\n", [text(""), text(""), text("a"), .end]),
            ("1234\n12345\n1", [text("1234"), .tooLong, text("1"), .end]),
            ("123456789", [.tooLong, .end]),
        ] {
            #expect(try Self.lines(Array(input.utf8), limit: 4) == expected, "\(input)")
        }
    }
}
