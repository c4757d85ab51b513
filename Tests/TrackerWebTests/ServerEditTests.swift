import Testing
import TrackerIndexer
import TrackerLog
import TrackerTestSupport
import TrackerWeb

@Suite("Server: edits from the page", .timeLimit(.minutes(10))) struct ServerEditTests {
    private static let path = "/edits/Ann/s1"
    private static let form = "Content-Type: application/x-www-form-urlencoded\r\n"
    private static let browser = form + "Accept: text/html\r\n"

    /// A server whose intake is the log that its pages are of.
    private func withLog(
        key: String? = nil, _ body: (TestServer, MemoryStorage) async throws -> Void
    ) async throws {
        let storage = try ServerCompareTests.storage()
        let intake = SessionIntake(storage: storage, durability: .written)
        func set(_ configuration: inout WebServer.Configuration) {
            configuration.apiKey = key
            configuration.author = "ann <b>"
        }
        try await withServer(set, intake: intake, storage: storage) { server in
            try await body(server, storage)
        }
    }

    private func state(_ storage: MemoryStorage) throws -> EditedState {
        let index = try SessionIndex.current(
            try UserID("Ann"), try SessionID("s1"), in: storage)
        return EditedState(index, in: storage, now: .now)
    }

    @Test("each form appends one event with its author, and is answered with the page")
    func forms() async throws {
        try await withLog { server, storage in
            let table: [(String, (EditedState) -> Bool)] = [
                (
                    "kind=note&text=cache+on%0D%0Afrom+here&run=r1&at=4%3A45",
                    {
                        let note = $0.summary.notes.last
                        let start = $0.summary.first ?? .epoch
                        return note?.text == "cache on\nfrom here" && note?.run == "r1"
                            && note?.from == start.advanced(byMilliseconds: 285_000)
                    }
                ),
                ("kind=tag&text=a+b", { $0.summary.tags == ["a b"] }),
                ("kind=untag&text=a+b", { $0.summary.tags.isEmpty }),
                ("kind=rename&text=Caf%C3%A9", { $0.summary.name == "Café" }),
                ("kind=archive", { $0.summary.isArchived }),
                ("kind=restore", { !$0.summary.isArchived }),
                ("kind=baseline&run=r2", { $0.edits.last?.kind == .baseline }),
                (
                    "kind=left_out&run=r0&text=backup",
                    { $0.summary.runs.first?.leftOut?.reason == "backup" }
                ),
                ("kind=taken_in&run=r0", { $0.summary.runs.first?.leftOut == nil }),
            ]
            for (number, (body, holds)) in table.enumerated() {
                let reply = try await server.post(Self.path, body: body, headers: Self.browser)
                #expect(reply.status == 303, "\(body): \(reply.body)")
                #expect(reply.header("location") == "/sessions/Ann/s1#edit")
                let state = try state(storage)
                #expect(holds(state), "\(body)")
                #expect(state.edits.count == number + 1)
                #expect(state.edits.last?.by == "ann <b>" && state.edits.last?.id != nil)
            }
            let id = try #require(try state(storage).edits.first?.id)
            let undo = "kind=undo&undoes=\(id)"
            #expect(try await server.post(Self.path, body: undo, headers: Self.form).status == 200)
            #expect(try state(storage).summary.notes.isEmpty)
            let again = try await server.post(Self.path, body: undo, headers: Self.form)
            #expect(again.status == 409 && again.body.contains("taken back already"))
        }
    }

    @Test(
        "what cannot be is refused, and nothing is written",
        arguments: [
            ("kind=note&text=+", 409, "empty"), ("kind=note&text=x&run=r9", 409, "no run r9"),
            ("kind=nothing", 400, "names no edit"), ("", 400, "names no edit"),
            ("kind=note&text=x&at=soon", 400, "moment"), ("kind=untag&text=x", 409, "no tag x"),
            ("kind=restore", 409, "not archived"), ("kind=left_out&text=x", 409, "name the run"),
            ("kind=taken_in&run=r1", 409, "not left out"),
            ("kind=undo&undoes=0123456789", 409, "no edit with the id"),
            ("kind=tag&text=x&run=r1", 409, "of a session"),
            ("kind=baseline&run=r9", 409, "no run"),
        ])
    func refused(body: String, status: Int, words: String) async throws {
        try await withLog { server, storage in
            let reply = try await server.post(Self.path, body: body, headers: Self.form)
            #expect(reply.status == status && reply.body.contains(words), "\(reply.body)")
            let page = try await server.post(Self.path, body: body, headers: Self.browser)
            #expect(page.status == status && page.body.contains("The edit was not made"))
            #expect(try state(storage).edits.isEmpty)
        }
    }

    @Test("other sites, other types, other sessions and long forms get nowhere")
    func guards() async throws {
        try await withLog { server, storage in
            let note = "kind=note&text=x"
            let table: [(String, String, String, Int)] = [
                (Self.path, note, Self.form + "Origin: http://evil.com\r\n", 403),
                (Self.path, note, Self.form + "Origin: null\r\n", 403),
                (Self.path, note, Self.form + "Sec-Fetch-Site: cross-site\r\n", 403),
                (Self.path, note, "Content-Type: text/plain\r\n", 415),
                (Self.path, note, "", 415),
                (Self.path, note, Self.form + "Content-Encoding: gzip\r\n", 415),
                ("/edits/Ann/none", note, Self.form, 404),
                ("/edits/Ann/%2e%2e", note, Self.form, 404),
                (
                    Self.path, "kind=note&text=" + String(repeating: "x", count: 70_000), Self.form,
                    409
                ),
                (Self.path, String(repeating: "x", count: 300_000), Self.form, 413),
            ]
            for (path, body, headers, status) in table {
                let reply = try await server.post(path, body: body, headers: headers)
                #expect(reply.status == status, "\(path) \(headers)")
            }
            #expect(try state(storage).edits.isEmpty)
            let own = Self.form + "Origin: http://\(server.host)\r\nSec-Fetch-Site: same-origin\r\n"
            #expect(try await server.post(Self.path, body: note, headers: own).status == 200)
        }
    }

    @Test("with a key, an edit needs it, in a field or a header")
    func key() async throws {
        try await withLog(key: "secret") { server, storage in
            let note = "kind=note&text=x"
            func status(_ body: String, _ headers: String) async throws -> Int {
                try await server.post(Self.path, body: body, headers: headers).status
            }
            #expect(try await status(note, Self.form) == 401)
            #expect(try await status(note + "&key=wrong", Self.form) == 403)
            #expect(try state(storage).edits.isEmpty)
            #expect(try await status(note + "&key=secret", Self.form) == 200)
            #expect(try await status(note, Self.form + "x-api-key: secret\r\n") == 200)
            #expect(try state(storage).edits.count == 2)
            server.history.publish(try state(storage).summary)
            let page = try await server.get("/sessions/Ann/s1").body
            #expect(page.contains("name=\"key\" type=\"password\""))
            #expect(!page.contains("secret"))
        }
    }

    @Test("the page has a form for each kind, and a button that takes back each edit")
    func page() async throws {
        try await withLog { server, storage in
            for body in ["kind=tag&text=old", "kind=left_out&run=r1&text=why"] {
                _ = try await server.post(Self.path, body: body, headers: Self.form)
            }
            server.history.publish(try state(storage).summary)
            let page = try await server.get("/sessions/Ann/s1").body
            for kind in Edit.Kind.allCases where kind != .restore && kind != .profile {
                let field = "action=\"\(Self.path)\"><input type=\"hidden\" name=\"kind\""
                #expect(page.contains(field + " value=\"\(kind.rawValue)\">"), "\(kind)")
            }
            for edit in try state(storage).edits {
                #expect(page.contains("name=\"undoes\" value=\"\(edit.id ?? "")\""))
            }
            #expect(page.contains("ann &lt;b&gt;"))
        }
    }
}
