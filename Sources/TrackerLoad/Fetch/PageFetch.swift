import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// Gets one page again and again, each time on a connection of its own.
package final class PageFetch: Sendable {
    /// Why there is no page.
    package struct Failure: Error, Sendable, Hashable, CustomStringConvertible {
        package var description: String

        package init(description: String) { self.description = description }
    }

    private struct State {
        var address: SocketAddress?
        var channel: (any Channel)?
        var isStopped = false
    }

    private let origin: Origin
    private let head: HTTPRequestHead
    private let timeout: Duration
    private let tls: TLSContext?
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let state = Mutex(State())

    /// - Parameters:
    ///   - accept: the media types that are wanted.
    ///   - timeout: for the connection, and then for the whole response.
    package init(
        url: TargetURL, accept: String, headers: [RequestTemplate.Header], tls: TLSSettings,
        timeout: Duration
    ) throws(LoadError) {
        origin = url.origin
        let wanted = try RequestTemplate.Header(parsing: "Accept: \(accept)")
        let close = try RequestTemplate.Header(parsing: "Connection: close")
        head = try RequestTemplate(target: url, headers: [wanted, close] + headers)
            .head(origin: url.origin)
        self.timeout = timeout
        self.tls = url.origin.isTLS ? try TLSContext(tls) : nil
    }

    /// The body of a response with status 200.
    package func get() async throws(Failure) -> [UInt8] {
        do {
            return try await page(at: try await address())
        } catch let failure as Failure {
            // The name may have another address by the next time.
            state.withLock { $0.address = nil }
            throw failure
        } catch {
            state.withLock { $0.address = nil }
            throw Failure(description: Self.text(of: error))
        }
    }

    /// Ends a request in flight, and prevents further ones.
    package func stop() {
        let channel = state.withLock { state in
            state.isStopped = true
            return state.channel
        }
        channel?.close(promise: nil)
    }

    /// Ends the threads. No request is in flight.
    package func close() async {
        // try? is right here: the process ends, and has nobody to tell.
        try? await group.shutdownGracefully()
    }

    private func address() async throws -> SocketAddress {
        if let known = state.withLock({ $0.address }) { return known }
        let found = try await TargetAddress.resolve(origin, group: group)
        state.withLock { $0.address = found }
        return found
    }

    private func page(at address: SocketAddress) async throws -> [UInt8] {
        let loop = group.next()
        let body = loop.makePromise(of: [UInt8].self)
        let limit = TimeAmount.nanoseconds(timeout.wholeNanoseconds)
        let bootstrap = ClientBootstrap(group: loop).connectTimeout(limit)
            .channelInitializer { [head, tls, name = origin.tlsName] channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let tls {
                        let session = try tls.session(name: name, address: address.ipAddress)
                        try pipeline.addHandler(TLSClientHandler(session: session))
                    }
                    try pipeline.addHTTPClientHandlers()
                    try pipeline.addHandler(PageReader(head: head, body: body))
                }
            }
        let channel: any Channel
        do {
            channel = try await bootstrap.connect(to: address).get()
        } catch {
            body.fail(error)
            return try await body.futureResult.get()
        }
        let isStopped = state.withLock { state in
            state.channel = channel
            return state.isStopped
        }
        if isStopped { channel.close(promise: nil) }
        let timer = loop.scheduleTask(in: limit) {
            body.fail(Failure(description: Outcome.Failure.timeout.explanation))
            channel.close(promise: nil)
        }
        defer {
            timer.cancel()
            state.withLock { $0.channel = nil }
        }
        return try await body.futureResult.get()
    }

    private static func text(of error: any Error) -> String {
        if let error = error as? LoadError { return error.description }
        if case TLSError.failed(let reason) = error { return reason }
        return Outcome.Failure(error).explanation
    }
}

/// Sends the request and gathers the body of the response. Confined to its channel's event loop.
private final class PageReader: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    private let head: HTTPRequestHead
    private let body: EventLoopPromise<[UInt8]>
    private var bytes: [UInt8] = []

    init(head: HTTPRequestHead, body: EventLoopPromise<[UInt8]>) {
        self.head = head
        self.body = body
    }

    func channelActive(context: ChannelHandlerContext) {
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            if head.status != .ok {
                let moved = (300..<400).contains(head.status.code)
                fail(
                    "status \(head.status.code)"
                        + (moved ? ": give the URL that it leads to" : ""), context)
            } else if let coding = head.headers.first(name: "Content-Encoding"),
                !["", "identity"].contains(coding.lowercased())
            {
                fail("the response is compressed (\(coding)), which was not asked for", context)
            }
        case .body(let part):
            guard bytes.count + part.readableBytes <= LoadLimits.maxPageBytes else {
                return fail("more than \(LoadLimits.maxPageBytes) bytes", context)
            }
            bytes += part.readableBytesView
        case .end:
            body.succeed(bytes)
            context.close(promise: nil)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        body.fail(error)
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) { body.fail(ChannelError.eof) }

    private func fail(_ reason: String, _ context: ChannelHandlerContext) {
        body.fail(PageFetch.Failure(description: reason))
        context.close(promise: nil)
    }
}
