import Testing
import TrackerIndexer
import TrackerLog
import TrackerPages

@Suite("Pages of metrics that are no latency") struct ReadingTests {
    private func page(
        _ metric: String, unit: String?, _ values: [(second: Int, value: Double)], errors: Int = 0
    ) throws -> String {
        let run = ReadingFixture.run("r", metric, unit: unit, values: values, errors: errors)
        let page = ReadingFixture.page(try ViewFixture.session("s", runs: [run]))
        return String(try #require(page.split(separator: "<main").last))
    }

    @Test("a gauge has a line with its band, and no throughput, no errors, nothing that is slow")
    func gauge() throws {
        let values = ReadingFixture.steady(120) { 21 + Double($0 % 7) / 10 }
        let text = try page("room.temperature", unit: "°C", values)
        for word in ["Throughput", "Errors", "Slowest", "slowest", "requests", "<dt>p99<"] {
            #expect(!text.contains(word), "\(word)")
        }
        for part in [
            "<dt>Newest</dt><dd class=\"v\">21.0<small>°C</small>",
            "<dt>Lowest</dt><dd class=\"v\">21.0", "<dt>Highest</dt><dd class=\"v\">21.6",
            "the axis does not begin at zero", ">mean</b>", "21.4\u{A0}°C</span>",
        ] {
            #expect(text.contains(part), "\(part)")
        }
    }

    @Test("many runs of few values each have percentiles, few runs of them have dots")
    func manyRuns() throws {
        let values = ReadingFixture.steady(20) { Double($0 + 1) }
        let run = ReadingFixture.run("r", "http.latency_ms", unit: "ms", values: values)
        let total = try #require(run.timelines.first?.total)
        for (runs, shape) in [(100, MetricStyle.Shape.few), (2_000, .requests)] {
            let all = Aggregate.merged(Array(repeating: total, count: runs))
            let metric = MetricChoice(
                name: "http.latency_ms", unit: "ms", count: 20 * runs, isLatency: true)
            #expect(MetricStyle(metric: metric, total: all, mostInRun: 20).shape == shape)
        }
    }

    @Test("values close to each other have the digits that tell them apart, and room on the axis")
    func close() throws {
        let text = try page(
            "heap_bytes", unit: "B", ReadingFixture.steady(100) { 3e6 + Double($0) })
        for part in [
            "<dt>Lowest</dt><dd class=\"v\">3.000000<small>MB",
            "<dt>Highest</dt><dd class=\"v\">3.000099<small>MB",
            "Between 3.000000 MB and 3.000099 MB", "<div class=\"y long\">",
        ] {
            #expect(text.contains(part), "\(part)")
        }
        let few = try page("heap_bytes", unit: "B", [(0, 3e6), (1, 3_000_020)])
        for number in ["3.000000 MB", "3.000020 MB"] {
            #expect(few.contains(">\(number)</span>"), "\(number)")
            #expect(few.contains("<th scope=\"row\">\(number)</th>"), "\(number)")
        }
    }

    @Test(
        "as many digits as tell the ends of a range apart, the usual three where they do",
        arguments: [
            (1, 2, nil, 3), (5, 5, nil, 3), (21, 21.6, "°C", 3), (100, 100.01, nil, 6),
            (3e6, 3_000_099, "B", 7), (-100.01, -100, nil, 6), (0.5, 0.500_02, "ratio", 6),
            (1, 1.000_000_000_1, nil, 9), (0, 0, "ms", 3),
        ] as [(Double, Double, String?, Int)])
    func digits(low: Double, high: Double, unit: String?, digits: Int) {
        #expect(NumberText.digits(low: low, high: high, unit: unit) == digits)
        let told = digits > 3 && digits < 9
        if told {
            #expect(
                NumberText.quantity(low, unit: unit, digits: digits)
                    != NumberText.quantity(high, unit: unit, digits: digits))
        }
    }

