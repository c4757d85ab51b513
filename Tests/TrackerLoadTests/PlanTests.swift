import NIOHTTP1
import Testing
import TrackerLog
import TrackerTestSupport

@testable import TrackerLoad

@Suite("Plans of load: rates, limits, choices and heads")
struct PlanTests {
    @Test(
        "Rates as a person types them",
        arguments: [
            ("200", 200, 1_000_000_000), ("200/s", 200, 1_000_000_000), ("0.5", 5, 10_000_000_000),
            (".5", 5, 10_000_000_000), ("30/m", 30, 60_000_000_000), ("1/h", 1, 3_600_000_000_000),
            ("0.25/m", 25, 6_000_000_000_000), ("10000000", 10_000_000, 1_000_000_000),
        ] as [(String, UInt64, UInt64)])
    func rates(text: String, requests: UInt64, periodNs: UInt64) throws {
        let rate = try Rate(parsing: text, argument: "--rate")
        #expect(rate.requests == requests && rate.periodNs == periodNs)
    }

    @Test(
        "What is no rate is refused, by the argument's name",
        arguments: [
            "", "0", "-1", "1e3", "1/d", "1/", "/s", "1/s/s", "x", "10000001", "0.0000001", "1,5",
            "+1", " 1", "99999999999999999999", "0/m", "inf", "nan",
        ])
    func noRates(text: String) {
        #expect {
            try Rate(parsing: text, argument: "--rate")
        } throws: { error in
            guard case .invalid("--rate", text, _)? = error as? LoadError else { return false }
            return true
        }
    }

    @Test("The i-th start is exactly the whole part of i × period / requests")
    func intendedStarts() throws {
        for seed in [1, 2, 3] as [UInt64] {
            var generator = SeededGenerator(seed: seed)
            for _ in 0..<300 {
                let requests = 1 + generator.next() % 100_000
                let periodNs = 1_000_000_000 * (1 + generator.next() % 3_600)
                guard let rate = Rate(requests: requests, periodNs: periodNs) else { continue }
                #expect(rate.intendedStartNs(of: 0) == 0)
                // After as many requests as a period has, exactly a period is over.
                #expect(rate.intendedStartNs(of: requests) == Int64(periodNs), "seed \(seed)")
                let index = generator.next() % 1_000_000
                let start = try #require(rate.intendedStartNs(of: index))
                let next = try #require(rate.intendedStartNs(of: index + 1))
                #expect(start <= next, "seed \(seed)")
                // start × requests <= i × period < (start + 1) × requests
                let product = UInt128(index) * UInt128(periodNs)
                #expect(UInt128(start) * UInt128(requests) <= product, "seed \(seed)")
                #expect(product < UInt128(start + 1) * UInt128(requests), "seed \(seed)")
            }
        }
        let slow = try #require(Rate(requests: 1, periodNs: 3_600_000_000_000))
        #expect(slow.intendedStartNs(of: .max) == nil)
    }

    @Test("Any duration is read back as it was written", arguments: [4, 5] as [UInt64])
    func durations(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<2_000 {
            // Up to 18 digits: more are not read.
            let ns = Int64(generator.next() >> (5 + generator.next() % 58))
            let duration = Duration.nanoseconds(ns)
            let text = DurationText.text(of: duration)
            #expect(
                try DurationText.parse(text, argument: "x") == duration, "seed \(seed), \(text)")
            #expect(duration.wholeNanoseconds == ns)
        }
    }

    @Test(
        "Parts of a duration add up",
        arguments: [
            ("1h30m", 5_400_000_000_000), ("1m1s1ms1us1ns", 61_001_001_001),
            ("0.5m", 30_000_000_000),
            ("1s1s", 2_000_000_000), ("2µs", 2_000), (".5s", 500_000_000),
        ] as [(String, Int64)])
    func sums(text: String, ns: Int64) throws {
        #expect(try DurationText.parse(text, argument: "x") == .nanoseconds(ns))
    }

    private static let target = "http://localhost:8000/a?b=1"

    private func plan(
        model: LoadModel = .closed(connections: 1), warmup: Duration = .zero,
        duration: Duration? = nil, requests: UInt64? = nil, timeout: Duration = .seconds(1),
        maxConnections: Int = 10, shards: Int? = nil
    ) throws -> LoadPlan {
        let url = try TargetURL(parsing: Self.target)
        return try LoadPlan(
            origin: url.origin, templates: [try RequestTemplate(target: url)], model: model,
            warmup: warmup, duration: duration, requests: requests, timeout: timeout,
            maxConnections: maxConnections, shards: shards)
    }

    @Test("A plan that makes no sense is refused by the name of its argument")
    func limits() throws {
        let open = LoadModel.open(.constant(try Rate(parsing: "5", argument: "--rate")))
        let table: [(String, () throws -> LoadPlan)] = [
            ("--connections", { try plan(model: .closed(connections: 0)) }),
            ("--connections", { try plan(model: .closed(connections: 100_001)) }),
            ("--max-connections", { try plan(model: open, maxConnections: 0) }),
            ("--requests", { try plan(requests: 0) }),
            ("--timeout", { try plan(timeout: .zero) }),
            ("--duration", { try plan(duration: .zero) }),
            ("--duration", { try plan(duration: .seconds(-1)) }),
            ("--warmup", { try plan(warmup: .seconds(-1)) }),
        ]
        for (argument, make) in table {
            #expect {
                _ = try make()
            } throws: { error in
                guard case .invalid(argument, _, _)? = error as? LoadError else { return false }
                return true
            }
        }
    }

    @Test("What is not said has its default")
    func defaults() throws {
        let bare = try plan()
        #expect(bare.duration == .milliseconds(LoadLimits.defaultDurationMs))
        #expect(bare.requestLimit == nil)
        #expect(try plan(requests: 7).duration == nil)
        #expect(try plan(duration: .seconds(3), requests: 7).duration == .seconds(3))
        #expect(try plan(model: .closed(connections: 3), shards: 8).shards == 3)
        #expect(try plan(model: .closed(connections: 3)).maxConnections == 3)
        #expect(try plan(shards: 0).shards == 1)
    }

    @Test("Stages say how long a plan is, unless it ends before")
    func stages() throws {
        let stages = Schedule(
            profile: .stages(
                try Schedule.stages(parsing: "2s:10,3s:20", startRate: nil, argument: "--stages")))
        #expect(try plan(model: .open(stages)).duration == .seconds(5))
        #expect(try plan(model: .open(stages), duration: .seconds(1)).duration == .seconds(1))
        #expect(try plan(model: .open(stages), duration: .seconds(9)).duration == .seconds(5))
        #expect(throws: LoadError.self) { try plan(model: .open(stages), warmup: .seconds(1)) }
    }

    @Test(
        "Requests are chosen by weight, in an order of the seed alone",
        arguments: [1, 7] as [UInt64])
    func weights(seed: UInt64) throws {
        let url = try TargetURL(parsing: Self.target)
        let weights = [5, 1, 4]
        let templates = try weights.map { try RequestTemplate(target: url, weight: $0) }
        func choices() -> [Int] {
            var picker = TemplatePicker(templates, seed: seed)
            return (0..<20_000).map { _ in picker.next() }
        }
        let all = choices()
        #expect(all == choices())
        for (index, weight) in weights.enumerated() {
            let share = Double(all.count { $0 == index }) / Double(all.count)
            // Five standard deviations of a share of 20,000.
            #expect(abs(share - Double(weight) / 10) < 0.018, "seed \(seed), \(index): \(share)")
        }
        var single = TemplatePicker([templates[0]], seed: seed)
        #expect((0..<100).allSatisfy { _ in single.next() == 0 })
    }

    @Test("A head has what HTTP asks for, once, and what was given instead")
    func heads() throws {
        let url = try TargetURL(parsing: Self.target)
        let plain = try RequestTemplate(target: url).head(origin: url.origin)
        #expect(plain.uri == "/a?b=1" && plain.method == .GET && plain.version == .http1_1)
        #expect(plain.headers["Host"] == ["localhost:8000"])
        #expect(plain.headers["Content-Length"] == [])
        let post = try RequestTemplate(
            target: url, method: "POST",
            headers: [
                .init(parsing: "host: other"), .init(parsing: "X-A: 1"), .init(parsing: "x-a: 2"),
                .init(parsing: "Accept: text/plain"),
            ], body: Array("äb".utf8)
        ).head(origin: url.origin)
        #expect(post.headers["Host"] == ["other"])
        #expect(post.headers["X-A"] == ["1", "2"])
        #expect(post.headers["Accept"] == ["text/plain"])
        #expect(post.headers["Content-Length"] == ["3"])
        for method in ["POST", "PUT", "PATCH", "DELETE"] {
            let head = try RequestTemplate(target: url, method: method).head(origin: url.origin)
            #expect(head.headers["Content-Length"] == (method == "DELETE" ? [] : ["0"]))
        }
    }

    @Test(
        "An origin is named as browsers name it",
        arguments: [
            ("http://localhost", "localhost", true), ("http://localhost:80/", "localhost", true),
            ("https://localhost:443", "localhost", true), ("https://h:80", "h:80", false),
            ("http://[::1]:99", "[::1]:99", true), ("127.9.9.9:1", "127.9.9.9:1", true),
            ("http://127.example.com", "127.example.com", false), ("10.0.0.1", "10.0.0.1", false),
        ])
    func origins(text: String, authority: String, isLoopback: Bool) throws {
        let url = try TargetURL(parsing: text)
        #expect(url.origin.authority == authority)
        #expect(url.origin.isLoopback == isLoopback)
        // Its own text is the same target.
        #expect(try TargetURL(parsing: url.description) == url)
    }

    @Test("Every way a request can end has a label and words of its own")
    func outcomes() {
        let all = Outcome.Failure.allCases.map(Outcome.failure) + [.status(200), .status(503)]
        #expect(Set(all.map(\.label)).count == all.count)
        #expect(Set(all.map(\.explanation)).count == all.count)
        for code in [100, 200, 301, 399, 400, 404, 500, 599] as [UInt16] {
            #expect(Outcome.status(code).ok == (code < 400), "\(code)")
        }
        #expect(Outcome.Failure.allCases.allSatisfy { !Outcome.failure($0).ok })
    }
}
