import NIOCore
import NIOHTTP1
import NIOPosix

/// One event loop's share of a load test: its pacer, its connections, its finished requests.
///
/// Confined to its event loop. Requests due while every connection is busy stay in the pacer, which
/// only counts them, and keep their intended start: the backlog costs no memory.
final class LoadShard: ConnectionOwner {
    /// The shard's counts when its last request has ended.
    struct Result: Sendable {
        var sent: UInt64 = 0
        /// Those of the warm-up.
        var warmup: UInt64 = 0
        /// Open loop, after the warm-up: how late requests were sent although a connection was
        /// free. The cause is the generator, never the target.
        var sendLag = LatencyCounts()
        /// Due before the end, never sent because no connection was free.
        var unsent: UInt64 = 0
        /// Sent, without an answer when the run was stopped.
        var unfinished: UInt64 = 0
        var receivedBytes: UInt64 = 0
        var connectionsMade: UInt64 = 0
        var lastEndNs: Int64 = 0
        /// When nothing more was to be sent.
        var sendingEndNs: Int64 = 0
        /// Processor time of the thread, and how long it was there for the run.
        var busyNs: Int64 = 0
        var aliveNs: Int64 = 0
    }

    private enum Phase { case sending, draining, done }

    private let eventLoop: any EventLoop
    private let plan: LoadPlan
    private var pacer: Pacer
    private let address: SocketAddress
    private let tls: TLSContext?
    private let start: NIODeadline
    private let state: RunState
    private let record: @Sendable ([CompletedRequest]) -> Void
    private let messages: [(head: HTTPRequestHead, body: ByteBuffer?)]
    /// The user asked for `Connection: close`.
    let closesEachConnection: Bool
    private let connectionLimit: Int
    private let timeoutNs: Int64

    private var phase = Phase.sending
    private var picker: TemplatePicker
    private var idle: [HTTPConnection] = []
    private var open: [ObjectIdentifier: HTTPConnection] = [:]
    /// Number of failed connections that wait before they connect again.
    private var cooling = 0
    private var inFlight = 0
    /// When a request was last due while no connection was free.
    private var blockedNs = Int64.min
    private var isPumping = false
    private var pumpAgain = false
    private var batch: [CompletedRequest] = []
    private var result = Result()
    /// Processor time of the thread before the run.
    private var busyBeforeNs: Int64 = 0
    private let finished: EventLoopPromise<Result>

    private var paceTimer: LoopTimer?
    private var timeoutTimer: LoopTimer?
    private var batchTimer: LoopTimer?
    private var endTimer: LoopTimer?

    var receivedBytes: UInt64 {
        get { result.receivedBytes }
        set { result.receivedBytes = newValue }
    }

    init(
        eventLoop: any EventLoop, plan: LoadPlan, shard: Int, address: SocketAddress,
        tls: TLSContext?, start: NIODeadline, state: RunState,
        finished: EventLoopPromise<Result>,
        record: @escaping @Sendable ([CompletedRequest]) -> Void
    ) {
        self.eventLoop = eventLoop
        self.plan = plan
        self.address = address
        self.tls = tls
        self.start = start
        self.state = state
        self.finished = finished
        self.record = record
        pacer = Pacer(
            model: plan.model, duration: plan.duration, requests: plan.requestLimit,
            warmup: plan.warmup, shard: shard, shards: plan.shards)
        messages = plan.requests.map { template in
            (
                template.head(origin: plan.origin),
                template.body.isEmpty ? nil : ByteBuffer(bytes: template.body)
            )
        }
        closesEachConnection = plan.requests.contains { template in
            template.headers.contains {
                $0.name.lowercased() == "connection" && $0.value.lowercased() == "close"
            }
        }
        let share = plan.maxConnections / plan.shards
        connectionLimit = share + (shard < plan.maxConnections % plan.shards ? 1 : 0)
        timeoutNs = plan.timeout.wholeNanoseconds
        picker = TemplatePicker(plan.requests, seed: plan.seed &+ UInt64(shard))
        batch.reserveCapacity(LoadLimits.recordBatchSize)
    }

