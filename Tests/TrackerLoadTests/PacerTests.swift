import Testing
import TrackerLoad
import TrackerTestSupport

@Suite("Pacer: when requests start, by arithmetic")
struct PacerTests {
    private func rate(_ text: String) throws -> Rate {
        try Rate(parsing: text, argument: "--rate")
    }

    @Test("The i-th request is meant to start at i / rate, without rounding that adds up")
    func exactStarts() throws {
        let rate = try rate("300")
        #expect(rate.intendedStartNs(of: 0) == 0)
        #expect(rate.intendedStartNs(of: 1) == 3_333_333)
        #expect(rate.intendedStartNs(of: 2) == 6_666_666)
        #expect(rate.intendedStartNs(of: 3) == 10_000_000)
        // A year on, the start is as exact as in the first second.
        let yearS: UInt64 = 365 * 86_400
        #expect(rate.intendedStartNs(of: 300 * yearS) == Int64(yearS) * 1_000_000_000)
        #expect(
            rate.intendedStartNs(of: 300 * yearS + 1) == Int64(yearS) * 1_000_000_000 + 3_333_333)
    }

    @Test(
        "Rates as they are typed",
        arguments: [
            ("200", 200.0), ("0.5", 0.5), ("333.3", 333.3), ("30/m", 0.5), ("3600/h", 1.0),
            ("7/s", 7.0), (".25", 0.25),
        ])
    func rates(text: String, perSecond: Double) throws {
        #expect(abs(try rate(text).perSecond - perSecond) < 1e-9)
    }

    @Test(
        "What is no rate is refused",
        arguments: [
            "", "0", "0.0", "-1", "abc", "1e3", "1/x", "1/", "1.2.3", "99999999999", "1.1234567",
        ])
    func badRates(text: String) {
        #expect(throws: LoadError.self) { try rate(text) }
    }

    @Test("Open loop: wait until the next start, send at it, and keep it when late")
    func openLoop() throws {
        var pacer = Pacer(model: .open(.constant(try rate("10"))))
        #expect(pacer.decide(elapsedNs: 0, sent: 0) == .sendNow(intendedStartNs: 0))
        #expect(pacer.decide(elapsedNs: 0, sent: 1) == .wait(untilNs: 100_000_000))
        #expect(pacer.decide(elapsedNs: 99_999_999, sent: 1) == .wait(untilNs: 100_000_000))
        #expect(
            pacer.decide(elapsedNs: 100_000_000, sent: 1)
                == .sendNow(intendedStartNs: 100_000_000))
        // Two seconds late: the intended start is still the planned one.
        #expect(
            pacer.decide(elapsedNs: 2_100_000_000, sent: 1)
                == .sendNow(intendedStartNs: 100_000_000))
    }

    @Test("A duration of d at rate r is exactly d × r requests; the last one starts before the end")
    func durationEnds() throws {
        var pacer = Pacer(model: .open(.constant(try rate("10"))), duration: .seconds(2))
        #expect(
            pacer.decide(elapsedNs: 5_000_000_000, sent: 19)
                == .sendNow(intendedStartNs: 1_900_000_000))
        #expect(pacer.decide(elapsedNs: 2_000_000_000, sent: 20) == .finished)
    }

    @Test(
        "An open loop lasts as long as planned, however long before the last request starts",
        arguments: [
            // Two requests, at 0 and 2 s, of the three seconds.
            ("0.5", 3, nil, 2, .wait(untilNs: 3_000_000_000)),
            ("0.001", 3, nil, 1, .wait(untilNs: 3_000_000_000)),
            // Fewer requests fit into the time than were asked for.
            ("0.5", 3, 100, 2, .wait(untilNs: 3_000_000_000)),
            // As many as were asked for: over when one more would be due.
            ("0.5", 3, 2, 2, .wait(untilNs: 3_000_000_000)),
            ("0.5", 9, 2, 2, .wait(untilNs: 4_000_000_000)),
            ("0.5", nil, 2, 2, .wait(untilNs: 4_000_000_000)),
            ("1", nil, 2, 2, .finished),
        ] as [(String, Int?, UInt64?, UInt64, Pacer.Decision)])
    func lastsAsPlanned(
        rate text: String, seconds: Int?, requests: UInt64?, sent: UInt64, last: Pacer.Decision
    ) throws {
        var pacer = Pacer(
            model: .open(.constant(try rate(text))),
            duration: seconds.map { .seconds($0) }, requests: requests)
        #expect(pacer.decide(elapsedNs: 2_100_000_000, sent: sent) == last)
        #expect(pacer.decide(elapsedNs: 4_000_000_000, sent: sent) == .finished)
    }

    @Test("A number of requests lasts as long on each shard, and after a warm-up")
    func limitOnShards() throws {
        for shard in 0..<4 {
            var pacer = Pacer(
                model: .open(.constant(try rate("10"))), requests: 2, warmup: .seconds(1),
                shard: shard, shards: 4)
            // A warm-up of ten and two requests: three a shard, but for the last two.
            let sent: UInt64 = shard < 2 ? 4 : 2
            #expect(
                pacer.decide(elapsedNs: 1_150_000_000, sent: sent)
                    == .wait(untilNs: 1_200_000_000))
            #expect(pacer.decide(elapsedNs: 1_200_000_000, sent: sent) == .finished)
        }
    }

    @Test("A number of requests on a ramp, and at random")
    func limitOfProfiles() throws {
        let stages = try Schedule.stages(
            parsing: "1s:2,2s:2", startRate: nil, argument: "--stages")
        func last(_ requests: UInt64, _ schedule: Schedule) -> Pacer.Decision {
            var pacer = Pacer(model: .open(schedule), requests: requests)
            return pacer.decide(elapsedNs: 0, sent: requests)
        }
        // One in the first second, two in each of the others.
        let ramp = Schedule(profile: .stages(stages))
        #expect(last(3, ramp) == .wait(untilNs: 2_000_000_000))
        #expect(last(5, ramp) == .wait(untilNs: 3_000_000_000))
        let random = Schedule(profile: .constant(try rate("4")), arrivals: .poisson, seed: 3)
        #expect(last(10, random) == .wait(untilNs: 2_500_000_000))
        // None is left out because it comes late.
        for seed in 1...20 {
            let random = Schedule(
                profile: .constant(try rate("4")), arrivals: .poisson, seed: UInt64(seed))
            var pacer = Pacer(model: .open(random), requests: 10)
            var sent: UInt64 = 0
            while case .sendNow = pacer.decide(elapsedNs: .max, sent: sent) { sent += 1 }
            #expect(sent == 10, "seed \(seed)")
        }
    }

    @Test("Stages that end at a rate of zero last to their end")
    func stagesLast() throws {
        let stages = try Schedule.stages(
            parsing: "1s:2,2s:0", startRate: nil, argument: "--stages")
        var pacer = Pacer(model: .open(Schedule(profile: .stages(stages))))
        #expect(pacer.decide(elapsedNs: 2_900_000_000, sent: 3) == .wait(untilNs: 3_000_000_000))
        #expect(pacer.decide(elapsedNs: 3_000_000_000, sent: 3) == .finished)
    }

    @Test("A number of requests ends the run, open and closed")
    func requestLimit() throws {
        for model in [LoadModel.open(.constant(try rate("10"))), .closed(connections: 3)] {
            var pacer = Pacer(model: model, requests: 5)
            #expect(pacer.decide(elapsedNs: 1_000_000_000, sent: 4) != .finished)
            #expect(pacer.decide(elapsedNs: 500_000_000, sent: 5) == .finished)
        }
    }

    @Test("Closed loop: send whenever a connection is free, until the time is over")
    func closedLoop() {
        var pacer = Pacer(model: .closed(connections: 1), duration: .seconds(1))
        #expect(pacer.decide(elapsedNs: 123, sent: 900) == .sendNow(intendedStartNs: 123))
        #expect(pacer.decide(elapsedNs: 1_000_000_000, sent: 0) == .finished)
    }

    @Test("The backlog is what is due and was not sent")
    func overdue() throws {
        let pacer = Pacer(model: .open(.constant(try rate("10"))), duration: .seconds(2))
        #expect(pacer.overdue(elapsedNs: -1, sent: 0) == 0)
        #expect(pacer.overdue(elapsedNs: 0, sent: 0) == 1)
        #expect(pacer.overdue(elapsedNs: 1_000_000_000, sent: 4) == 7)
        #expect(pacer.overdue(elapsedNs: 60_000_000_000, sent: 4) == 16)
        #expect(pacer.overdue(elapsedNs: 60_000_000_000, sent: 20) == 0)
        let limited = Pacer(model: .open(.constant(try rate("10"))), requests: 8)
        #expect(limited.overdue(elapsedNs: 60_000_000_000, sent: 3) == 5)
        let closed = Pacer(model: .closed(connections: 1), requests: 8)
        #expect(closed.overdue(elapsedNs: 60_000_000_000, sent: 3) == 0)
    }

    @Test("Shards together send every request once, each at its own time")
    func shards() throws {
        var generator = SeededGenerator(seed: 42)
        for _ in 0..<200 {
            let perSecond = Int.random(in: 1...5_000, using: &generator)
            let total = UInt64.random(in: 1...300, using: &generator)
            let shards = Int.random(in: 1...7, using: &generator)
            let rate = try rate("\(perSecond)")
            var starts: [Int64] = []
            for shard in 0..<shards {
                var pacer = Pacer(
                    model: .open(.constant(rate)), requests: total, shard: shard, shards: shards)
                var sent: UInt64 = 0
                while case .sendNow(let ns) = pacer.decide(elapsedNs: .max, sent: sent) {
                    starts.append(ns)
                    sent += 1
                }
            }
            let expected = (0..<total).map { rate.intendedStartNs(of: $0) }
            #expect(starts.sorted() == expected, "seed 42: \(perSecond)/s, \(total), \(shards)")
        }
    }

    @Test("Walking the clock in any steps sends the same requests at the same intended starts")
    func anySteps() throws {
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<20 {
            var pacer = Pacer(
                model: .open(.constant(try rate("997"))), duration: .seconds(1))
            var elapsedNs: Int64 = 0
            var starts: [Int64] = []
            walk: while true {
                switch pacer.decide(elapsedNs: elapsedNs, sent: UInt64(starts.count)) {
                case .sendNow(let ns):
                    #expect(ns <= elapsedNs)
                    starts.append(ns)
                case .wait(let untilNs):
                    #expect(untilNs > elapsedNs)
                    elapsedNs = untilNs + Int64.random(in: 0...50_000_000, using: &generator)
                case .finished: break walk
                }
            }
            #expect(starts.count == 997, "seed 7")
            #expect(starts == starts.sorted())
        }
    }
}
