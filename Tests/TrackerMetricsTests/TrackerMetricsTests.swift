import CoreMetrics
import Synchronization
import Testing
import TrackerClient
import TrackerLog
import TrackerMetrics

/// Keeps samples.
final class Samples: TrackerClient.Recorder {
    private let samples = Mutex<[Sample]>([])
    var all: [Sample] { samples.withLock(\.self) }

    func record(_ sample: Sample) -> Bool {
        samples.withLock { $0.append(sample) }
        return true
    }

    func values(_ metric: String) -> [Double] { all.filter { $0.metric == metric }.map(\.value) }
}

@Suite("The swift-metrics backend")
struct TrackerMetricsTests {
    private let samples = Samples()
    private let factory: TrackerMetricsFactory

    init() { factory = TrackerMetricsFactory(samples) }

    @Test("Timers and recorders are samples, with units and labels")
    func eachValue() {
        let timer = CoreMetrics.Timer(
            label: "query", dimensions: [("table", "users")], factory: factory)
        timer.recordNanoseconds(1_500_000)
        timer.recordSeconds(2)
        let recorder = CoreMetrics.Recorder(label: "size", factory: factory)
        recorder.record(7)
        recorder.record(Double.nan)
        #expect(samples.values("query") == [1.5, 2_000])
        #expect(samples.all.first?.unit == "ms")
        #expect(samples.all.first?.labels == [Label("table", "users")])
        // What is no number is the recording's to refuse and count.
        #expect(samples.values("size").first == 7)
    }

    @Test("Counters of one name are one rate; zero follows, and then nothing")
    func counters() throws {
        Counter(label: "jobs", factory: factory).increment(by: 3)
        Counter(label: "jobs", factory: factory).increment()
        FloatingPointCounter(label: "jobs", factory: factory).increment(by: 0.5)
        factory.record()
        let rate = try #require(samples.values("jobs").first)
        #expect(rate > 0 && samples.all.first?.unit == "/s")
        for _ in 0..<MetricsLimits.counterZeros + 5 { factory.record() }
        let values = samples.values("jobs")
        #expect(values.count >= 1 + MetricsLimits.counterZeros)
        #expect(values.count <= 2 + MetricsLimits.counterZeros)
        #expect(values.dropFirst().allSatisfy { $0 == 0 })
    }

    @Test("Meters and gauges are the last value of an interval in which they were set")
    func meters() {
        let meter = Meter(label: "queue", factory: factory)
        meter.set(5)
        meter.increment(by: 3)
        meter.decrement(by: 1)
        Gauge(label: "level", factory: factory).record(2.5)
        factory.record()
        factory.record()
        #expect(samples.values("queue") == [7])
        #expect(samples.values("level") == [2.5])
    }

    @Test("Names, dimensions and values of any kind make no trap, and labels that the log takes")
    func odd() {
        let long = String(repeating: "é", count: 2_000)
        let many = (0..<100).map { ("d\($0)", "x") }
        let counter = Counter(
            label: long, dimensions: [("", "x"), ("a", ""), ("b", long), ("b", "y")] + many,
            factory: factory)
        counter.increment(by: Int64.max)
        counter.increment(by: Int64.max)
        Meter(label: "", factory: factory).set(Double.infinity)
        CoreMetrics.Timer(label: "t", factory: factory).recordNanoseconds(.min)
        factory.record()
        for sample in samples.all {
            #expect(sample.metric.count <= LogLimits.maxMetricLength)
            #expect(sample.labels.count <= LogLimits.maxLabels)
            #expect(sample.labels.allSatisfy { $0.value.utf8.count <= MetricsLimits.maxTextBytes })
        }
        #expect(samples.all.count == 2)
    }

    @Test("Counters beyond the limit are not recorded, and counted")
    func bounded() {
        for number in 0..<MetricsLimits.maxHandlers + 3 {
            Counter(label: "c\(number)", factory: factory).increment()
        }
        factory.record()
        #expect(factory.refusedMetrics == 3)
        #expect(Set(samples.all.map(\.metric)).count == MetricsLimits.maxHandlers)
    }

    @Test("From many threads nothing is lost")
    func threads() async {
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask { [factory] in
                    let timer = CoreMetrics.Timer(label: "t", factory: factory)
                    for _ in 0..<1_000 { timer.recordNanoseconds(1) }
                }
            }
        }
        #expect(samples.values("t").count == 8_000)
    }
}
