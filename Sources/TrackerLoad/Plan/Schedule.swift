import Glibc
import TrackerLog

/// The intended starts of an open loop: a rate over time, with even or random intervals.
package struct Schedule: Sendable, Hashable {
    /// How starts are distributed at the given rate.
    package enum Arrivals: String, Sendable, Hashable, CaseIterable {
        /// At even intervals: the easiest load to interpret, and the lightest for the target.
        case constant
        /// Like independent users: a Poisson process with the rate as its intensity.
        case poisson
    }

    /// The rate over time.
    package enum Profile: Sendable, Hashable {
        /// The same rate without end.
        case constant(Rate)
        /// Linear ramps from one rate to the next; nothing starts after the last one.
        case stages([Stage])
    }

    /// A period in which the rate changes linearly.
    package struct Stage: Sendable, Hashable {
        package let duration: Duration
        /// Requests a second; may be 0.
        package let from: Double
        package let to: Double

        package init(duration: Duration, from: Double, to: Double) {
            self.duration = duration
            self.from = from
            self.to = to
        }

        var seconds: Double { duration.milliseconds / 1e3 }
        /// Number of requests intended to start in it.
        var requests: Double { (from + to) / 2 * seconds }

        /// Seconds after the stage's start by which `count` requests are intended to start.
        ///
        /// The count after t seconds is `from·t + (to − from)·t² / 2d`. This form of the quadratic
        /// solution does not subtract nearly equal numbers.
        func seconds(ofCount count: Double) -> Double {
            guard count > 0 else { return 0 }
            let slope = (to - from) / seconds
            let root = max(0, from * from + 2 * slope * count).squareRoot()
            return from + root > 0 ? min(seconds, 2 * count / (from + root)) : seconds
        }
    }

    package let profile: Profile
    package let arrivals: Arrivals
    /// Decides the starts of `poisson`.
    package let seed: UInt64

    package init(profile: Profile, arrivals: Arrivals = .constant, seed: UInt64 = 1) {
        self.profile = profile
        self.arrivals = arrivals
        self.seed = seed
    }

    /// The same rate without end, at even intervals.
    package static func constant(_ rate: Rate) -> Schedule { Schedule(profile: .constant(rate)) }

    /// Total duration of the stages; `nil` for a constant rate.
    package var duration: Duration? {
        guard case .stages(let stages) = profile else { return nil }
        return stages.reduce(.zero) { $0 + $1.duration }
    }

    /// Requests a second at the beginning.
    var initialPerSecond: Double {
        switch profile {
        case .constant(let rate): rate.perSecond
        case .stages(let stages): stages.first { $0.duration > .zero }?.from ?? 0
        }
    }

    /// The highest rate, in requests a second.
    package var peakPerSecond: Double {
        switch profile {
        case .constant(let rate): rate.perSecond
        case .stages(let stages): stages.map { max($0.from, $0.to) }.max() ?? 0
        }
    }

    /// Nanoseconds after the start by which `count` requests are intended to start.
    /// - Returns: `nil` when the stages have fewer, or when it does not fit into 64 bits.
    func startNs(ofCount count: Double) -> Int64? {
        switch profile {
        case .constant(let rate):
            return Int64(exactly: (count / rate.perSecond * 1e9).rounded(.down))
        case .stages(let stages):
            var left = count
            var beginNs: Int64 = 0
            for stage in stages where stage.duration > .zero {
                if left < stage.requests {
                    let ns = (stage.seconds(ofCount: left) * 1e9).rounded(.down)
                    return Int64(exactly: ns).map { beginNs + $0 }
                }
                left -= stage.requests
                beginNs += stage.duration.wholeNanoseconds
            }
            return nil
        }
    }

    /// How long so many requests are planned to take: until one more would be due, at even
    /// intervals. Stages that have no more end by themselves.
    func plannedNs(of requests: UInt64) -> Int64? {
        if case .constant(let rate) = profile { return rate.intendedStartNs(of: requests) }
        return startNs(ofCount: Double(requests)) ?? duration?.wholeNanoseconds
    }

    /// The profile as shown on pages, for example `10s:100,30s:500`.
    package var text: String {
        switch profile {
        case .constant(let rate): return rate.description
        case .stages(let stages):
            return stages.map { stage in
                let rate =
                    stage.to == stage.to.rounded(.down) && stage.to < 1e15
                    ? "\(UInt64(stage.to))" : "\(stage.to)"
                return "\(DurationText.text(of: stage.duration)):\(rate)"
            }.joined(separator: ",")
        }
    }

    /// Parses `10s:100,30s:500`: a linear ramp from `startRate` to 100 requests a second in ten
    /// seconds, then to 500 in thirty. A stage of `0s` is a jump.
    package static func stages(
        parsing text: String, startRate: Rate?, argument: String
    ) throws(LoadError) -> [Stage] {
        func invalid(_ problem: String) -> LoadError {
            .invalid(argument: argument, value: text, problem: problem)
        }
        var stages: [Stage] = []
        var rate = startRate?.perSecond ?? 0
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        guard parts.count <= LoadLimits.maxStages else {
            throw invalid("at most \(LoadLimits.maxStages) stages")
        }
        for part in parts {
            let halves = part.split(separator: ":", omittingEmptySubsequences: false)
            guard halves.count == 2 else {
                throw invalid("write duration:rate pairs, for example 10s:100,30s:500")
            }
            let duration = try DurationText.parse(String(halves[0]), argument: argument)
            // Rate rejects zero, but a ramp may end there.
            let isZero = DecimalText(halves[1])?.digits == 0
            let to = isZero ? 0 : try Rate(parsing: String(halves[1]), argument: argument).perSecond
            stages.append(Stage(duration: duration, from: rate, to: to))
            rate = to
        }
        let total = stages.reduce(Duration.zero) { $0 + $1.duration }
        guard total > .zero, stages.contains(where: { $0.requests > 0 }) else {
            throw invalid("no stage sends anything: give one a duration and a rate above 0")
        }
        return stages
    }
}

