import NIOCore
import NIOHTTP1
import Synchronization
import TrackerLog

/// The state shared by all connections of a demo target. Safe to use from any thread.
final class DemoService: Sendable {
    private let behaviour: Mutex<DemoBehaviour>
    private let random: Mutex<SplitMix64>
    /// Only with servers of a limited number.
    private let queue: Mutex<DemoQueue?>
    private let start = NIODeadline.now()
    let requests = Atomic<UInt64>(0)
    let connections = Atomic<UInt64>(0)

    init(behaviour: DemoBehaviour, queue: DemoQueue?, seed: UInt64) {
        self.behaviour = Mutex(behaviour)
        self.queue = Mutex(queue)
        random = Mutex(SplitMix64(seed: seed))
    }

    func change(to new: DemoBehaviour) { behaviour.withLock { $0 = new } }

    func answer(path: String) -> DemoBehaviour.Answer {
        requests.wrappingAdd(1, ordering: .relaxed)
        let elapsedNs = (NIODeadline.now() - start).nanoseconds
        let behaviour = behaviour.withLock { $0 }
        return random.withLock { random in
            var answer = behaviour.answer(path: path, elapsedNs: elapsedNs, random: &random)
            // In place of the latency: whatever is asked for waits in the same line.
            queue.withLock { queue in
                guard let delayNs = queue?.delayNs(arrivalNs: elapsedNs, random: &random) else {
                    return
                }
                answer.delayNs = delayNs
            }
            return answer
        }
    }
}

/// One connection of the demo target: answers each request after its delay.
///
/// The pipeline delivers the next request when the last one is answered.
final class DemoHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let service: DemoService
    private var head: HTTPRequestHead?

    init(service: DemoService) { self.service = service }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): self.head = head
        case .body: break
        case .end:
            guard let head else { return }
            self.head = nil
            let answer = service.answer(path: head.uri)
            guard answer.delayNs > 0 else { return write(answer, to: head, context: context) }
            let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            context.eventLoop.scheduleTask(in: .nanoseconds(answer.delayNs)) {
                let (handler, context) = bound.value
                guard context.channel.isActive else { return }
                handler.write(answer, to: head, context: context)
            }
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    private func write(
        _ answer: DemoBehaviour.Answer, to head: HTTPRequestHead, context: ChannelHandlerContext
    ) {
        var fields = HTTPHeaders()
        fields.add(name: "Content-Type", value: "text/plain")
        fields.add(name: "Content-Length", value: String(answer.bodyBytes))
        if !head.isKeepAlive { fields.add(name: "Connection", value: "close") }
        let response = HTTPResponseHead(
            version: head.version, status: .init(statusCode: answer.status), headers: fields)
        context.write(wrapOutboundOut(.head(response)), promise: nil)
        if head.method != .HEAD {
            var body = context.channel.allocator.buffer(capacity: answer.bodyBytes)
            body.writeRepeatingByte(UInt8(ascii: "x"), count: answer.bodyBytes)
            context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        }
        let isLast = !head.isKeepAlive
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in
            if isLast { bound.value.close(promise: nil) }
        }
    }
}