    func begin() {
        busyBeforeNs = threadProcessorNs()
        paceTimer = LoopTimer(eventLoop: eventLoop) { [weak self] in self?.pump() }
        timeoutTimer = LoopTimer(eventLoop: eventLoop) { [weak self] in self?.expire() }
        batchTimer = LoopTimer(eventLoop: eventLoop) { [weak self] in self?.handOver() }
        endTimer = LoopTimer(eventLoop: eventLoop) { [weak self] in self?.endOfSending() }
        if let endNs = pacer.endNs {
            let graceNs = plan.isOpenLoop ? LoadLimits.backlogGraceNs : 0
            endTimer?.set(start + .nanoseconds(endNs + graceNs))
        }
        pump()
    }

    /// Stops sending, gives requests in flight a moment to end, then abandons them.
    func stop() {
        guard phase != .done else { return }
        drain()
        let grace = LoadLimits.stopGraceMs
        eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(grace)) { [weak self] in
            self?.abandonAll()
        }
    }

    func message(_ template: Int) -> (head: HTTPRequestHead, body: ByteBuffer?) {
        messages[template]
    }

    private var nowNs: Int64 { (NIODeadline.now() - start).nanoseconds }
}

// MARK: - Sending

extension LoadShard {
    /// Sends due requests while connections are free, and sets the timer for the next one.
    private func pump() {
        guard !isPumping else {
            pumpAgain = true
            return
        }
        isPumping = true
        repeat {
            pumpAgain = false
            sendDue()
        } while pumpAgain
        isPumping = false
        finishIfDrained()
    }

    private func sendDue() {
        while phase == .sending {
            let now = nowNs
            switch pacer.decide(elapsedNs: now, sent: result.sent) {
            case .sendNow(let intendedNs):
                guard hasFreeConnection else {
                    blockedNs = now
                    return
                }
                send(intendedNs: intendedNs)
            case .wait(let untilNs):
                paceTimer?.set(start + .nanoseconds(untilNs))
                return
            case .finished: drain()
            }
        }
    }

    private var hasFreeConnection: Bool {
        !idle.isEmpty || open.count + cooling < connectionLimit
    }

    private func send(intendedNs: Int64) {
        result.sent += 1
        inFlight += 1
        // The clock is read again: sending the previous request took time.
        let startNs = max(nowNs, intendedNs)
        var intended = intendedNs
        if case .closed = plan.model { intended = startNs }
        var delayNs: Int64 = 0
        if intended < pacer.warmupNs {
            result.warmup += 1
        } else if plan.isOpenLoop && blockedNs < intended {
            delayNs = startNs - intended
            result.sendLag.add(ms: Double(delayNs) / 1e6)
        }
        let request = HTTPConnection.InFlight(
            template: picker.next(), intendedNs: intended, startNs: startNs,
            generatorDelayNs: delayNs)
        if timeoutTimer?.deadline == nil {
            timeoutTimer?.set(start + .nanoseconds(startNs + timeoutNs))
        }
        // The most recently used one: the target may close spare connections as idle.
        if let connection = idle.popLast() {
            connection.isIdle = false
            connection.send(request)
        } else {
            connect(request)
        }
    }

    private func connect(_ request: HTTPConnection.InFlight) {
        let connection = HTTPConnection(owner: self)
        open[ObjectIdentifier(connection)] = connection
        connection.send(request)
        let bound = NIOLoopBound(connection, eventLoop: eventLoop)
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderListSize = LoadLimits.maxResponseHeaderBytes
        ClientBootstrap(group: eventLoop)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .connectTimeout(.nanoseconds(timeoutNs))
            .channelInitializer { [limits, tls, address, name = plan.origin.tlsName] channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let tls {
                        let session = try tls.session(name: name, address: address.ipAddress)
                        try pipeline.addHandler(TLSClientHandler(session: session))
                    }
                    try pipeline.addHTTPClientHandlers(
                        enableOutboundHeaderValidation: false, encoderConfiguration: .init(),
                        decoderLimitConfiguration: limits)
                    try pipeline.addHandler(bound.value)
                }
            }
            .connect(to: address)
            .whenFailure { error in bound.value.connectFailed(error) }
    }

    /// Ends the sending phase. Requests still waiting for a connection count as unsent.
    private func endOfSending() {
        pump()
        drain()
        finishIfDrained()
    }

    private func drain() {
        guard phase == .sending else { return }
        phase = .draining
        paceTimer?.cancel()
        endTimer?.cancel()
        result.sendingEndNs = nowNs
        result.unsent = pacer.overdue(elapsedNs: result.sendingEndNs, sent: result.sent)
        for connection in idle { connection.abort(nil) }
        finishIfDrained()
    }
}

