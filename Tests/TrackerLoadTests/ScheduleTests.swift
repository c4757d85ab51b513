import Testing
import TrackerLoad
import TrackerTestSupport

@Suite("Schedules: ramps, random arrivals and warm-up, by arithmetic")
struct ScheduleTests {
    private func stages(_ text: String, from rate: String? = nil) throws -> Schedule {
        let start = try rate.map { try Rate(parsing: $0, argument: "--rate") }
        return Schedule(
            profile: .stages(
                try Schedule.stages(parsing: text, startRate: start, argument: "--stages")))
    }

    /// Every intended start of a model, in order, over its shards.
    private func starts(
        _ model: LoadModel, duration: Duration? = nil, requests: UInt64? = nil,
        warmup: Duration = .zero, shards: Int = 1
    ) -> [Int64] {
        var starts: [Int64] = []
        for shard in 0..<shards {
            var pacer = Pacer(
                model: model, duration: duration, requests: requests, warmup: warmup,
                shard: shard, shards: shards)
            var sent: UInt64 = 0
            while case .sendNow(let ns) = pacer.decide(elapsedNs: .max, sent: sent) {
                starts.append(ns)
                sent += 1
            }
        }
        return starts.sorted()
    }

    @Test("A ramp from 0 to r within d sends r·d/2, the i-th after sqrt(2·i·d/r)")
    func ramp() throws {
        let all = starts(.open(try stages("10s:100")))
        #expect(all.count == 500)
        for (index, ns) in all.enumerated() {
            let expectedS = (2 * Double(index) * 10 / 100).squareRoot()
            #expect(abs(Double(ns) / 1e9 - expectedS) < 1e-8, "request \(index)")
        }
    }

    @Test("A ramp down sends as much as the same ramp up, mirrored")
    func rampDown() throws {
        let up = starts(.open(try stages("4s:200")))
        let down = starts(.open(try stages("4s:0", from: "200")))
        #expect(up.count == 400 && down.count == 400)
        // The start at count c of the one lies where 400 − c lies in the other.
        for index in 1..<400 {
            #expect(abs(Double(down[index] + up[400 - index]) / 1e9 - 4) < 1e-7, "\(index)")
        }
    }

    @Test("Stages follow each other, also over a jump and a pause; each keeps its own count")
    func severalStages() throws {
        let schedule = try stages("2s:100,0s:10,3s:10,0s:0,2s:0,0s:50,1s:50", from: "100")
        let all = starts(.open(schedule))
        let seconds = all.map { Int($0 / 1_000_000_000) }
        let counts = Dictionary(grouping: seconds) { $0 }.mapValues(\.count)
        #expect(counts == [0: 100, 1: 100, 2: 10, 3: 10, 4: 10, 7: 50])
        #expect(schedule.duration == .seconds(8))
        #expect(schedule.peakPerSecond == 100)
        #expect(schedule.text == "2s:100,0s:10,3s:10,0s:0,2s:0,0s:50,1s:50")
    }