    @Test("errors of what is no latency are shown where there are any")
    func errors() throws {
        let values = ReadingFixture.steady(60) { _ in 5 }
        #expect(!(try page("queue.length", unit: nil, values)).contains("<dt>Errors</dt>"))
        let text = try page("queue.length", unit: nil, values, errors: 3)
        #expect(text.contains("<dt>Errors</dt>") && text.contains("3 of 60"))
    }

    @Test("few values: each a dot with its number, a bar, and no percentile")
    func few() throws {
        let values = [31.5, 29.25, 34, 28.75].enumerated().map { (second: $0 * 60, value: $1) }
        let text = try page("build_seconds", unit: "s", values)
        for number in ["31.5 s", "29.3 s", "34.0 s", "28.8 s"] {
            #expect(text.contains(">\(number)</span>"), "\(number)")
            #expect(text.contains("<th scope=\"row\">\(number)</th>"), "\(number)")
        }
        #expect(text.components(of: "<td class=\"vbar\">") == 4)
        #expect(text.contains("<dt>Slowest</dt>") && text.contains("<dt>Fastest</dt>"))
        for part in ["p99", "Throughput", "Per second", "Percentile curve", "Distribution"] {
            #expect(!text.contains(part), "\(part)")
        }
    }

    @Test("as many values as make a percentile are no few ones")
    func border() throws {
        let almost = ViewLimits.fewValues - 1
        let few = try page("a_ms", unit: "ms", ReadingFixture.steady(almost) { 5 + Double($0) })
        #expect(few.contains("vbar") && !few.contains("<dt>p99</dt>"))
        let many = try page(
            "a_ms", unit: "ms", ReadingFixture.steady(almost + 1) { 5 + Double($0) })
        #expect(!many.contains("vbar") && many.contains("<dt>p99</dt>"))
    }

    @Test("values of one second are as they were: exact up to three, then within a bucket")
    func exactValues() {
        func values(_ all: [Double]) -> FewValues {
            let run = ReadingFixture.run("r", "m", unit: nil, values: all.map { (0, $0) })
            return FewValues([(0, run.timelines[0])])
        }
        #expect(values([250.5, 100.25, 333.75]).shown.map(\.value) == [100.25, 250.5, 333.75])
        #expect(!values([1, 2, 3]).areRounded)
        let four = values([100, 200, 300, 400])
        #expect(four.areRounded)
        for (found, truth) in zip(four.shown.map(\.value), [100.0, 200, 300, 400]) {
            #expect((found - truth).magnitude <= truth * 0.004)
        }
        let many = values((0..<400).map { Double($0 + 1) })
        #expect(many.shown.count == ViewLimits.fewDots)
        #expect(many.hidden == 400 - ViewLimits.fewDots)
    }

    @Test("shares are in percent, from 0 to 100")
    func shares() throws {
        let text = try page(
            "cache.hit_ratio", unit: "ratio", ReadingFixture.steady(60) { 0.9 + Double($0) / 1e3 })
        #expect(text.contains("<dt>Highest</dt><dd class=\"v\">95.9<small>%</small>"))
        #expect(text.contains("top:0%\">100%</span>") && text.contains("top:100%\">0%</span>"))
        #expect(!text.contains("values in ratio"))
        let cores = try page("cpu_percent", unit: "%", ReadingFixture.steady(60) { Double($0) * 5 })
        #expect(!cores.contains("top:0%\">100%</span>"))
    }

    @Test("sizes are 3.30 GB, and their axis as well")
    func sizes() throws {
        let text = try page(
            "heap_bytes", unit: "B", ReadingFixture.steady(60) { 3.3e9 + Double($0) * 1e6 })
        #expect(text.contains("<dt>Lowest</dt><dd class=\"v\">3.30<small>GB</small>"))
        #expect(text.contains("3.34\u{A0}GB</span>"))
        #expect(!text.contains("values in B"))
    }

