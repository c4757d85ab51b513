import TrackerClient
import TrackerLog

/// Everything that decides what a load test sends. Valid once made, and immutable.
package struct LoadPlan: Sendable, Hashable {
    package let origin: Origin
    /// How the certificate of an `https` origin is checked.
    package let tls: TLSSettings
    /// At least one; the weights decide how often each is sent.
    package let requests: [RequestTemplate]
    package let model: LoadModel
    /// Precedes the measured run. Its requests have a separate metric and are not counted.
    package let warmup: Duration
    /// Duration after the warm-up. `nil`: until `requestLimit` requests were sent.
    package let duration: Duration?
    package let requestLimit: UInt64?
    /// From the actual start of a request to the last byte of its response.
    package let timeout: Duration
    /// Open loop: maximum number of connections. Closed loop: their number.
    package let maxConnections: Int
    /// Number of event loops, each with a thread.
    package let shards: Int
    /// Decides the order of the requests when there are several.
    package let seed: UInt64

    /// - Parameters:
    ///   - duration: `LoadLimits.defaultDurationMs` when neither it nor `requests` is given.
    ///   - shards: `nil` for half the cores; the rest is for the target and the log.
    package init(
        origin: Origin, tls: TLSSettings = .init(), templates: [RequestTemplate],
        model: LoadModel = .closed(connections: 1), warmup: Duration = .zero,
        duration: Duration? = nil, requests: UInt64? = nil,
        timeout: Duration = .milliseconds(LoadLimits.defaultTimeoutMs),
        maxConnections: Int = LoadLimits.defaultMaxConnections, shards: Int? = nil,
        seed: UInt64 = 1
    ) throws(LoadError) {
        precondition(!templates.isEmpty, "a plan without requests")
        if case .closed(let connections) = model {
            try Self.check("--connections", connections, 1...LoadLimits.maxConnections)
            self.maxConnections = connections
        } else {
            try Self.check("--max-connections", maxConnections, 1...LoadLimits.maxConnections)
            self.maxConnections = maxConnections
        }
        if let requests { try Self.check("--requests", Int(clamping: requests), 1...Int.max) }
        try Self.check("--timeout", Int(timeout.wholeNanoseconds), 1...Int.max)
        try Self.check("--duration", Int((duration ?? .seconds(1)).wholeNanoseconds), 1...Int.max)
        self.origin = origin
        self.tls = tls
        self.requests = templates
        self.model = model
        try Self.check("--warmup", Int(warmup.wholeNanoseconds), 0...Int.max)
        self.warmup = warmup
        if case .open(let schedule) = model, let stagesDuration = schedule.duration {
            self.duration = duration.map { min($0, stagesDuration) } ?? stagesDuration
            guard warmup == .zero || schedule.initialPerSecond > 0 else {
                throw .invalid(
                    argument: "--warmup", value: DurationText.text(of: warmup),
                    problem: "the stages begin at 0 requests a second; give the rate of the "
                        + "warm-up with --rate")
            }
        } else {
            self.duration =
                duration == nil && requests == nil
                ? .milliseconds(LoadLimits.defaultDurationMs) : duration
        }
        requestLimit = requests
        self.timeout = timeout
        self.shards = max(1, min(shards ?? processorCount() / 2, self.maxConnections))
        self.seed = seed
    }

    private static func check(
        _ argument: String, _ value: Int, _ range: ClosedRange<Int>
    ) throws(LoadError) {
        guard range.contains(value) else {
            let bounds =
                range.upperBound == Int.max
                ? "must be at least \(range.lowerBound)"
                : "must be from \(range.lowerBound) to \(range.upperBound)"
            throw .invalid(argument: argument, value: "\(value)", problem: bounds)
        }
    }
}

/// Chooses the next request of a plan by weight. The same seed gives the same order.
struct TemplatePicker {
    /// Cumulative sums of the weights.
    private let cumulative: [UInt64]
    private var random: SplitMix64

    init(_ templates: [RequestTemplate], seed: UInt64) {
        var sum: UInt64 = 0
        cumulative = templates.map { template in
            sum += UInt64(template.weight)
            return sum
        }
        random = SplitMix64(seed: seed)
    }

    mutating func next() -> Int {
        guard cumulative.count > 1, let total = cumulative.last else { return 0 }
        let drawn = random.next() % total
        return cumulative.firstIndex { drawn < $0 } ?? 0
    }
}