// MARK: - Ending

extension LoadShard {
    func connected() {
        result.connectionsMade += 1
        state.connected()
    }

    /// A connection could not be secured, or could not stay so.
    func tlsFailed(reason: String) { state.tlsFailed(reason: reason) }

    /// Called by a connection when its request has ended, when it is closed, or both.
    func ended(
        _ connection: HTTPConnection, request: HTTPConnection.InFlight?, outcome: Outcome?,
        keep: Bool
    ) {
        if let request { ended(request, outcome: outcome) }
        if keep && phase == .sending {
            connection.isIdle = true
            idle.append(connection)
        } else if keep {
            connection.abort(nil)
        } else {
            open[ObjectIdentifier(connection)] = nil
            if connection.isIdle {
                connection.isIdle = false
                idle.removeAll { $0 === connection }
            }
        }
        pump()
    }

    private func ended(_ request: HTTPConnection.InFlight, outcome: Outcome?) {
        inFlight -= 1
        let endNs = max(nowNs, request.startNs)
        result.lastEndNs = max(result.lastEndNs, endNs)
        guard let outcome else {
            result.unfinished += 1
            return
        }
        batch.append(
            CompletedRequest(
                template: Int32(request.template), outcome: outcome,
                intendedNs: request.intendedNs, startNs: request.startNs, endNs: endNs,
                generatorDelayNs: request.generatorDelayNs))
        if batch.count >= LoadLimits.recordBatchSize {
            handOver()
        } else if batch.count == 1 {
            batchTimer?.set(.now() + .milliseconds(LoadLimits.recordBatchDelayMs))
        }
        if outcome.isConnectFailure, case .failure(let reason) = outcome {
            connectFailed(reason, elapsedNs: endNs)
        }
    }

    private func connectFailed(_ reason: Outcome.Failure, elapsedNs: Int64) {
        state.connectFailed(reason)
        if state.isHopeless(elapsedNs: elapsedNs) { return drain() }
        guard case .closed = plan.model else { return }
        cooling += 1
        eventLoop.assumeIsolated().scheduleTask(
            in: .milliseconds(LoadLimits.reconnectDelayMs)
        ) { [weak self] in
            guard let self else { return }
            cooling -= 1
            pump()
        }
    }

    /// Ends the requests that timed out, and sets the timer for the next deadline.
    private func expire() {
        let now = nowNs
        var earliestNs: Int64?
        // A copy: ending a request changes the list.
        for connection in Array(open.values) {
            guard let request = connection.request else { continue }
            let deadlineNs = request.startNs + timeoutNs
            if deadlineNs <= now {
                connection.abort(.failure(.timeout))
            } else {
                earliestNs = min(earliestNs ?? deadlineNs, deadlineNs)
            }
        }
        guard let earliestNs else { return }
        let deadline = start + .nanoseconds(earliestNs)
        if let set = timeoutTimer?.deadline, set <= deadline { return }
        timeoutTimer?.set(deadline)
    }

    private func abandonAll() {
        for connection in Array(open.values) { connection.abort(nil) }
        finishIfDrained()
    }

    private func handOver() {
        batchTimer?.cancel()
        guard !batch.isEmpty else { return }
        record(batch)
        batch.removeAll(keepingCapacity: true)
    }

    private func finishIfDrained() {
        guard phase == .draining, inFlight == 0, !isPumping else { return }
        phase = .done
        handOver()
        for timer in [paceTimer, timeoutTimer, batchTimer, endTimer] { timer?.cancel() }
        // Pending connections have no request any more: they close when they are established.
        open.removeAll()
        result.aliveNs = nowNs
        result.busyNs = threadProcessorNs() - busyBeforeNs
        finished.succeed(result)
    }
}
