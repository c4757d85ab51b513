import NIOCore

/// The first handler of a connection: sees raw bytes, and holds its client to the time limits.
///
/// A slow header, a slow body, and an answer that nobody takes are each cut off. Also bounds how
/// many bytes a head may have before the parser has seen its end.
final class ConnectionClock: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private enum Phase { case waiting, head, body }

    private let timeouts: ConnectionTimeouts
    /// Called on the event loop when the client has to be refused.
    var onRefusal: ((Refusal) -> Void)?
    private var phase = Phase.waiting
    private var headBytes = 0
    private var requestTimer: Scheduled<Void>?
    private var writeTimer: Scheduled<Void>?

    init(timeouts: ConnectionTimeouts) { self.timeouts = timeouts }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let count = unwrapInboundIn(data).readableBytes
        if phase == .waiting {
            phase = .head
            headBytes = 0
            startTimer(timeouts.header, refusal: .headerTimeout, context: context)
        }
        if phase == .head { headBytes += count }
        context.fireChannelRead(data)
        // Still no head after that many bytes: the parser would go on collecting.
        if phase == .head, headBytes > WebLimits.maxRequestLineBytes + WebLimits.maxHeaderBytes {
            onRefusal?(.headers)
        }
    }

    /// The parser has seen a whole head.
    func headArrived(context: ChannelHandlerContext) {
        phase = .body
        startTimer(timeouts.body, refusal: .bodyTimeout, context: context)
    }

    /// The parser has seen the end of the body.
    func requestArrived() {
        phase = .waiting
        stopRequestTimer()
    }

    func stopRequestTimer() {
        requestTimer?.cancel()
        requestTimer = nil
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        writeTimer?.cancel()
        writeTimer = nil
        if !context.channel.isWritable {
            let channel = context.channel
            writeTimer = context.eventLoop.scheduleTask(in: TimeAmount(timeouts.stalledWrite)) {
                channel.close(promise: nil)
            }
        }
        context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
        stop()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { stop() }

    private func stop() {
        stopRequestTimer()
        writeTimer?.cancel()
        writeTimer = nil
        onRefusal = nil
    }

    private func startTimer(_ time: Duration, refusal: Refusal, context: ChannelHandlerContext) {
        stopRequestTimer()
        requestTimer = context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(time)) {
            self.requestTimer = nil
            self.onRefusal?(refusal)
        }
    }
}

@available(*, unavailable)
extension ConnectionClock: Sendable {}
