import NIOCore
import NIOPosix

/// An HTTP answer as it came over the wire.
struct RawResponse: Sendable, CustomStringConvertible {
    var status: Int
    /// In the order they came, names in lower case.
    var headers: [(name: String, value: String)]
    var body: String
    /// Whether the server closed the connection after it.
    var isClosed: Bool

    func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }

    var description: String { "\(status) \(headers.map { "\($0.name): \($0.value)" }) \(body)" }
}

/// Why no answer could be read.
enum RawClientError: Error {
    /// The server closed without a whole answer; what came is given.
    case closedEarly(String)
}

/// A connection that sends exactly the bytes it is given.
final class RawConnection {
    private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    private var inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    private var received: [UInt8] = []
    private(set) var isClosed = false

    init(
        outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>,
        inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    ) {
        self.outbound = outbound
        self.inbound = inbound
    }

    /// Opens a connection, and closes it after `body`.
    static func with<Result: Sendable>(
        port: Int, host: String = "127.0.0.1", receiveBufferBytes: Int? = nil,
        _ body: (RawConnection) async throws -> Result
    ) async throws -> Result {
        var bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.allowRemoteHalfClosure, value: true)
        if let bytes = receiveBufferBytes {
            bootstrap = bootstrap.channelOption(
                .socketOption(.so_rcvbuf), value: SocketOptionValue(bytes))
        }
        let channel =
            try await bootstrap
            .connect(host: host, port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                        wrappingChannelSynchronously: channel,
                        // So that `finishSending` is seen by the server.
                        configuration: .init(isOutboundHalfClosureEnabled: true))
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            try await body(RawConnection(outbound: outbound, inbound: inbound.makeAsyncIterator()))
        }
    }

    func send(_ text: String) async throws { try await outbound.write(ByteBuffer(string: text)) }
    func send(_ bytes: [UInt8]) async throws { try await outbound.write(ByteBuffer(bytes: bytes)) }

    /// Reads until `text` has come; gives everything up to its end.
    func read(until text: String) async throws -> String {
        let wanted = Array(text.utf8)
        while true {
            if let range = received.firstRange(of: wanted) {
                let part = received[..<range.upperBound]
                received.removeFirst(part.count)
                return String(decoding: part, as: UTF8.self)
            }
            guard try await fill() else {
                throw RawClientError.closedEarly(String(decoding: received, as: UTF8.self))
            }
        }
    }

    /// Reads until the server closes.
    func readToEnd() async throws -> String {
        while try await fill() {}
        defer { received = [] }
        return String(decoding: received, as: UTF8.self)
    }

    /// Closes this side: the server reads the end, and can still answer.
    func finishSending() { outbound.finish() }

    /// Reads the rest of an answer whose head was read.
    func readBody(count: Int) async throws -> String {
        while received.count < count {
            guard try await fill() else {
                throw RawClientError.closedEarly(String(decoding: received, as: UTF8.self))
            }
        }
        defer { received.removeFirst(count) }
        return String(decoding: received.prefix(count), as: UTF8.self)
    }

    private func fill() async throws -> Bool {
        guard !isClosed else { return false }
        do {
            guard let buffer = try await inbound.next(isolation: #isolation) else {
                isClosed = true
                return false
            }
            received.append(contentsOf: buffer.readableBytesView)
            return true
        } catch is IOError {
            // A reset counts as closed.
            isClosed = true
            return false
        }
    }

    /// Reads the head of an answer; its body is left to be read.
    func readHead() async throws -> RawResponse {
        let head = try await read(until: "\r\n\r\n")
        var lines = head.split(separator: "\r\n", omittingEmptySubsequences: true)
        let status =
            lines.removeFirst().split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        let headers = lines.map { line in
            let parts = line.split(separator: ":", maxSplits: 1)
            return (name: parts[0].lowercased(), value: String(parts[1].drop { $0 == " " }))
        }
        return RawResponse(status: status, headers: headers, body: "", isClosed: false)
    }

    /// Reads one whole answer: by its length, by chunks, or to the end of the connection.
    func readResponse(toHead: Bool = false) async throws -> RawResponse {
        var response = try await readHead()
        if toHead || [204, 304].contains(response.status) {
            response.body = ""
        } else if let length = response.header("content-length").flatMap({ Int($0) }) {
            response.body = try await readBody(count: length)
        } else if response.header("transfer-encoding") == "chunked" {
            response.body = try await read(until: "0\r\n\r\n")
        } else {
            response.body = try await readToEnd()
        }
        if response.header("connection") == "close" { _ = try await readToEnd() }
        response.isClosed = isClosed
        return response
    }
}

extension Array where Element == UInt8 {
    fileprivate func firstRange(of pattern: [UInt8]) -> Range<Int>? {
        guard count >= pattern.count else { return nil }
        for start in 0...(count - pattern.count)
        where self[start] == pattern[0] && Array(self[start..<start + pattern.count]) == pattern {
            return start..<start + pattern.count
        }
        return nil
    }
}
