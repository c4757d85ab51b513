import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1

/// Hummingbird's HTTP/1.1 connection with `RequestGuard` and `ConnectionClock` in its pipeline.
struct GuardedChannel: ServerChildChannel {
    typealias Value = HTTP1Channel.Value

    let base: HTTP1Channel
    let registry: ConnectionRegistry
    let timeouts: ConnectionTimeouts

    init(
        responder: @escaping HTTPChannelHandler.Responder, registry: ConnectionRegistry,
        timeouts: ConnectionTimeouts
    ) {
        // The parser's limits bound memory. They are slightly wider than those of `HeadRules`, so
        // that `HeadRules` refuses first and gives the reason.
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

    /// Makes the pipeline:
    ///
    /// ```text
    /// clock → encoder → decoder → guard → Hummingbird's handlers
    /// ```
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
