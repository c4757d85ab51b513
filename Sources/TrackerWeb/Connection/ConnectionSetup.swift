import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1

/// Hummingbird's HTTP/1.1 connection with our guard built in.
struct GuardedChannel: ServerChildChannel {
    typealias Value = HTTP1Channel.Value

    let base: HTTP1Channel
    let registry: ConnectionRegistry
    let timeouts: ConnectionTimeouts

    init(
        responder: @escaping HTTPChannelHandler.Responder, registry: ConnectionRegistry,
        timeouts: ConnectionTimeouts
    ) {
        // The parser's limits are a little wider than ours, so that ours give the reason; its own
        // are the bound on memory.
        self.base = HTTP1Channel(
            responder: responder,
            configuration: .init(
                idleTimeout: TimeAmount(timeouts.idle),
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: WebLimits.maxHeaderBytes,
                    maxHeaderListSize: WebLimits.maxHeaderBytes + WebLimits.maxRequestLineBytes,
                    maxHeaderFieldCount: WebLimits.maxHeaderFields)))
        self.registry = registry
        self.timeouts = timeouts
    }

    /// The order becomes: clock, encoder, decoder, guard, and then what Hummingbird adds.
    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        let registry = registry
        let timeouts = timeouts
        return base.setup(channel: channel, logger: logger).flatMapThrowing { value in
            let clock = ConnectionClock(timeouts: timeouts)
            let requestGuard = RequestGuard(
                clock: clock, registry: registry, timeouts: timeouts,
                isAdmitted: registry.admit(channel))
            let pipeline = channel.pipeline.syncOperations
            let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
            try pipeline.addHandler(requestGuard, position: .after(decoder))
            try pipeline.addHandler(clock, position: .first)
            return value
        }
    }

    func handle(value: Value, logger: Logger) async {
        await base.handle(value: value, logger: logger)
    }
}
