import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1

/// What the connections of a server share.
struct ConnectionSetup: Sendable {
    let registry: ConnectionRegistry
    let timeouts: ConnectionTimeouts
    let bodies: BodyBudget
    let intake: TrackIntake
    let rules: IntakeRules
    /// Names of this server beyond the loopback.
    let hosts: [ServerName]
}

/// Hummingbird's HTTP/1.1 connection with `RequestGuard` and `ConnectionClock` in its pipeline.
struct GuardedChannel: ServerChildChannel {
    typealias Value = HTTP1Channel.Value

    let base: HTTP1Channel
    let parts: ConnectionSetup

    init(responder: @escaping HTTPChannelHandler.Responder, parts: ConnectionSetup) {
        // The parser's limits bound memory. They are slightly wider than those of `HeadRules`, so
        // that `HeadRules` refuses first and gives the reason. `ConnectionClock` ends an idle
        // connection: Hummingbird does not see every request.
        self.base = HTTP1Channel(
            responder: responder,
            configuration: .init(
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: WebLimits.maxHeaderBytes,
                    maxHeaderListSize: WebLimits.maxHeaderBytes + WebLimits.maxRequestLineBytes,
                    maxHeaderFieldCount: WebLimits.maxHeaderFields)))
        self.parts = parts
    }

    /// Makes the pipeline:
    ///
    /// ```text
    /// clock → encoder → decoder → guard → intake → Hummingbird's handlers
    /// ```
    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        let parts = parts
        return base.setup(channel: channel, logger: logger).flatMapThrowing { value in
            let clock = ConnectionClock(timeouts: parts.timeouts)
            let requestGuard = RequestGuard(
                clock: clock, registry: parts.registry, timeouts: parts.timeouts,
                bodies: parts.bodies, hosts: parts.hosts, isAdmitted: parts.registry.admit(channel))
            let intake = IntakeHandler(intake: parts.intake, rules: parts.rules, logger: logger)
            let pipeline = channel.pipeline.syncOperations
            let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
            try pipeline.addHandler(requestGuard, position: .after(decoder))
            try pipeline.addHandler(intake, position: .after(requestGuard))
            try pipeline.addHandler(clock, position: .first)
            return value
        }
    }

    func handle(value: Value, logger: Logger) async {
        await base.handle(value: value, logger: logger)
    }
}
