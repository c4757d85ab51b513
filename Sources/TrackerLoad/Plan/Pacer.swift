import TrackerLog

/// When requests are meant to start, for as many as a test has.
package enum LoadModel: Sendable, Hashable {
    /// Requests start as the schedule says, whether or not earlier ones were answered.
    case open(Schedule)
    /// Each connection sends its next request when its last one was answered.
    case closed(connections: Int)
}

/// Decides when the next request starts. Knows no clock, no thread and no network.
///
/// One shard of several takes its share, so that threads need not talk to each other and together
/// still send what the model says. A warm-up comes first, at the model's initial rate; requests
/// that are intended before its end belong to it.
package struct Pacer: Sendable, Hashable {
    package enum Decision: Sendable, Hashable {
        /// A request is due. Its latency counts from `intendedStartNs`, which may be in the past.
        case sendNow(intendedStartNs: Int64)
        /// Nothing is due before this time after the run's start.
        case wait(untilNs: Int64)
        /// No request will ever be due again.
        case finished
    }

    package let model: LoadModel
    /// Nanoseconds after the run's start at which the warm-up ends; 0 without one.
    package let warmupNs: Int64
    /// Open loop: no request is intended at or after it. Closed loop: none begins then.
    package let endNs: Int64?
    /// How many requests this shard may send after the warm-up.
    package let requestLimit: UInt64?

    private var warmup: ArrivalSequence?
    private var main: ArrivalSequence?
    /// How many requests were sent when the first one after the warm-up was due.
    private var warmupSent: UInt64?
    /// How many requests both sequences have been advanced by.
    private var advanced: UInt64 = 0

    /// - Parameters:
    ///   - duration: after the warm-up; stages end by themselves.
    ///   - requests: of the whole test after the warm-up; the shards share it.
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
            endNs = duration.map { warmupEndNs + $0.wholeNanoseconds }
            warmupSent = warmupNs == 0 ? 0 : nil
            return
        }
        let durations = [duration, schedule.duration].compactMap(\.self)
        endNs = durations.min().map { warmupEndNs + $0.wholeNanoseconds }
        main = ArrivalSequence(schedule, shard: shard, shards: shards)
        if warmupNs > 0, let steady = schedule.steady {
            self.warmup = ArrivalSequence(steady, shard: shard, shards: shards)
        }
    }

    /// What to do `elapsedNs` after the start, when this shard has sent `sent` requests, which must
    /// never go down.
    package mutating func decide(elapsedNs: Int64, sent: UInt64) -> Decision {
        guard case .open = model else { return decideClosed(elapsedNs: elapsedNs, sent: sent) }
        while advanced < sent { advance() }
        guard let intendedNs else { return .finished }
        return intendedNs <= elapsedNs
            ? .sendNow(intendedStartNs: intendedNs) : .wait(untilNs: intendedNs)
    }

    /// Open loop: how many requests of this shard, those of the warm-up left out, are due
    /// `elapsedNs` after the start and were not sent: the backlog. Cost: a step a request of it.
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

    /// When the next request of the open loop is meant to start; `nil` when none is.
    private var intendedNs: Int64? {
        if let ns = warmup?.nextNs, ns < warmupNs { return ns }
        if let requestLimit, let main, main.index >= requestLimit { return nil }
        guard let ns = main?.nextNs, ns <= Int64.max - warmupNs else { return nil }
        if let endNs, ns + warmupNs >= endNs { return nil }
        return ns + warmupNs
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
    /// The initial rate for ever: what a warm-up sends; `nil` when that is no rate.
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
