import TrackerImport
import TrackerLog

/// One message of JSON-RPC 2.0, from a line.
enum MCPMessage: Equatable {
    case request(id: JSONValue, method: String, params: JSONValue)
    case notification(method: String, params: JSONValue)
    /// An answer to something that this server never asks.
    case response
    case invalid(MCPError, id: JSONValue)

    init(line: [UInt8]) {
        let value: JSONValue
        do throws(JSONTextError) {
            value = try JSONValue(parsingText: line)
        } catch {
            self = .invalid(
                MCPError(.parse, "no JSON: \(error.reason) at byte \(error.offset)"), id: .null)
            return
        }
        guard case .object = value else {
            let what = value.arrayValue == nil ? "a message is an object" : "batches are not taken"
            self = .invalid(MCPError(.invalidRequest, what + ": send one object a line"), id: .null)
            return
        }
        self = Self.message(value)
    }

    private static func message(_ value: JSONValue) -> MCPMessage {
        let id = value["id"]
        let known = id.flatMap { Self.isID($0) ? $0 : nil }
        func invalid(_ text: String) -> MCPMessage {
            .invalid(MCPError(.invalidRequest, text), id: known ?? .null)
        }
        guard value["jsonrpc"]?.stringValue == "2.0" else {
            return invalid("\"jsonrpc\" must be \"2.0\"")
        }
        guard id == nil || known != nil else {
            return invalid(
                "\"id\" must be a text of at most \(MCPLimits.maxIDBytes) bytes or a whole number")
        }
        if value["method"] == nil, value["result"] != nil || value["error"] != nil {
            return .response
        }
        guard let method = value["method"]?.stringValue else {
            return invalid("\"method\" must be a text")
        }
        let params = value["params"] ?? .emptyObject
        guard case .object = params else {
            return known.map {
                .invalid(MCPError(.invalidParams, "\"params\" must be an object"), id: $0)
            } ?? .response
        }
        return known.map { .request(id: $0, method: method, params: params) }
            ?? .notification(method: method, params: params)
    }

    private static func isID(_ value: JSONValue) -> Bool {
        // Each answer repeats it.
        let bytes = (value.stringValue ?? value.numberText)?.utf8.count ?? .max
        return bytes <= MCPLimits.maxIDBytes && (value.stringValue != nil || value.intValue != nil)
    }
}

/// Why a request is not answered.
struct MCPError: Error, Equatable {
    /// As JSON-RPC numbers them; the last is of this server.
    enum Code: Int {
        case parse = -32_700
        case invalidRequest = -32_600
        case methodNotFound = -32_601
        case invalidParams = -32_602
        case busy = -32_000
    }

    let code: Code
    let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// A name that there is not: it may have any length.
    static func quoted(_ name: String) -> String {
        name.shortened(toBytes: MCPLimits.maxQuotedBytes)
    }

    func response(id: JSONValue) -> JSONValue {
        .object([
            .init("jsonrpc", "2.0"), .init("id", id),
            .init(
                "error",
                .object([
                    .init("code", .integer(code.rawValue)), .init("message", .string(message)),
                ])),
        ])
    }
}
