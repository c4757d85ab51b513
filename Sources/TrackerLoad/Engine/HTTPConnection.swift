import NIOCore
import NIOHTTP1

/// What a connection reports to, and takes its requests from. Confined to one event loop.
protocol ConnectionOwner: AnyObject {
    /// Whether a connection serves one request only.
    var closesEachConnection: Bool { get }
    var receivedBytes: UInt64 { get set }

    /// The target has accepted a connection.
    func connected()
    /// A connection could not be secured, or could not stay so.
    func tlsFailed(reason: String)
    /// What a template sends.
    func message(_ template: Int) -> (head: HTTPRequestHead, body: ByteBuffer?)
    /// A request has ended, the connection is closed (`keep` is `false`), or both.
    func ended(
        _ connection: HTTPConnection, request: HTTPConnection.InFlight?, outcome: Outcome?,
        keep: Bool)
}

/// One keep-alive HTTP/1.1 connection: at most one request at a time.
///
/// Confined to its owner's event loop. It reports to the owner exactly once for each request, with
/// the outcome, and exactly once when it is closed.
final class HTTPConnection: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    /// The request whose response is pending.
    struct InFlight {
        var template: Int
        var intendedNs: Int64
        var startNs: Int64
        /// How late it was sent although a connection was free.
        var generatorDelayNs: Int64
    }

    private enum State {
        case connecting, ready, gone
    }

    private let owner: any ConnectionOwner
    private var state = State.connecting
    private var context: ChannelHandlerContext?
    private(set) var request: InFlight?
    /// Status of the response being read.
    private var responseStatus: UInt16?
    private var reusable = false
    /// Whether it is in the owner's list of idle connections.
    var isIdle = false

    init(owner: any ConnectionOwner) { self.owner = owner }

    /// Sends a request as soon as the connection is established.
    func send(_ request: InFlight) {
        precondition(self.request == nil, "a second request on a busy connection")
        self.request = request
        if state == .ready { write() }
    }

    /// Ends the request and closes the connection: a late response could otherwise be taken for
    /// that of the next request.
    func abort(_ outcome: Outcome?) {
        let context = self.context
        finish(outcome, keep: false)
        context?.close(promise: nil)
    }

    /// The connection could not be established.
    func connectFailed(_ error: any Error) {
        note(error)
        finish(.failure(Outcome.Failure(error)), keep: false)
    }

    func channelActive(context: ChannelHandlerContext) {
        owner.connected()
        guard state == .connecting else {
            // Aborted while it was connecting.
            context.close(promise: nil)
            return
        }
        self.context = context
        state = .ready
        if request != nil { write() }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            guard request != nil else {
                // A response without a request: the connection cannot be trusted any more.
                return abort(nil)
            }
            responseStatus = UInt16(clamping: head.status.code)
            reusable = head.isKeepAlive && head.status != .switchingProtocols
        case .body(let bytes):
            owner.receivedBytes += UInt64(bytes.readableBytes)
        case .end:
            guard let responseStatus, request != nil else { return }
            // A body that ends with the connection leaves nothing to reuse.
            let keep = reusable && !owner.closesEachConnection && context.channel.isActive
            finish(.status(responseStatus), keep: keep)
            if !keep { context.close(promise: nil) }
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        note(error)
        finish(.failure(Outcome.Failure(error)), keep: false)
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        finish(.failure(.closed), keep: false)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    private func note(_ error: any Error) {
        if case TLSError.failed(let reason) = error { owner.tlsFailed(reason: reason) }
    }

    private func write() {
        guard let context, let request else { return }
        let (head, body) = owner.message(request.template)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if let body {
            context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    /// Reports the end of the request in flight, if any, and whether the connection is kept.
    /// - Parameter outcome: `nil` when the request is abandoned without a result.
    private func finish(_ outcome: Outcome?, keep: Bool) {
        guard state != .gone else { return }
        let ended = request
        request = nil
        responseStatus = nil
        if !keep { state = .gone }
        owner.ended(self, request: ended, outcome: outcome, keep: keep)
    }
}

extension Outcome.Failure {
    /// The failure for an error of a connection.
    init(_ error: any Error) {
        switch error {
        case let error as IOError: self.init(errno: error.errnoCode)
        case HTTPParserError.invalidEOFState, HTTPParserError.closedConnection: self = .closed
        case TLSError.failed: self = .tls
        case TLSError.truncated: self = .closed
        case is HTTPParserError, is NIOHTTPDecoderError: self = .malformed
        case ChannelError.connectTimeout: self = .timeout
        case ChannelError.eof, ChannelError.alreadyClosed, ChannelError.ioOnClosedChannel,
            ChannelError.inputClosed, ChannelError.outputClosed:
            self = .closed
        default: self = .failed
        }
    }
}
