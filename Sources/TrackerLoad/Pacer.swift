/// When requests are meant to start, for as many as a test has.
package enum LoadModel: Sendable, Hashable {
    /// Requests start at a constant rate, whether or not earlier ones were answered.
    case open(Rate)
    /// Each connection sends its next request when its last one was answered.
    case closed(connections: Int)
}

/// Decides when the next request starts. Knows no clock, no thread and no network.
///
/// One shard of several takes every `shards`-th request, so that threads need not talk to each
/// other and together still send request i at i / rate.
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
    /// Open loop: no request is intended at or after it. Closed loop: none begins then.
    package let durationNs: Int64?
    /// How many requests this shard may send.
    package let requestLimit: UInt64?
    private let shard: UInt64
    private let shards: UInt64

    /// - Parameters:
    ///   - requests: of the whole test; the shards share it.
    ///   - shard: from 0, below `shards`.
    package init(
        model: LoadModel, duration: Duration? = nil, requests: UInt64? = nil,
        shard: Int = 0, shards: Int = 1
    ) {
        precondition(shards > 0 && (0..<shards).contains(shard), "shard \(shard) of \(shards)")
        self.model = model
        self.durationNs = duration?.wholeNanoseconds
        self.shard = UInt64(shard)
        self.shards = UInt64(shards)
        requestLimit = requests.map { total in
            total / UInt64(shards) + (UInt64(shard) < total % UInt64(shards) ? 1 : 0)
        }
    }

    /// What to do `elapsedNs` after the start, when this shard has sent `sent` requests.
    package func decide(elapsedNs: Int64, sent: UInt64) -> Decision {
        if let requestLimit, sent >= requestLimit { return .finished }
        switch model {
        case .closed:
            if let durationNs, elapsedNs >= durationNs { return .finished }
            return .sendNow(intendedStartNs: elapsedNs)
        case .open(let rate):
            guard let intendedNs = intendedStartNs(of: sent, at: rate) else { return .finished }
            if let durationNs, intendedNs >= durationNs { return .finished }
            return intendedNs <= elapsedNs
                ? .sendNow(intendedStartNs: intendedNs) : .wait(untilNs: intendedNs)
        }
    }

    /// Open loop: how many requests of this shard are due `elapsedNs` after the start and were not
    /// sent: the backlog. Cost: a search over 64 bits, no loop over requests.
    package func overdue(elapsedNs: Int64, sent: UInt64) -> UInt64 {
        guard case .open(let rate) = model, elapsedNs >= 0 else { return 0 }
        // The first request that is not due lies in low...high.
        var low: UInt64 = 0
        var high = requestLimit ?? UInt64(Int64.max)
        while low < high {
            let middle = low + (high - low) / 2
            if isDue(middle, at: rate, elapsedNs: elapsedNs) {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low > sent ? low - sent : 0
    }

    private func isDue(_ index: UInt64, at rate: Rate, elapsedNs: Int64) -> Bool {
        guard let intendedNs = intendedStartNs(of: index, at: rate) else { return false }
        if let durationNs, intendedNs >= durationNs { return false }
        return intendedNs <= elapsedNs
    }

    private func intendedStartNs(of index: UInt64, at rate: Rate) -> Int64? {
        let (scaled, overflow) = index.multipliedReportingOverflow(by: shards)
        guard !overflow else { return nil }
        return rate.intendedStartNs(of: scaled + shard)
    }
}
