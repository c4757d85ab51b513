import Testing
import TrackerIndexer
import TrackerPages
import TrackerTestSupport

@Suite("Curves of watched processes") struct ViewProcessTests {
    private func timeline(_ metric: String, _ values: [(second: Int, value: Double)])
        -> MetricTimeline
    {
        let buckets = values.map {
            TimeBucket(startMs: $0.second * 1_000, aggregate: ViewFixture.aggregate([$0.value]))
        }
        return MetricTimeline(
            metric: metric, bucketWidthMs: 1_000, buckets: buckets,
            total: ViewFixture.aggregate(values.map(\.value)))
    }

    private func run(_ timelines: [MetricTimeline]) throws -> RunSummary {
        var fixture = ViewFixture(seed: 1)
        var run = try #require(fixture.sixRuns().summary.runs.first)
        run.timelines = timelines
        return run
    }

    private let axis = TimeAxis(activity: [Interval(startMs: 0, endMs: 100_000)])

    @Test("Target and generator are lines of their own, in units a person reads")
    func lines() throws {
        let curves = ProcessCurve.all(
            [
                try run([
                    timeline("target.cpu_percent", [(1, 40), (2, 60)]),
                    timeline("generator.cpu_percent", [(1, 10), (2, 20)]),
                    timeline("target.resident_bytes", [(1, 30e6), (2, 50e6)]),
                    timeline("target.threads", [(1, 5)]),
                ])
            ], axis: axis)
        #expect(curves.map(\.title) == ["Processor", "Memory"])
        let processor = try #require(curves.first)
        #expect(processor.lines.map(\.role) == ["target", "generator"])
        #expect(processor.highest == 60)
        let values = processor.lines[0].pieces.flatMap { $0 }.map(\.value)
        #expect(values.map { Int($0.rounded()) } == [40, 60])
        #expect(processor.lines[0].pieces.flatMap { $0 }.map(\.x) == [15, 25])
        #expect(processor.sentence.contains("target 50.0 on average, 60.0"))
        #expect(curves[1].sentence.contains("target 40.0 on average, 50.0"))
    }

    @Test("A gap in the readings is a gap in the line")
    func gaps() throws {
        let seconds = [(1, 1.0), (2, 1), (3, 1), (40, 1), (41, 1)].map {
            (second: $0.0, value: $0.1)
        }
        let curves = ProcessCurve.all(
            [try run([timeline("target.cpu_percent", seconds)])], axis: axis)
        #expect(curves.first?.lines.first?.pieces.map(\.count) == [3, 2])
    }

    @Test("Readings before the run, of its warm-up, are not drawn")
    func before() throws {
        let axis = TimeAxis(activity: [Interval(startMs: 10_000, endMs: 20_000)])
        let seconds = (5..<15).map { (second: $0, value: 1.0) }
        let curves = ProcessCurve.all(
            [try run([timeline("target.cpu_percent", seconds)])], axis: axis)
        #expect(curves.first?.lines.first?.pieces.map(\.count) == [5])
    }

    @Test("Without watched processes there is nothing to draw")
    func none() throws {
        #expect(ProcessCurve.all([try run([])], axis: axis).isEmpty)
        #expect(ProcessCurve.all([], axis: axis).isEmpty)
    }
}
