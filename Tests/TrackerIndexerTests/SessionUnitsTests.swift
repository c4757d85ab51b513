import Testing
import TrackerIndexTestSupport
import TrackerIndexer
import TrackerLog

@Suite("Units of a metric")
struct SessionUnitsTests {
    private static func lines(
        _ metric: String, _ values: [Double], unit: String?, run: String = "r", from second: Int = 0
    ) -> [String] {
        values.enumerated().map { index, value in
            let unit = unit.map { ",\"unit\":\"\($0)\"" } ?? ""
            return "{\"ts\":\(1_763_899_200_000 + (second + index) * 1_000),"
                + "\"metric\":\"\(metric)\",\"value\":\(value),\"run\":\"\(run)\"\(unit)}"
        }
    }

    @Test(
        "values of one dimension are converted",
        arguments: [
            ("ms", "s", 1_500, 1.5), ("s", "ms", 1.5, 1_500), ("us", "µs", 7, 7),
            ("min", "s", 2, 120), ("h", "min", 0.5, 30), ("ns", "h", 7.2e12, 2),
            ("KiB", "B", 2, 2_048), ("MB", "kB", 3, 3_000), ("GiB", "MiB", 1, 1_024),
            ("KiB", "kB", 1, 1.024), ("PB", "TB", 2, 2_000),
            ("PiB/s", "TiB/s", 2, 2_048), ("PB/s", "GB/h", 1, 3_600_000_000),
            ("%", "ratio", 12.5, 0.125), ("ratio", "%", 0.5, 50),
            ("req/min", "req/s", 120, 2), ("MB/s", "kB/min", 1, 60_000), ("Mbps", "kbps", 2, 2_000),
        ] as [(String, String, Double, Double)])
    func converted(from: String, to: String, value: Double, wanted: Double) throws {
        let conversion = try #require(UnitConversion(metric: "m", from: from, to: to))
        #expect(conversion(value) == wanted)
    }

    @Test(
        "others are not",
        arguments: [
            ("ms", "MB"), ("°C", "°F"), ("ops/s", "req/s"), ("ms", nil), ("B", "bps"), ("MS", "s"),
        ] as [(String, String?)])
    func notConverted(from: String, to: String?) {
        #expect(UnitConversion(metric: "m", from: from, to: to) == nil)
    }

    @Test("samples without a unit are in that of the name")
    func byName() throws {
        let conversion = try #require(
            UnitConversion(metric: "build_seconds", from: nil, to: "ms"))
        #expect(conversion(1.5) == 1_500)
        #expect(UnitConversion(metric: "build", from: nil, to: "ms") == nil)
    }

    @Test("ms and s under one name are one metric, in the unit of most samples")
    func oneMetric() throws {
        let all =
            Self.lines("checkout", [100, 200, 300], unit: "ms")
            + Self.lines("checkout", [0.4, 0.5], unit: "s", from: 3)
        for lines in [all, all.reversed()] {
            let summary = try FoldHarness.summary(of: lines)
            let run = try #require(summary.runs.first)
            #expect(run.timelines.count == 1 && run.series.count == 1)
            let timeline = try #require(run.timelines.first)
            #expect(timeline.unit == "ms")
            #expect(timeline.total.successes.sum == 1_500)
            #expect(timeline.total.successes.min == 100 && timeline.total.successes.max == 500)
            #expect(timeline.buckets.count == 5)
            #expect(run.series.first?.aggregate == timeline.total)
            #expect(
                summary.units
                    == [UnitNote(metric: "checkout", shown: ["ms"], converted: ["s"])])
        }
    }

    @Test("runs of a session are in one unit as well")
    func acrossRuns() throws {
        let summary = try FoldHarness.summary(
            of: Self.lines("m", [1, 2, 3], unit: "MiB", run: "a")
                + Self.lines("m", [1_024], unit: "KiB", run: "b"))
        #expect(summary.runs.map { $0.timelines.first?.unit } == ["MiB", "MiB"])
        #expect(summary.runs.last?.timelines.first?.total.successes.max == 1)
        #expect(CatalogEntry(summary).headline?.unit == "MiB")
    }

    @Test("different dimensions and missing units are kept apart, and told")
    func apart() throws {
        let summary = try FoldHarness.summary(
            of: Self.lines("m", [1, 2, 3], unit: "ms") + Self.lines("m", [10, 20], unit: "MB")
                + Self.lines("m", [5], unit: nil))
        let run = try #require(summary.runs.first)
        #expect(run.timelines.map(\.total.count).sorted() == [1, 2, 3])
        #expect(run.timeline(of: "m")?.unit == "ms")
        #expect(run.timeline(of: "m")?.total.successes.sum == 6)
        let note = try #require(summary.units.first)
        #expect(note.shown == ["ms", "MB", nil] && note.converted.isEmpty)
        #expect(note.text.contains("kept apart"))
    }

    @Test("samples without a unit are in that of the name, and no unit is converted to itself")
    func named() throws {
        let summary = try FoldHarness.summary(
            of: Self.lines("x_ms", [1], unit: nil) + Self.lines("x_ms", [2], unit: "ms", from: 1))
        #expect(summary.units == [UnitNote(metric: "x_ms", shown: ["ms"], converted: [])])
        #expect(
            summary.units.first?.text == "x_ms: samples without a unit are taken to be in ms")
    }

    @Test("a declared unit is that of samples without one")
    func declared() throws {
        let summary = try FoldHarness.summary(
            of: Self.lines("m", [1, 2, 3], unit: "ms") + Self.lines("m", [5], unit: nil) + [
                "{\"ts\":1763899200000,\"event\":\"metric\",\"metric\":\"m\",\"unit\":\"ms\"}"
            ])
        #expect(summary.runs.first?.timelines.map(\.total.count) == [4])
        #expect(summary.runs.first?.series.map(\.aggregate.count) == [4])
        #expect(summary.units.isEmpty)
    }

    @Test("a converted quantile is as near as any other")
    func quantiles() throws {
        let values = (1...500).map { Double($0) * 1.37 }
        let summary = try FoldHarness.summary(
            of: Self.lines("m", values, unit: "ms")
                + Self.lines("m", values.map { $0 / 1_000 }.dropLast(), unit: "s"))
        let total = try #require(summary.runs.first?.timelines.first?.total.successes)
        for (q, wanted) in [(0.5, 250.0), (0.9, 450), (0.99, 495)] {
            let value = try #require(total.quantile(q))
            #expect(abs(value / (wanted * 1.37) - 1) < 0.012)
        }
    }
}
