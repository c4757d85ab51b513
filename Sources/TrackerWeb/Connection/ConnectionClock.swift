import NIOCore
import NIOHTTP1

/// The first handler of a connection: it sees raw bytes and enforces the timeouts.
///
/// Closes connections with a slow header, a slow body, or a response that the client does not read.
/// It also limits the bytes of a head before the parser has seen its end.
final class ConnectionClock: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private enum Phase { case waiting, head, body }

    private var walk = RequestWalk()

    private struct Deadline {
        var at: NIODeadline
        /// `nil` for an idle connection, which is closed.
        var refusal: Refusal?
    }

    private let timeouts: ConnectionTimeouts
    /// Called on the event loop when the client must be refused.
    var onRefusal: ((Refusal) -> Void)?
    private var phase = Phase.waiting
    private var headBytes = 0
    private var deadline: Deadline?
    /// Wakes at the deadline or before: a later deadline does not move it, so that a request costs
    /// no timer.
    private var requestTimer: (task: Scheduled<Void>, at: NIODeadline)?
    private var writeTimer: Scheduled<Void>?

    init(timeouts: ConnectionTimeouts) { self.timeouts = timeouts }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = unwrapInboundIn(data)
        if phase == .waiting {
            beginHead()
            startTimer(timeouts.header, refusal: .headerTimeout, context: context)
        }
        if phase == .head { headBytes += bytes.readableBytes }
        context.fireChannelRead(data)
        // Behind the requests that ended, another one may have begun. Its time starts when the
        // answers before it are sent: until then nothing is read, and its sender waits for us.
        let begun = unsafe bytes.withUnsafeReadableBytes {
            unsafe walk.advance(over: $0, isBetween: phase != .body)
        }
        if phase == .waiting, begun > 0 {
            beginHead()
            headBytes = begun
            // Only an idle connection has a deadline here: its answers are sent already.
            if deadline != nil {
                startTimer(timeouts.header, refusal: .headerTimeout, context: context)
            }
        }
        // Without this limit the parser would buffer a head without end.
        if phase == .head, headBytes > WebLimits.maxRequestLineBytes + WebLimits.maxHeaderBytes {
            onRefusal?(.headers)
        }
    }

    private func beginHead() {
        phase = .head
        headBytes = 0
    }

    /// The parser has seen a complete head.
    func headArrived(_ head: HTTPRequestHead, context: ChannelHandlerContext) {
        phase = .body
        walk.expect(head)
        startTimer(timeouts.body, refusal: .bodyTimeout, context: context)
    }

    /// The parser has seen the end of the body.
    func requestArrived() {
        phase = .waiting
        stopRequestTimer()
    }

    func stopRequestTimer() { deadline = nil }

    /// Nothing is being answered.
    func becameIdle(context: ChannelHandlerContext) {
        switch phase {
        case .waiting: startTimer(timeouts.idle, refusal: nil, context: context)
        case .head where deadline == nil:
            startTimer(timeouts.header, refusal: .headerTimeout, context: context)
        case .head, .body: break
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        writeTimer?.cancel()
        writeTimer = nil
        if !context.channel.isWritable {
            // From here outwards: the guard would wait until the client has read everything.
            writeTimer = context.eventLoop.assumeIsolated().scheduleTask(
                in: TimeAmount(timeouts.stalledWrite)
            ) { context.close(promise: nil) }
        }
        context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
        stop()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { stop() }

    private func stop() {
        deadline = nil
        requestTimer?.task.cancel()
        requestTimer = nil
        writeTimer?.cancel()
        writeTimer = nil
        onRefusal = nil
    }

    private func startTimer(_ time: Duration, refusal: Refusal?, context: ChannelHandlerContext) {
        let at = NIODeadline.now() + TimeAmount(time)
        deadline = Deadline(at: at, refusal: refusal)
        if let timer = requestTimer {
            guard at < timer.at else { return }
            timer.task.cancel()
        }
        wake(at: at, context: context)
    }

    private func wake(at: NIODeadline, context: ChannelHandlerContext) {
        let task = context.eventLoop.assumeIsolated().scheduleTask(deadline: at) {
            self.requestTimer = nil
            guard let deadline = self.deadline else { return }
            guard deadline.at <= .now() else { return self.wake(at: deadline.at, context: context) }
            self.deadline = nil
            if let refusal = deadline.refusal {
                self.onRefusal?(refusal)
            } else {
                context.close(promise: nil)
            }
        }
        requestTimer = (task, at)
    }
}

@available(*, unavailable)
extension ConnectionClock: Sendable {}
