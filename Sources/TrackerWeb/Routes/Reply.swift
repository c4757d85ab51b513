import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore
import TrackerLog
import TrackerPages

/// Makes the server's responses.
enum Reply {
    static func json(_ value: JSONValue, status: HTTPResponse.Status = .ok) -> Response {
        var bytes: [UInt8] = []
        value.write(to: &bytes)
        return make(status, type: jsonType, bytes: bytes)
    }

    /// - Parameter bytes: JSON.
    static func json(_ bytes: [UInt8], status: HTTPResponse.Status) -> Response {
        make(status, type: jsonType, bytes: bytes)
    }

    static func html(_ bytes: [UInt8], status: HTTPResponse.Status = .ok) -> Response {
        make(status, type: "text/html; charset=utf-8", bytes: bytes)
    }

    static let plainType = "text/plain"

    static func text(_ message: String, status: HTTPResponse.Status) -> Response {
        make(status, type: plainType + "; charset=utf-8", bytes: Array((message + "\n").utf8))
    }

    /// A whole text of lines.
    static func text(_ lines: String) -> Response {
        bytes(Array(lines.utf8), type: plainType + "; charset=utf-8")
    }

    /// Why there is no table.
    static func problem(_ problem: PanelProblem) -> Response {
        jsonError(problem.text, status: .notFound)
    }

    /// An object whose last member is a list. Its elements are made one after the other: of a
    /// hundred thousand sessions, all of them as values would be several times the answer.
    static func json<Element>(
        _ members: [JSONValue.Member], listing name: String, _ elements: [Element],
        _ json: (Element) -> JSONValue
    ) -> Response {
        var bytes: [UInt8] = []
        JSONValue.object(members + [.init(name, .array([]))]).write(to: &bytes)
        let end = bytes.suffix(2)
        bytes.removeLast(end.count)
        var content = ByteBuffer()
        for (index, element) in elements.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            json(element).write(to: &bytes)
            guard bytes.count >= WebLimits.responsePieceBytes else { continue }
            content.writeBytes(bytes)
            bytes.removeAll(keepingCapacity: true)
        }
        content.writeBytes(bytes + end)
        return make(.ok, type: jsonType, content)
    }

    /// An error of the JSON API: `{"status":"error","message":"…"}`.
    static func jsonError(_ message: String, status: HTTPResponse.Status) -> Response {
        json(errorJSON(message), status: status)
    }

    static func errorJSON(_ message: String) -> JSONValue {
        .object([.init("status", .string("error")), .init("message", .string(message))])
    }

    static func bytes(_ bytes: [UInt8], type: String) -> Response {
        make(.ok, type: type, bytes: bytes)
    }

    static let csvType = "text/csv"

    /// A table as a file to keep.
    static func csv(_ table: PanelTable, named name: String) -> Response {
        var response = bytes(table.csv, type: csvType + "; charset=utf-8")
        response.headers[.contentDisposition] = "attachment; filename=\"\(name).csv\""
        return response
    }

    private static func make(_ status: HTTPResponse.Status, type: String, bytes: [UInt8])
        -> Response
    {
        make(status, type: type, ByteBuffer(bytes: bytes))
    }

    private static let jsonType = "application/json; charset=utf-8"

    private static func make(
        _ status: HTTPResponse.Status, type: String, _ content: ByteBuffer
    ) -> Response {
        Response(
            status: status, headers: [.contentType: type], body: body(content))
    }

    /// A long body is written piece by piece, each when the client has read the one before: a
    /// client that reads slowly is then told from one that does not read, and is not cut off.
    private static func body(_ content: ByteBuffer) -> ResponseBody {
        let length = content.readableBytes
        guard length > WebLimits.responsePieceBytes else {
            return ResponseBody(byteBuffer: content)
        }
        return ResponseBody(contentLength: length) { writer in
            var rest = content
            while let piece = rest.readSlice(
                length: min(rest.readableBytes, WebLimits.responsePieceBytes)),
                piece.readableBytes > 0
            {
                try await writer.write(piece)
            }
            try await writer.finish(nil)
        }
    }
}

extension Response {
    /// Closes the connection after this response, without reading the rest of the request.
    func closing() -> Response {
        var response = self
        response.headers[.connection] = "close"
        return response
    }

    /// The same head without a body, for HEAD.
    func withoutBody() -> Response {
        var response = Response(status: status, headers: headers)
        response.headers[.contentLength] = String(body.contentLength ?? 0)
        return response
    }
}
