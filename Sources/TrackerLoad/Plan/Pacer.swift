import TrackerLog

/// Decides when the requests of a test are intended to start.
package enum LoadModel: Sendable, Hashable {
    /// Requests start on schedule, whether or not earlier ones were answered.
    case open(Schedule)
    /// Each connection sends its next request when the last one was answered.
    case closed(connections: Int)
}

/// Decides when the next request starts. Pure: no clock, no thread, no network.
///
/// Each shard has its own pacer with a share of the requests, so threads need no communication and
/// together still send what the model says. A warm-up comes first, at the model's initial rate;
/// requests intended before its end belong to it.
package struct Pacer: Sendable, Hashable {
    package enum Decision: Sendable, Hashable {
        /// A request is due. Its latency counts from `intendedStartNs`, which may be in the past.
        case sendNow(intendedStartNs: Int64)
        /// Nothing is due before this time, counted from the run's start.
        case wait(untilNs: Int64)
        /// No further request will be due.
        case finished
    }

    package let model: LoadModel
    /// Nanoseconds after the run's start at which the warm-up ends; 0 without one.
    package let warmupNs: Int64
    /// Open loop: no request is intended at or after it. Closed loop: none starts at or after it.
    package let endNs: Int64?
    /// Number of requests that this shard may send after the warm-up.
    package let requestLimit: UInt64?
    /// Open loop with a number of requests: when one more would be due, in the whole test. The run
    /// lasts until then; of random arrivals some may come later.
    package let limitNs: Int64?

    private var warmup: ArrivalSequence?
    private var main: ArrivalSequence?
    /// Number of requests sent when the first one after the warm-up was due.
    private var warmupSent: UInt64?
    /// Number of requests that both sequences have advanced by.
    private var advanced: UInt64 = 0

    /// - Parameters:
    ///   - duration: after the warm-up; stages also end by themselves.
    ///   - requests: after the warm-up, in the whole test; divided among the shards.
    ///   - shard: from 0, below `shards`.
    package init(
        model: LoadModel, duration: Duration? = nil, requests: UInt64? = nil,
        warmup: Duration = .zero, shard: Int = 0, shards: Int = 1
    ) {
        precondition(shards > 0 && (0..<shards).contains(shard), "shard \(shard) of \(shards)")
        self.model = model
        warmupNs = warmup.wholeNanoseconds
        let warmupEndNs = warmupNs
        requestLimit = requests.map { total in
            total / UInt64(shards) + (UInt64(shard) < total % UInt64(shards) ? 1 : 0)
        }
        guard case .open(let schedule) = model else {
            limitNs = nil
            endNs = duration.map { warmupEndNs + $0.wholeNanoseconds }
            warmupSent = warmupNs == 0 ? 0 : nil
            return
        }
        let durations = [duration, schedule.duration].compactMap(\.self)
        endNs = durations.min().map { warmupEndNs + $0.wholeNanoseconds }
        limitNs = requests.flatMap { schedule.plannedNs(of: $0) }.flatMap { ns in
            let (end, isTooLate) = ns.addingReportingOverflow(warmupEndNs)
            return isTooLate ? nil : end
        }
        main = ArrivalSequence(schedule, shard: shard, shards: shards)
        if warmupNs > 0, let steady = schedule.steady {
            self.warmup = ArrivalSequence(steady, shard: shard, shards: shards)
        }
    }

    /// Decides what to do `elapsedNs` after the start, when this shard has sent `sent` requests.
    /// - Precondition: `sent` never decreases.
    package mutating func decide(elapsedNs: Int64, sent: UInt64) -> Decision {
        guard case .open = model else { return decideClosed(elapsedNs: elapsedNs, sent: sent) }
        while advanced < sent { advance() }
        guard let intendedNs else {
            // The last request is not the end: at half a request a second, the next would be due
            // two seconds later.
            let ends = [endNs, hasSentAll ? limitNs : nil].compactMap(\.self)
            guard let end = ends.min(), elapsedNs < end else { return .finished }
            return .wait(untilNs: end)
        }
        return intendedNs <= elapsedNs
            ? .sendNow(intendedStartNs: intendedNs) : .wait(untilNs: intendedNs)
    }

    /// Open loop: the backlog, the number of requests of this shard that are due `elapsedNs` after
    /// the start and were not sent, without the warm-up. Linear in the backlog.
    package func overdue(elapsedNs: Int64, sent: UInt64) -> UInt64 {
        guard case .open = model else { return 0 }
        var walk = self
        while walk.advanced < sent { walk.advance() }
        var count: UInt64 = 0
        while let dueNs = walk.intendedNs, dueNs <= elapsedNs {
            if dueNs >= warmupNs { count += 1 }
            walk.advance()
        }
        return count
    }

    private mutating func decideClosed(elapsedNs: Int64, sent: UInt64) -> Decision {
        if elapsedNs >= warmupNs {
            let before = warmupSent ?? sent
            warmupSent = before
            if let endNs, elapsedNs >= endNs { return .finished }
            if let requestLimit, sent - min(sent, before) >= requestLimit { return .finished }
        }
        return .sendNow(intendedStartNs: elapsedNs)
    }

    /// Intended start of the next request of the open loop; `nil` when there is none.
    private var intendedNs: Int64? {
        if let ns = warmup?.nextNs, ns < warmupNs { return ns }
        guard !hasSentAll else { return nil }
        guard let ns = main?.nextNs, ns <= Int64.max - warmupNs else { return nil }
        if let endNs, ns + warmupNs >= endNs { return nil }
        return ns + warmupNs
    }

    /// Open loop: whether as many requests as were asked for have been due after the warm-up.
    private var hasSentAll: Bool {
        guard let requestLimit, let main else { return false }
        return main.index >= requestLimit
    }

    private mutating func advance() {
        advanced += 1
        if let ns = warmup?.nextNs, ns < warmupNs {
            warmup?.advance()
        } else {
            main?.advance()
        }
    }
}

extension Schedule {
    /// The initial rate without end, for the warm-up; `nil` when it is 0.
    var steady: Schedule? {
        switch profile {
        case .constant: self
        case .stages:
            initialPerSecond > 0
                ? Schedule(
                    profile: .stages([
                        Stage(
                            duration: .nanoseconds(LoadLimits.maxDurationNs),
                            from: initialPerSecond, to: initialPerSecond)
                    ]), arrivals: arrivals, seed: ~seed)
                : nil
        }
    }
}