    @Test("a line joins what reports every ten seconds, and does not bridge a pause")
    func pauses() throws {
        let times = (0..<20).map { $0 * 10 } + (0..<20).map { 600 + $0 * 10 }
        let run = ReadingFixture.run(
            "r", "queue.length", unit: nil,
            values: times.map { (second: $0, value: Double($0 % 9)) })
        let model = SessionModel(
            try ViewFixture.session("s", runs: [run]).summary, query: SessionQuery())
        let chart = try #require(model.chart)
        let metric = try #require(model.metric)
        let level = try #require(LevelChart(chart, metric: metric))
        #expect(level.pieces.map(\.count) == [20, 20])
    }

    @Test(
        "columns keep the lowest and the highest of what they hold",
        arguments: Array(1...8) as [UInt64])
    func extremes(seed: UInt64) throws {
        var fixture = ViewFixture(seed: seed)
        let values = ReadingFixture.steady(3_600) { _ in 100 * fixture.uniform() }
        let spike = Int(fixture.uniform() * 3_600)
        var all = values
        all[spike].value = 5_000
        let run = ReadingFixture.run("r", "queue.length", unit: nil, values: all)
        let model = SessionModel(
            try ViewFixture.session("s", runs: [run]).summary, query: SessionQuery())
        let chart = try #require(model.chart)
        let metric = try #require(model.metric)
        let level = try #require(LevelChart(chart, metric: metric))
        #expect(level.points.count <= ViewLimits.maxTimeColumns)
        #expect(level.points.map(\.high).max() == 5_000, "seed \(seed)")
        #expect(level.points.map(\.low).min() == all.map(\.value).min(), "seed \(seed)")
        for point in level.points {
            let at = (point.column.interval.startMs, point.column.interval.endMs)
            let inside = all.filter {
                let ms =
                    (ViewFixture.startMs / 1_000).rounded(.down) * 1_000 + Double($0.second) * 1_000
                return ms >= at.0 - 999 && ms < at.1
            }.map(\.value)
            #expect(inside.contains(point.high) && inside.contains(point.low), "seed \(seed)")
        }
    }

    @Test("what tools reported is a chart run by run, with hollow dots")
    func reported() throws {
        let runs = (0..<5).map { index in
            var run = ReadingFixture.run(
                "r\(index)", "m", unit: nil, startMs: ViewFixture.startMs + Double(index) * 60_000,
                values: [])
            (run.series, run.timelines) = ([], [])
            run.reported = .object([.init("avg_latency_ms", .number("\(12 + index)"))])
            return run
        }
        let text = ReadingFixture.page(try ViewFixture.session("s", runs: runs))
        #expect(text.contains("avg_latency_ms run by run") && text.contains("class=\"hollow\""))
        #expect(text.contains("title=\"16.0 ms, r4\"") && text.contains(">12.0 ms</span>"))
        let one = ReadingFixture.page(try ViewFixture.session("s", runs: [runs[0]]))
        #expect(!one.contains("run by run"))
    }

    @Test(
        "axis labels carry their unit",
        arguments: [
            ([0, 50, 100], "ms", false, ["0", "50\u{A0}ms", "100\u{A0}ms"]),
            (
                [1, 10, 1_000, 10_000], "ms", true,
                ["1\u{A0}ms", "10\u{A0}ms", "1\u{A0}s", "10\u{A0}s"]
            ),
            ([0, 2e9, 4e9], "B", false, ["0", "2\u{A0}GB", "4\u{A0}GB"]),
            ([0, 0.5, 1], "ratio", false, ["0%", "50%", "100%"]),
            // Neighbours far from zero differ in the fifth decimal.
            (
                [3e6, 3_000_020, 3_000_040], "B", false,
                ["3\u{A0}MB", "3.00002\u{A0}MB", "3.00004\u{A0}MB"]
            ),
            ([0, 1_000], "/s", false, ["0", "1,000/s"]),
            ([0, 5], "parsecs", false, ["0", "5"]), ([0, 5], nil, false, ["0", "5"]),
        ] as [([Double], String?, Bool, [String])])
    func ticks(values: [Double], unit: String?, isLogarithmic: Bool, labels: [String]) {
        #expect(TickText.labels(values, unit: unit, isLogarithmic: isLogarithmic) == labels)
    }
}