    @Test("A shard takes its share: together they send what one would")
    func shards() throws {
        for text in ["3s:300,1s:20", "1s:1000", "2s:7,2s:0"] {
            let model = LoadModel.open(try stages(text))
            let whole = starts(model)
            for shards in 2...5 { #expect(starts(model, shards: shards) == whole, "\(text)") }
        }
    }

    @Test(
        "What is no list of stages is refused",
        arguments: [
            "", "10s", "10s:", ":100", "10:100", "10s:100,", "10s:-5", "10s:0", "0s:100",
            "10s:1:2", "10s:1e9999", "1s:99999999999",
        ])
    func badStages(text: String) {
        #expect(throws: LoadError.self) { try stages(text) }
    }

    private func poisson(_ rate: String, seed: UInt64) throws -> LoadModel {
        .open(
            Schedule(
                profile: .constant(try Rate(parsing: rate, argument: "--rate")),
                arrivals: .poisson, seed: seed))
    }

    @Test("Random arrivals: counts a second have mean and variance of the rate", arguments: [1, 4])
    func poissonCounts(shards: Int) throws {
        let seconds = 2_000
        let all = starts(
            try poisson("50", seed: 11), duration: .seconds(seconds), shards: shards)
        var counts = [Int](repeating: 0, count: seconds)
        for ns in all { counts[Int(ns / 1_000_000_000)] += 1 }
        let mean = Double(all.count) / Double(seconds)
        let variance =
            counts.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
            / Double(seconds - 1)
        // Standard errors: sqrt(50 / 2000) = 0.16 and 50 · sqrt(2 / 2000) = 1.6; four of each.
        #expect(abs(mean - 50) < 0.64, "seed 11, \(shards) shards: \(mean)")
        #expect(abs(variance - 50) < 6.4, "seed 11, \(shards) shards: \(variance)")
    }

    @Test("Random arrivals: gaps are exponential, and shards do not repeat each other")
    func poissonGaps() throws {
        let all = starts(try poisson("1000", seed: 3), duration: .seconds(100), shards: 4)
        let gaps = zip(all.dropFirst(), all).map { Double($0 - $1) / 1e6 }
        // P(gap > t) = exp(−t), in milliseconds; 100,000 gaps: a standard error below 0.0016.
        for limit in [0.1, 0.5, 1, 2, 4] {
            let share = Double(gaps.count { $0 > limit }) / Double(gaps.count)
            let expected = [0.1: 0.904837, 0.5: 0.606531, 1: 0.367879, 2: 0.135335, 4: 0.018316]
            #expect(abs(share - (expected[limit] ?? 0)) < 0.0064, "seed 3: above \(limit) ms")
        }
        #expect(Set(all).count > all.count - 20, "the shards send at the same times")
    }

    @Test("The same seed gives the same arrivals, another one others")
    func seeds() throws {
        let first = starts(try poisson("100", seed: 5), requests: 50)
        #expect(first.count == 50)
        #expect(first == starts(try poisson("100", seed: 5), requests: 50))
        #expect(first != starts(try poisson("100", seed: 6), requests: 50))
    }

    @Test("A warm-up of w comes first at the initial rate; the test itself is moved by w")
    func warmup() throws {
        let rate = LoadModel.open(.constant(try Rate(parsing: "10", argument: "--rate")))
        let plain = starts(rate, duration: .seconds(3))
        let warm = starts(rate, duration: .seconds(3), warmup: .seconds(2))
        #expect(warm.count == 20 + plain.count)
        #expect(Array(warm.suffix(plain.count)) == plain.map { $0 + 2_000_000_000 })
        let ramp = starts(.open(try stages("2s:40", from: "20")), warmup: .seconds(1))
        #expect(ramp.count { $0 < 1_000_000_000 } == 20)
        #expect(ramp.count { $0 >= 1_000_000_000 } == 60)
    }

    @Test("A number of requests counts those after the warm-up, open and closed")
    func warmupLimit() throws {
        let rate = LoadModel.open(.constant(try Rate(parsing: "10", argument: "--rate")))
        let open = starts(rate, requests: 5, warmup: .seconds(2), shards: 2)
        #expect(open.count == 25)
        var pacer = Pacer(model: .closed(connections: 1), requests: 5, warmup: .seconds(2))
        #expect(pacer.decide(elapsedNs: 0, sent: 0) == .sendNow(intendedStartNs: 0))
        #expect(pacer.decide(elapsedNs: 1_999_999_999, sent: 70) != .finished)
        #expect(pacer.decide(elapsedNs: 2_000_000_000, sent: 71) != .finished)
        #expect(pacer.decide(elapsedNs: 2_000_000_000, sent: 75) != .finished)
        #expect(pacer.decide(elapsedNs: 2_000_000_000, sent: 76) == .finished)
    }

    @Test("What is overdue does not count the warm-up's requests")
    func warmupOverdue() throws {
        let rate = LoadModel.open(.constant(try Rate(parsing: "10", argument: "--rate")))
        let pacer = Pacer(model: rate, duration: .seconds(2), warmup: .seconds(1))
        #expect(pacer.overdue(elapsedNs: 60_000_000_000, sent: 0) == 20)
        #expect(pacer.overdue(elapsedNs: 60_000_000_000, sent: 10) == 20)
        #expect(pacer.overdue(elapsedNs: 60_000_000_000, sent: 13) == 17)
        #expect(pacer.overdue(elapsedNs: 1_000_000_000, sent: 10) == 1)
    }

    @Test("A warm-up before stages that begin at nothing is refused, with what to do")
    func warmupWithoutRate() throws {
        let url = try TargetURL(parsing: "http://localhost/")
        let template = try RequestTemplate(target: url)
        #expect {
            try LoadPlan(
                origin: url.origin, templates: [template], model: .open(try stages("1s:5")),
                warmup: .seconds(1))
        } throws: { "\($0)".contains("--rate") }
    }
}
