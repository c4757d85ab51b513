import Glibc
import NIOCore
import NIOPosix
import Synchronization
import TrackerLoad
import TrackerLog
import TrackerTestSupport

/// A TCP server on loopback that answers each request by a script, right or wrong.
final class ScriptedServer: Sendable {
    enum Step: Sendable {
        case send(String)
        case pause(ms: Int64)
        /// Ends the connection in good order.
        case close
        /// Breaks the connection.
        case reset
    }

    let port: Int
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let state: Counters

    final class Counters: Sendable {
        let connections = Atomic<Int>(0)
        let requests = Atomic<Int>(0)
        let received = Mutex<[String]>([])
    }

    /// - Parameter script: what to do for a request, from its number on this server, from 0.
    init(script: @escaping @Sendable (Int) -> [Step]) async throws {
        let state = Counters()
        self.state = state
        let channel = try await ServerBootstrap(group: group)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    state.connections.wrappingAdd(1, ordering: .relaxed)
                    try channel.pipeline.syncOperations.addHandler(
                        Handler(script: script, state: state))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        port = channel.localAddress?.port ?? 0
    }

    var connections: Int { state.connections.load(ordering: .relaxed) }
    var requests: Int { state.requests.load(ordering: .relaxed) }
    /// What each request looked like.
    var received: [String] { state.received.withLock { $0 } }

    func shutdown() async throws { try await group.shutdownGracefully() }

    /// A request ends with its blank line, and a body of the length that its head says.
    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let script: @Sendable (Int) -> [Step]
        private let state: Counters
        private var bytes: [UInt8] = []
        /// Of the whole request, once its head is there.
        private var length: Int?

        init(script: @escaping @Sendable (Int) -> [Step], state: Counters) {
            self.script = script
            self.state = state
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            bytes += unwrapInboundIn(data).readableBytesView
            length = length ?? Self.length(of: bytes)
            guard let length, bytes.count >= length else { return }
            state.received.withLock { $0.append(String(decoding: bytes, as: UTF8.self)) }
            bytes = []
            self.length = nil
            let number = state.requests.wrappingAdd(1, ordering: .relaxed).oldValue
            play(script(number)[...], context: context)
        }

        private static func length(of bytes: [UInt8]) -> Int? {
            let parts = String(decoding: bytes.prefix(4_096), as: UTF8.self).split(
                separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { return nil }
            let body =
                parts[0].split(separator: "\r\n")
                .first { $0.lowercased().hasPrefix("content-length:") }
                .flatMap { Int($0.split(separator: " ").last ?? "") } ?? 0
            return parts[0].utf8.count + 4 + body
        }

        private func play(_ steps: ArraySlice<Step>, context: ChannelHandlerContext) {
            var rest = steps
            guard let step = rest.popFirst(), context.channel.isActive else { return }
            switch step {
            case .send(let text):
                context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
                play(rest, context: context)
            case .pause(let ms):
                let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
                context.eventLoop.scheduleTask(in: .milliseconds(ms)) { [rest] in
                    bound.value.0.play(rest, context: bound.value.1)
                }
            case .close: context.close(promise: nil)
            case .reset:
                // A linger time of zero makes the kernel send RST.
                let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
                (context.channel as? any SocketOptionProvider)?
                    .setSoLinger(linger(l_onoff: 1, l_linger: 0))
                    .whenComplete { _ in bound.value.close(promise: nil) }
            }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            context.close(promise: nil)
        }
    }
}

extension ScriptedServer.Step {
    static func ok(_ body: String = "ok") -> Self {
        .send("HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
    }
}

/// Keeps every request that a generator reports.
final class Collector: LoadObserver {
    private let requests = Mutex<[CompletedRequest]>([])

    func began(at time: Timestamp) {}
    func completed(_ batch: [CompletedRequest]) { requests.withLock { $0 += batch } }

    var all: [CompletedRequest] { requests.withLock { $0 } }
    var labels: [String] { all.map(\.outcome.label) }
}
