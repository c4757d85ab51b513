import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Synchronization
import TrackerLog

/// Serves a socket that is bound already, with the same pipeline. Hummingbird binds each of its
/// sockets itself.
struct BoundListener: Sendable {
    let descriptor: Int32
    /// Whether only processes of this account are answered: of a Unix socket.
    var isForOwnAccount = false
    let dispatcher: Dispatcher
    let setup: ConnectionSetup
    let logger: Logger

    /// Serves until a graceful stop. `ConnectionRegistry` ends the connections.
    func run(onRunning: @escaping @Sendable () -> Void) async throws {
        let connection = GuardedChannel(responder: dispatcher.responder(logger), parts: setup)
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .bind(descriptor) { channel in
                let accepted = connection.setup(channel: channel, logger: logger)
                guard isForOwnAccount else { return accepted }
                return PeerAccount.check(channel).flatMap { accepted }
            }
        onRunning()
        try await withGracefulShutdownHandler {
            try await withThrowingDiscardingTaskGroup { connections in
                try await channel.executeThenClose { accepted in
                    for try await value in accepted {
                        connections.addTask { [logger] in
                            await connection.handle(value: value, logger: logger)
                        }
                    }
                }
            }
        } onGracefulShutdown: {
            channel.channel.close(promise: nil)
        }
    }
}

extension Dispatcher {
    /// Answers as Hummingbird's `Application` does.
    func responder(_ logger: Logger) -> HTTPChannelHandler.Responder {
        let date = Mutex(HTTPDate())
        return { request, writer, channel in
            let context = ConnectionContext(source: .init(channel: channel, logger: logger))
            var response = try await respond(to: request, context: context)
            response.headers[.date] = date.withLock { $0.text(at: .now) }
            try await writer.write(response: response.head, body: response.body)
        }
    }
}
