import NIOCore
import NIOHTTP1

/// The handler between the HTTP parser and the application: admits only heads that pass
/// `HeadRules`, answers parse errors and timeouts, and adds the security headers to every response.
final class RequestGuard: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// The body of a request was cut off; the application must not use the received part.
    struct RequestCutOff: Error {}

    private struct InFlight {
        let version: HTTPVersion
        var closesAfter: Bool
        var isHeadWritten = false
    }

    private enum Mode {
        case open
        /// Pending responses are finished first, then the refusal is sent.
        case refusing(Refusal)
        /// No further responses; input is discarded.
        case draining
    }

    private let clock: ConnectionClock
    private let registry: ConnectionRegistry
    private let timeouts: ConnectionTimeouts
    private let hosts: [ServerName]
    private let isAdmitted: Bool
    private var bodies: BodyShare
    private var rules = HeadRules(hosts: AllowedHosts(port: 0))
    private var mode = Mode.open
    private var inFlight = CircularBuffer<InFlight>()
    /// The body of the newest request is still arriving.
    private var isReceiving = false
    /// The newest request is a HEAD: its response has no body.
    private var isHeadMethod = false
    /// Responses that were written, and of which the kernel does not have every byte yet. Closing
    /// the connection would drop the rest.
    private var unsentResponses = 0
    /// What is done when there are none.
    private var onAllSent: [() -> Void] = []

    init(
        clock: ConnectionClock, registry: ConnectionRegistry, timeouts: ConnectionTimeouts,
        bodies: BodyBudget, hosts: [ServerName], isAdmitted: Bool
    ) {
        self.hosts = hosts
        self.bodies = BodyShare(of: bodies)
        self.clock = clock
        self.registry = registry
        self.timeouts = timeouts
        self.isAdmitted = isAdmitted
    }

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { start(context: context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        start(context: context)
        context.fireChannelActive()
    }

    private func start(context: ChannelHandlerContext) {
        rules = HeadRules(
            hosts: AllowedHosts(port: context.localAddress?.port, others: hosts))
        clock.onRefusal = { self.refuse($0, context: context) }
        if isAdmitted {
            clock.becameIdle(context: context)
        } else {
            refuse(.connections, context: context)
        }
    }

    // MARK: requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .open = mode else { return }
        switch unwrapInboundIn(data) {
        case .head(let head):
            clock.headArrived(head, context: context)
            isHeadMethod = head.method == .HEAD
            switch rules.verdict(on: head) {
            case .refuse(let refusal): refuse(refusal, context: context)
            case .admit(let admitted): receive(admitted, context: context)
            }
        case .body(let piece):
            guard bodies.take(piece.readableBytes) else {
                return refuse(.bodies, context: context)
            }
            context.fireChannelRead(data)
        case .end:
            isReceiving = false
            clock.requestArrived()
            registry.setPhase(.answering, of: context.channel)
            context.fireChannelRead(data)
        }
    }

    private func receive(_ head: HTTPRequestHead, context: ChannelHandlerContext) {
        let closesAfter = head.version == .http1_0 || !head.isKeepAlive
        inFlight.append(InFlight(version: head.version, closesAfter: closesAfter))
        isReceiving = true
        registry.setPhase(.receiving, of: context.channel)
        // A client of HTTP/1.0 would take the interim answer for the answer (RFC 9110, 10.1.1).
        if head.version == .http1_1, head.headers.contains(name: "Expect"), inFlight.count == 1 {
            let interim = HTTPResponseHead(version: .http1_1, status: .continue)
            context.writeAndFlush(wrapOutboundOut(.head(interim)), promise: nil)
        }
        context.fireChannelRead(wrapInboundOut(.head(head)))
    }

    func channelInactive(context: ChannelHandlerContext) {
        bodies.release()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        case HTTPParserError.headerOverflow: refuse(.headers, context: context)
        case is HTTPParserError: refuse(.malformed, context: context)
        default: context.fireErrorCaught(error)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .draining = mode, let event = event as? ChannelEvent, event == .inputClosed {
            context.close(promise: nil)
            return
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        context.fireChannelReadComplete()
        if case .draining = mode { context.read() }
    }

    // MARK: responses

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .draining = mode {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        switch unwrapOutboundIn(data) {
        case .head(let head) where head.status.code >= 200:
            context.write(wrapOutboundOut(.head(guarded(head))), promise: promise)
        case .end(let trailers):
            writeEnd(trailers, promise: promise, context: context)
            answered(context: context)
        case let part: context.write(wrapOutboundOut(part), promise: promise)
        }
    }

    private func guarded(_ head: HTTPResponseHead) -> HTTPResponseHead {
        var head = head
        SecurityHeaders.apply(to: &head.headers)
        guard !inFlight.isEmpty else { return head }
        let isUnread = isReceiving && inFlight.count == 1
        let asksToClose = head.headers[canonicalForm: "Connection"].contains {
            $0.lowercased() == "close"
        }
        inFlight[inFlight.startIndex].isHeadWritten = true
        if isUnread || asksToClose { inFlight[inFlight.startIndex].closesAfter = true }
        if inFlight[inFlight.startIndex].closesAfter {
            head.headers.replaceOrAdd(name: "Connection", value: "close")
        }
        // HTTP/1.0 has no chunked encoding: the end of the connection ends the response.
        head.version = inFlight[inFlight.startIndex].version
        return head
    }

    private func writeEnd(
        _ trailers: HTTPHeaders?, promise: EventLoopPromise<Void>?, context: ChannelHandlerContext
    ) {
        let sent = promise ?? context.eventLoop.makePromise(of: Void.self)
        unsentResponses += 1
        sent.futureResult.assumeIsolated().whenComplete { _ in self.responseSent() }
        context.write(wrapOutboundOut(.end(trailers)), promise: sent)
    }

    private func responseSent() {
        unsentResponses -= 1
        guard unsentResponses == 0 else { return }
        let actions = onAllSent
        onAllSent = []
        for action in actions { action() }
    }

    private func whenAllSent(_ action: @escaping () -> Void) {
        if unsentResponses == 0 { action() } else { onAllSent.append(action) }
    }

    private var isRefusing: Bool { if case .refusing = mode { true } else { false } }

    private func answered(context: ChannelHandlerContext) {
        guard let done = inFlight.popFirst() else { return }
        if inFlight.isEmpty, !isReceiving { bodies.release() }
        if done.closesAfter {
            // Whatever came behind it, this was the last answer.
            beginClosing(isUnread: isReceiving || isRefusing, context: context)
        } else if case .refusing(let refusal) = mode, inFlight.isEmpty {
            writeRefusal(refusal, context: context)
        } else if inFlight.isEmpty {
            let channel = context.channel
            // Until then it is not idle: a new connection does not take its place.
            whenAllSent {
                guard self.inFlight.isEmpty, !self.isReceiving else { return }
                self.registry.setPhase(.idle(since: .now()), of: channel)
                self.clock.becameIdle(context: context)
            }
        }
    }

    /// Whoever closes the connection, what was written is sent first. A client that does not read
    /// it is cut off by the timeout of `ConnectionClock`.
    func close(
        context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?
    ) {
        guard mode != .input, unsentResponses > 0 else {
            context.close(mode: mode, promise: promise)
            return
        }
        context.flush()
        whenAllSent { context.close(mode: mode, promise: promise) }
    }

    func triggerUserOutboundEvent(
        context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?
    ) {
        guard event is ConnectionAbort else {
            context.triggerUserOutboundEvent(event, promise: promise)
            return
        }
        context.close(promise: promise)
    }

    // MARK: refusing and closing

    private func refuse(_ refusal: Refusal, context: ChannelHandlerContext) {
        guard case .open = mode else { return }
        clock.stopRequestTimer()
        guard isReceiving else {
            if inFlight.isEmpty {
                writeRefusal(refusal, context: context)
            } else {
                mode = .refusing(refusal)
            }
            return
        }
        // The request being read will stay incomplete: the application must be notified.
        if inFlight.count > 1 {
            // Those before it are whole, and are answered.
            inFlight.removeLast()
            isReceiving = false
            mode = .refusing(refusal)
        } else if inFlight.count == 1, inFlight.first?.isHeadWritten == false {
            writeRefusal(refusal, context: context)
        } else {
            beginClosing(isUnread: true, context: context)
        }
        context.fireErrorCaught(RequestCutOff())
    }

    private func writeRefusal(_ refusal: Refusal, context: ChannelHandlerContext) {
        let body = ByteBuffer(string: refusal.message + "\n")
        var headers = HTTPHeaders([
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Length", String(body.readableBytes)),
            ("Connection", "close"),
        ])
        if let allow = refusal.allow { headers.add(name: "Allow", value: allow) }
        if let seconds = refusal.retryAfterSeconds {
            headers.add(name: "Retry-After", value: String(seconds))
        }
        SecurityHeaders.apply(to: &headers)
        let head = HTTPResponseHead(version: .http1_1, status: refusal.status, headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if !isHeadMethod {
            context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        }
        writeEnd(nil, promise: nil, context: context)
        beginClosing(isUnread: isAdmitted, context: context)
    }

    /// Ends the connection when all that was written has been sent.
    /// - Parameter isUnread: more of the request may arrive. Closing at once would reset the
    ///   connection and the client could lose the response, so input is discarded for a short time.
    private func beginClosing(isUnread: Bool, context: ChannelHandlerContext) {
        if case .draining = mode { return }
        mode = .draining
        context.fireUserInboundEventTriggered(ConnectionEnding())
        context.flush()
        whenAllSent {
            guard isUnread else {
                context.close(promise: nil)
                return
            }
            context.close(mode: .output, promise: nil)
            context.read()
            let channel = context.channel
            context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(self.timeouts.linger)) {
                context.close(promise: nil)
            }
            self.registry.setPhase(.idle(since: .now()), of: channel)
        }
    }
}

@available(*, unavailable)
extension RequestGuard: Sendable {}
