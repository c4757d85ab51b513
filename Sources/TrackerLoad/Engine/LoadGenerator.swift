import NIOCore
import NIOPosix
import Synchronization
package import TrackerLog

/// Receives the events of a run.
package protocol LoadObserver: Sendable {
    /// The run begins now; all times count from here.
    func began(at time: Timestamp)
    /// A batch of requests has ended. Called on event loops, possibly by several at the same time:
    /// must return at once.
    func completed(_ batch: [CompletedRequest])
}

/// The generator's own counts of a run.
package struct LoadResult: Sendable {
    /// Requests sent, the warm-up included.
    package var sent: UInt64 = 0
    /// Requests sent in the warm-up.
    package var warmup: UInt64 = 0
    /// Open loop: how late requests were sent although a connection was free.
    package var sendLag = LatencyCounts()
    /// Open loop: requests due before the end and never sent, because every connection was busy.
    package var unsent: UInt64 = 0
    /// Requests sent that had no answer when the run was stopped. With those that ended, they are
    /// all that were sent.
    package var unfinished: UInt64 = 0
    package var receivedBytes: UInt64 = 0
    package var connectionsMade: UInt64 = 0
    /// From the end of the warm-up to the end of the planned duration, or of what was sent when the
    /// run ended otherwise; to the last response if that is later.
    package var elapsed = Duration.zero
    package var wasStopped = false
    /// Processor time of the sending threads, and how long they were there, summed over them.
    package var busy = Duration.zero
    package var alive = Duration.zero
    /// Why the first connection failed that could not be secured.
    package var tlsFailure: String?
    /// Set when the target accepted no connection at all.
    package var failure: LoadError?

    package init() {}
}

/// Sends the requests of one plan. Used once.
package final class LoadGenerator: Sendable {
    private struct State {
        var isStopping = false
        var shards: [NIOLoopBound<LoadShard>] = []
    }

    private let plan: LoadPlan
    private let state = Mutex(State())

    package init(plan: LoadPlan) { self.plan = plan }

    /// Runs the whole test and returns when the last request has ended.
    /// - Throws: when the test could not begin. A target that refuses is a result, not an error
    /// here.
    package func run(observer: any LoadObserver) async throws(LoadError) -> LoadResult {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: plan.shards)
        let outcome: Result<LoadResult, LoadError>
        do throws(LoadError) {
            let tls = plan.origin.isTLS ? try TLSContext(plan.tls) : nil
            let address = try await TargetAddress.resolve(plan.origin, group: group)
            outcome = .success(
                try await run(observer: observer, address: address, tls: tls, group: group))
        } catch {
            outcome = .failure(error)
        }
        do {
            try await group.shutdownGracefully()
        } catch {
            throw .log(reason: "an event loop did not stop: \(error)")
        }
        return try outcome.get()
    }

    /// Ends the run early: nothing more is sent. May be called before, during and after `run`.
    package func stop() {
        let shards = state.withLock { state in
            state.isStopping = true
            return state.shards
        }
        for shard in shards { shard.eventLoop.execute { shard.value.stop() } }
    }

    private func run(
        observer: any LoadObserver, address: SocketAddress, tls: TLSContext?,
        group: MultiThreadedEventLoopGroup
    ) async throws(LoadError) -> LoadResult {
        let runState = RunState()
        let start = NIODeadline.now()
        observer.began(at: .now)
        var ends: [EventLoopFuture<LoadShard.Result>] = []
        for (index, eventLoop) in group.makeIterator().prefix(plan.shards).enumerated() {
            let finished = eventLoop.makePromise(of: LoadShard.Result.self)
            ends.append(finished.futureResult)
            eventLoop.execute { [self] in
                let shard = LoadShard(
                    eventLoop: eventLoop, plan: plan, shard: index, address: address,
                    tls: tls, start: start, state: runState, finished: finished,
                    record: { observer.completed($0) })
                register(NIOLoopBound(shard, eventLoop: eventLoop))
            }
        }
        var result = LoadResult()
        var lastEndNs: Int64 = 0
        var sendingEndNs: Int64 = 0
        for end in ends {
            guard let part = await end.value else {
                throw .log(reason: "an event loop ended before its requests")
            }
            result.add(part)
            lastEndNs = max(lastEndNs, part.lastEndNs)
            sendingEndNs = max(sendingEndNs, part.sendingEndNs)
        }
        result.wasStopped = state.withLock { state in
            state.shards = []
            return state.isStopping
        }
        result.failure = runState.unreachable(target: plan.origin)
        result.tlsFailure = runState.tlsFailure
        let warmupNs = plan.warmup.wholeNanoseconds
        let sendingNs = plannedNs(result) ?? sendingEndNs - warmupNs
        result.elapsed = .nanoseconds(max(lastEndNs - warmupNs, sendingNs, 0))
        return result
    }

    /// The planned duration; `nil` when the run ended otherwise: by a stop, a failure, or in a
    /// closed loop by the number of requests.
    private func plannedNs(_ result: LoadResult) -> Int64? {
        guard !result.wasStopped, result.failure == nil else { return nil }
        let durationNs = plan.duration?.wholeNanoseconds
        guard let limit = plan.requestLimit, result.sent - result.warmup >= limit else {
            return durationNs
        }
        guard case .open(let schedule) = plan.model else { return nil }
        return [schedule.plannedNs(of: limit), durationNs].compactMap(\.self).min()
    }

    /// Registers a new shard, so that `stop` reaches it, and starts it. On its event loop.
    private func register(_ shard: NIOLoopBound<LoadShard>) {
        let isStopping = state.withLock { state in
            state.shards.append(shard)
            return state.isStopping
        }
        if isStopping { shard.value.stop() } else { shard.value.begin() }
    }
}

extension LoadResult {
    fileprivate mutating func add(_ part: LoadShard.Result) {
        sent += part.sent
        warmup += part.warmup
        sendLag.add(part.sendLag)
        unsent += part.unsent
        unfinished += part.unfinished
        receivedBytes += part.receivedBytes
        connectionsMade += part.connectionsMade
        busy += .nanoseconds(part.busyNs)
        alive += .nanoseconds(part.aliveNs)
    }
}