/// The intended starts of one shard of a schedule, in order.
///
/// With even intervals, shard s of n has the requests s, s + n, s + 2n, …. With random ones, each
/// shard has its own Poisson process with an n-th of the rate; together they form one with the
/// whole rate.
struct ArrivalSequence: Sendable, Hashable {
    private let schedule: Schedule
    private let shard: UInt64
    private let shards: UInt64
    /// Number of starts before `nextNs`.
    private(set) var index: UInt64 = 0
    /// Nanoseconds after the schedule's start; `nil` when there are no more starts.
    private(set) var nextNs: Int64?
    private var count = 0.0
    private var random: SplitMix64

    init(_ schedule: Schedule, shard: Int, shards: Int) {
        self.schedule = schedule
        self.shard = UInt64(shard)
        self.shards = UInt64(shards)
        // Each shard gets a random seed: consecutive seeds would give shifted copies.
        var seeds = SplitMix64(seed: schedule.seed)
        for _ in 0..<shard { _ = seeds.next() }
        random = SplitMix64(seed: seeds.next())
        find()
    }

    mutating func advance() {
        index += 1
        find()
    }

    private mutating func find() {
        if schedule.arrivals == .poisson {
            // The top 53 bits plus a half: never zero, whose logarithm is infinite.
            let uniform = (Double(random.next() >> 11) + 0.5) * 0x1p-53
            count -= log(uniform) * Double(shards)
            nextNs = schedule.startNs(ofCount: count)
            return
        }
        let (scaled, overflow) = index.multipliedReportingOverflow(by: shards)
        guard !overflow, scaled < UInt64.max - shard else {
            nextNs = nil
            return
        }
        // A constant rate is computed in integers: no start has a rounding error.
        if case .constant(let rate) = schedule.profile {
            nextNs = rate.intendedStartNs(of: scaled + shard)
        } else {
            nextNs = schedule.startNs(ofCount: Double(scaled + shard))
        }
    }
}
