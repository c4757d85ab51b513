import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization
import TrackerLog

/// A small HTTP/1.1 server on 127.0.0.1 that answers as its behaviour says, as a target for load.
package final class DemoTarget: Sendable {
    private let group: MultiThreadedEventLoopGroup
    private let service: DemoService
    /// The port it listens on.
    package let port: Int

    /// - Parameters:
    ///   - port: 0 for any free one.
    ///   - queue: decides how long requests take, in place of the behaviour.
    ///   - seed: decides all latencies and errors, in the order of the requests.
    package init(
        port: Int = 0, behaviour: DemoBehaviour, queue: DemoQueue? = nil, seed: UInt64 = 1
    ) async throws(LoadError) {
        group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        service = DemoService(behaviour: behaviour, queue: queue, seed: seed)
        do {
            let channel = try await Self.listen(port: port, group: group, service: service)
            self.port = channel.localAddress?.port ?? port
        } catch {
            await Self.end(group)
            throw .listen(address: "127.0.0.1:\(port)", reason: Self.reason(error))
        }
    }

    package var url: String { "http://127.0.0.1:\(port)" }
    /// Requests received so far.
    package var requests: UInt64 { service.requests.load(ordering: .relaxed) }
    /// Connections accepted so far.
    package var connections: UInt64 { service.connections.load(ordering: .relaxed) }

    /// Changes the behaviour for all further requests.
    package func change(to behaviour: DemoBehaviour) { service.change(to: behaviour) }

    /// Closes every connection and ends the thread.
    package func shutdown() async { await Self.end(group) }

    private static func listen(
        port: Int, group: MultiThreadedEventLoopGroup, service: DemoService
    ) async throws -> any Channel {
        try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1_024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    service.connections.wrappingAdd(1, ordering: .relaxed)
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.configureHTTPServerPipeline(withErrorHandling: true)
                    try pipeline.addHandler(DemoHandler(service: service))
                }
            }
            .bind(host: "127.0.0.1", port: port).get()
    }

    private static func end(_ group: MultiThreadedEventLoopGroup) async {
        do {
            try await group.shutdownGracefully()
        } catch {
            // The threads end with the process; no caller could act on the error.
            return
        }
    }

    private static func reason(_ error: any Error) -> String {
        guard let error = error as? IOError else { return "\(error)" }
        return Outcome.Failure.systemMessage(error.errnoCode)
    }
}
