import HTTPTypes
import Logging
import NIOCore
import NIOHTTP1

/// Answers plain reports on the event loop, between the guard and the application:
///
/// ```text
/// guard ──► this handler ──► application (every other request)
///                 │ ▲
///                 ▼ │ the event is in the log
///               intake
/// ```
///
/// It takes a `POST /api/track` that every check of the head lets pass and that has a small body.
/// All others go to the application, whose route answers with the same `TrackIntake` and has the
/// reasons for refusals.
///
/// Requests behind one that is not answered yet wait here, whoever answers it: when its answer
/// closes the connection, they are not carried out, because nobody would hear of it.
final class IntakeHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private enum Phase {
        /// The newest request is the application's, or there is none.
        case passing
        case receiving(ByteBuffer?)
        case answering
    }

    /// What has arrived behind a request that is not answered yet.
    private enum Held {
        case part(HTTPServerRequestPart)
        case event(ChannelEvent)
        case error(any Error)
        case close(CloseMode, EventLoopPromise<Void>?)
    }

    private let intake: TrackIntake
    private let rules: IntakeRules
    private let logger: Logger
    private var phase = Phase.passing
    /// Of the report that is being received.
    private var key = GivenKey.none
    /// Requests that the application has not answered yet.
    private var passed = 0
    private var held = CircularBuffer<Held>()
    /// No request is carried out any more.
    private var isEnding = false
    private var isReadHeld = false
    private var date = HTTPDate()
    /// `nil` once the handler is removed.
    private var context: ChannelHandlerContext?

    init(intake: TrackIntake, rules: IntakeRules, logger: Logger) {
        self.intake = intake
        self.rules = rules
        self.logger = logger
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    private var isAnswering: Bool { if case .answering = phase { true } else { false } }

    /// Whether a part of a request comes behind another request that is not answered yet.
    private func isWaiting(_ part: HTTPServerRequestPart) -> Bool {
        if isAnswering || !held.isEmpty { return true }
        if case .head = part { return passed > 0 }
        return false
    }

    // MARK: requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        guard !isEnding else { return }
        guard !isWaiting(part) else { return held.append(.part(part)) }
        receive(part, context)
    }

    private func receive(_ part: HTTPServerRequestPart, _ context: ChannelHandlerContext) {
        switch (phase, part) {
        case (.receiving(let received), .body(var more)):
            // The buffer has one owner, so that it is not copied.
            phase = .passing
            if var body = received {
                body.writeBuffer(&more)
                phase = .receiving(body)
            } else {
                phase = .receiving(more)
            }
        case (.receiving(let body), .end):
            phase = .answering
            take(body, context)
        case (_, .head(let head)):
            if passed == 0, rules.takes(head) {
                phase = .receiving(nil)
                key = GivenKey(head.headers)
            } else {
                phase = .passing
                passed += 1
                context.fireChannelRead(wrapInboundOut(part))
            }
        default: context.fireChannelRead(wrapInboundOut(part))
        }
    }

    private func take(_ body: ByteBuffer?, _ context: ChannelHandlerContext) {
        let bytes = body.map { Array($0.readableBytesView) } ?? []
        let handler = NIOLoopBound(self, eventLoop: context.eventLoop)
        let loop = context.eventLoop
        intake.take(bytes, key: key, logger: logger) { answer in
            loop.execute { handler.value.answer(answer) }
        }
    }

    func read(context: ChannelHandlerContext) {
        if held.isEmpty { context.read() } else { isReadHeld = true }
    }

    /// The end of the input: the application would close the connection before the answer.
    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ConnectionEnding {
            isEnding = true
            held.removeAll { if case .part = $0 { true } else { false } }
        } else if isAnswering || !held.isEmpty, let event = event as? ChannelEvent {
            held.append(.event(event))
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if isAnswering || !held.isEmpty { return held.append(.error(error)) }
        pass(error, context)
    }

    private func pass(_ error: any Error, _ context: ChannelHandlerContext) {
        // Of a body that was cut off.
        phase = .passing
        context.fireErrorCaught(error)
    }

    func channelInactive(context: ChannelHandlerContext) {
        phase = .passing
        for case .close(_, let promise) in held { promise?.succeed() }
        held.removeAll()
        context.fireChannelInactive()
    }

    /// The application knows nothing of a report that is being answered.
    func close(
        context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?
    ) {
        guard isAnswering else { return context.close(mode: mode, promise: promise) }
        held.append(.close(mode, promise))
    }

    // MARK: responses

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard case .end = unwrapOutboundIn(data) else {
            return context.write(data, promise: promise)
        }
        passed -= 1
        context.write(data, promise: promise)
        resume(context)
    }

    private func answer(_ answer: TrackAnswer) {
        guard let context, isAnswering else { return }
        phase = .passing
        var headers = HTTPHeaders()
        headers.reserveCapacity(Self.headerCount)
        headers.add(name: "Content-Type", value: "application/json; charset=utf-8")
        headers.add(name: "Content-Length", value: String(answer.body.count))
        headers.add(name: "Date", value: date.text(at: intake.now()))
        let head = HTTPResponseHead(
            version: .http1_1, status: HTTPResponseStatus(statusCode: answer.status.code),
            headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        let body = context.channel.allocator.buffer(bytes: answer.body)
        context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        resume(context)
    }

    /// With those that the guard adds.
    private static let headerCount = 12

    /// Goes on with what has arrived meanwhile.
    private func resume(_ context: ChannelHandlerContext) {
        guard !held.isEmpty || isReadHeld else { return }
        while let next = held.first {
            if isAnswering { break }
            if case .part(.head) = next, passed > 0 { break }
            held.removeFirst()
            switch next {
            case .part(let part): receive(part, context)
            case .event(let event): context.fireUserInboundEventTriggered(event)
            case .error(let error): pass(error, context)
            case .close(let mode, let promise): context.close(mode: mode, promise: promise)
            }
        }
        context.fireChannelReadComplete()
        if isReadHeld, held.isEmpty {
            isReadHeld = false
            context.read()
        }
    }
}

@available(*, unavailable)
extension IntakeHandler: Sendable {}
