import TrackerLog

/// What a server of the Model Context Protocol does with each message: pure, no input or output.
struct MCPSession {
    /// What is to be done.
    enum Action: Equatable {
        case send(JSONValue)
        /// Runs a tool, and sends its result.
        case call(id: JSONValue, tool: MCPTool, arguments: JSONValue)
        /// Stops the call with this id, which then has no answer.
        case cancel(id: JSONValue)
    }

    /// Revisions that this server speaks, newest first. One between them demands batches.
    static let versions = ["2025-11-25", "2025-06-18", "2024-11-05"]

    private let version: String
    private(set) var client: String?

    /// - Parameter version: of this program.
    init(version: String) { self.version = version }

    mutating func action(on message: MCPMessage) -> Action? {
        switch message {
        case .response: return nil
        case .invalid(let error, let id): return .send(error.response(id: id))
        case .notification("notifications/cancelled", let params):
            return params["requestId"].map { .cancel(id: $0) }
        case .notification: return nil
        case .request(let id, let method, let params):
            do throws(MCPError) {
                return try answer(method, params, id: id)
            } catch {
                return .send(error.response(id: id))
            }
        }
    }

    private mutating func answer(
        _ method: String, _ params: JSONValue, id: JSONValue
    ) throws(MCPError) -> Action {
        switch method {
        case "ping": return .send(Self.response(id, .emptyObject))
        case "initialize": return .send(Self.response(id, try initialize(params)))
        case "tools/list", "tools/call":
            guard client != nil else {
                throw MCPError(.invalidRequest, "send initialize first")
            }
            guard method == "tools/call" else {
                let tools = MCPTool.allCases.map(\.json)
                return .send(Self.response(id, .object([.init("tools", .array(tools))])))
            }
            return try call(params, id: id)
        default:
            throw MCPError(
                .methodNotFound,
                "there is no method \(MCPError.quoted(method)): this server has initialize, ping,"
                    + " tools/list and tools/call")
        }
    }

    private mutating func initialize(_ params: JSONValue) throws(MCPError) -> JSONValue {
        guard let asked = params["protocolVersion"]?.stringValue else {
            throw MCPError(.invalidParams, "\"protocolVersion\" must be a text")
        }
        client = params["clientInfo"]?["name"]?.stringValue ?? "an unnamed client"
        // One that is not spoken here is answered with the newest: the client decides.
        let spoken = Self.versions.contains(asked) ? asked : Self.versions[0]
        return .object([
            .init("protocolVersion", .string(spoken)),
            .init("capabilities", .object([.init("tools", .emptyObject)])),
            .init(
                "serverInfo",
                .object([
                    .init("name", "tracker"), .init("title", "Local Tracker"),
                    .init("version", .string(version)),
                ])),
            .init("instructions", .string(Self.instructions)),
        ])
    }

    private static let instructions = """
        A lab notebook of performance measurements on this machine. Find sessions with \
        list_sessions, then ask compare whether a change helped. Every verdict has n and an \
        interval: an answer that is inconclusive is no evidence for a change, nor for none. \
        Measure more runs instead of concluding from it.
        """

    private func call(_ params: JSONValue, id: JSONValue) throws(MCPError) -> Action {
        guard let name = params["name"]?.stringValue else {
            throw MCPError(.invalidParams, "\"name\" must be a text")
        }
        guard let tool = MCPTool.allCases.first(where: { $0.rawValue.isExactly(name) }) else {
            let names = MCPTool.allCases.map(\.rawValue).joined(separator: ", ")
            throw MCPError(
                .invalidParams, "there is no tool \(MCPError.quoted(name)): there are \(names)")
        }
        let arguments = params["arguments"] ?? .emptyObject
        guard case .object = arguments else {
            throw MCPError(.invalidParams, "\"arguments\" must be an object")
        }
        return .call(id: id, tool: tool, arguments: arguments)
    }

    static func response(_ id: JSONValue, _ result: JSONValue) -> JSONValue {
        .object([.init("jsonrpc", "2.0"), .init("id", id), .init("result", result)])
    }
}
