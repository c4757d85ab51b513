import NIOCore

/// Secures a connection that we made: plaintext towards the program, ciphertext towards the socket.
///
/// What is written before the handshake ends waits for it. No more is encrypted than the socket
/// takes, so a long body is not in memory twice.
final class TLSClientHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum State { case idle, handshaking, open, closed }
    private typealias Write = (bytes: ByteBuffer, promise: EventLoopPromise<Void>?)

    private let session: TLSSession
    private var state = State.idle
    /// Written and not encrypted yet; up to the mark it may be.
    private var waiting = MarkedCircularBuffer<Write>(initialCapacity: 4)
    private var isEncrypting = false

    init(session: TLSSession) { self.session = session }

    // MARK: the connection's life

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { begin(context) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        state = .closed
        failWaiting(ChannelError.ioOnClosedChannel)
    }

    func channelActive(context: ChannelHandlerContext) {
        // First, so that no handler sees an end before the start; writes made now wait.
        context.fireChannelActive()
        begin(context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        let last = state
        state = .closed
        failWaiting(ChannelError.eof)
        switch last {
        case .idle, .handshaking:
            context.fireErrorCaught(
                TLSError.failed(reason: "the target ended the connection in the handshake"))
        case .open: context.fireErrorCaught(TLSError.truncated)
        case .closed: break
        }
        context.fireChannelInactive()
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        if mode != .input { end(context) }
        context.close(mode: mode, promise: promise)
    }

    private func begin(_ context: ChannelHandlerContext) {
        guard state == .idle else { return }
        state = .handshaking
        shakeHands(context)
    }

    /// Ends the session; an open one sends `close_notify` to the peer.
    private func end(_ context: ChannelHandlerContext) {
        let last = state
        state = .closed
        failWaiting(ChannelError.ioOnClosedChannel)
        guard last == .open else { return }
        session.shutDown()
        flushOutput(context)
    }

    private func fail(_ error: TLSError, _ context: ChannelHandlerContext) {
        guard state != .closed else { return }
        state = .closed
        // Sends the alert with the reason to the peer.
        flushOutput(context)
        failWaiting(error)
        context.fireErrorCaught(error)
        context.close(promise: nil)
    }

    private func failWaiting(_ error: any Error) {
        // A failed promise may cause a further write, which the state refuses.
        while let next = waiting.popFirst() { next.promise?.fail(error) }
    }

    // MARK: receiving

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard state == .handshaking || state == .open else { return }
        let ciphertext = unwrapInboundIn(data)
        if case .failed(let error) = session.receive(ciphertext) { return fail(error, context) }
        if state == .handshaking { shakeHands(context) }
        if state == .open { deliver(context, upTo: ciphertext.readableBytes) }
    }

    private func shakeHands(_ context: ChannelHandlerContext) {
        switch session.handshake() {
        case .done:
            state = .open
            flushOutput(context)
            encrypt(context)
        case .wantsBytes: flushOutput(context)
        case .ended: fail(.failed(reason: "the target refused the handshake"), context)
        case .failed(let error): fail(error, context)
        }
    }

    /// - Parameter count: about so much plaintext is expected.
    private func deliver(_ context: ChannelHandlerContext, upTo count: Int) {
        var plaintext = context.channel.allocator.buffer(
            capacity: max(count, LoadLimits.minTLSReadBytes))
        let progress = session.read(into: &plaintext)
        // A change of keys is answered.
        flushOutput(context)
        if plaintext.readableBytes > 0 { context.fireChannelRead(wrapInboundOut(plaintext)) }
        switch progress {
        case .done, .wantsBytes: encrypt(context)
        case .ended:
            end(context)
            context.close(promise: nil)
        case .failed(let error): fail(error, context)
        }
    }

    // MARK: sending

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard state != .closed else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        waiting.append((unwrapOutboundIn(data), promise))
    }

    func flush(context: ChannelHandlerContext) {
        waiting.mark()
        encrypt(context)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        encrypt(context)
        context.fireChannelWritabilityChanged()
    }

    /// Encrypts what may be sent, as long as the socket takes it.
    private func encrypt(_ context: ChannelHandlerContext) {
        // Sending may make the channel writable again, which leads here.
        guard !isEncrypting else { return }
        isEncrypting = true
        defer { isEncrypting = false }
        var isBlocked = false
        while !isBlocked && mayEncrypt(context) {
            repeat { isBlocked = !encryptFirst(context) } while !isBlocked && mayEncrypt(context)
            context.flush()
        }
    }

    private func mayEncrypt(_ context: ChannelHandlerContext) -> Bool {
        state == .open && waiting.hasMark && context.channel.isWritable
    }

    /// Encrypts some of what waits longest.
    /// - Returns: `false` when that needs bytes of the peer first, or failed.
    private func encryptFirst(_ context: ChannelHandlerContext) -> Bool {
        guard var first = waiting.first else { return false }
        switch session.write(&first.bytes) {
        case .done: break
        case .wantsBytes: return false
        case .ended:
            fail(.failed(reason: "the target takes no more"), context)
            return false
        case .failed(let error):
            fail(error, context)
            return false
        }
        // The queue must be consistent before other code is called.
        var promise: EventLoopPromise<Void>?
        if first.bytes.readableBytes == 0 {
            promise = first.promise
            _ = waiting.popFirst()
        } else {
            waiting[waiting.startIndex] = first
        }
        let output = session.takeOutput(context.channel.allocator) ?? ByteBuffer()
        context.write(wrapOutboundOut(output), promise: promise)
        return true
    }

    private func flushOutput(_ context: ChannelHandlerContext) {
        guard let output = session.takeOutput(context.channel.allocator) else { return }
        context.writeAndFlush(wrapOutboundOut(output), promise: nil)
    }
}
