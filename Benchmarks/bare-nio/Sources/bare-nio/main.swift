import NIOCore
import NIOHTTP1
import NIOPosix

#if canImport(Glibc)
    import Glibc
#endif

/// Reads each request to its end and answers what the tracker answers to a report: nothing else, so
/// that this is what SwiftNIO costs. Prints its port, and ends with its standard input.
final class Answering: ChannelInboundHandler, Sendable {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private static let body = ByteBuffer(string: #"{"status":"ok","message":"Metrics recorded."}"#)
    private static let headers = HTTPHeaders([
        ("Content-Type", "application/json; charset=utf-8"),
        ("Content-Length", String(body.readableBytes)),
    ])

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .end = unwrapInboundIn(data) else { return }
        let head = HTTPResponseHead(version: .http1_1, status: .ok, headers: Self.headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(Self.body))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }
}

let group = MultiThreadedEventLoopGroup.singleton
let channel = try await ServerBootstrap(group: group)
    .serverChannelOption(.backlog, value: 256)
    .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
    .childChannelInitializer { channel in
        channel.pipeline.configureHTTPServerPipeline().flatMapThrowing {
            try channel.pipeline.syncOperations.addHandler(Answering())
        }
    }
    .bind(host: "127.0.0.1", port: 0).get()
print(channel.localAddress?.port ?? 0)
// The reader of a pipe would not see it before the end.
fflush(nil)
while readLine() != nil {}
