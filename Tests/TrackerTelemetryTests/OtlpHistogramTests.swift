import Glibc
import Testing
import TrackerLog
import TrackerTelemetry
import TrackerTestSupport

@Suite("OTLP: histograms")
struct OtlpHistogramTests {
    /// An exponential histogram as an SDK keeps it: of at most so many bars, whose scale gets
    /// smaller while values come.
    private struct Model {
        var scale = 6
        var counts: [Int: Int] = [:]
        var zeros = 0
        var sum = 0.0

        mutating func add(_ value: Double) {
            sum += value
            guard value > 0 else {
                zeros += 1
                return
            }
            counts[Self.index(value, scale), default: 0] += 1
            while let low = counts.keys.min(), let high = counts.keys.max(), high - low >= 20 {
                scale -= 1
                counts = Dictionary(counts.map { ($0.key >> 1, $0.value) }, uniquingKeysWith: +)
            }
        }

        static func index(_ value: Double, _ scale: Int) -> Int {
            Int((log2(value) * pow(2, Double(scale))).rounded(.up)) - 1
        }

        func point(_ time: Int) -> String {
            let low = counts.keys.min() ?? 0
            let list = (low...(counts.keys.max() ?? low)).map { "\"\(counts[$0] ?? 0)\"" }
            return
                #"""
                {"name":"e","unit":"ms","exponentialHistogram":{"aggregationTemporality":2,"dataPoints":[{"startTimeUnixNano":"\#(at(1))","timeUnixNano":"\#(at(time))","scale":\#(scale),"zeroCount":"\#(zeros)","sum":\#(sum),"positive":{"offset":\#(low),"bucketCounts":[\#(list.joined(separator: ","))]}}]}}
                """#
        }
    }

    @Test(
        "what an exponential histogram adds is what came, while its scale changes",
        arguments: [UInt64](1...30))
    func exponential(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var (model, receiving) = (Model(), try Receiving())
        for time in 1...6 {
            var came: [Double] = []
            for _ in 0..<random.index(below: 40) {
                let value = random.index(below: 10) == 0 ? 0 : exp2(12 * random.nextUnit() - 4)
                came.append(value)
                model.add(value)
            }
            guard !came.isEmpty else { continue }
            let batch = try receiving.send(metrics(model.point(time * 10)))
            #expect(batch.rejected == 0)
            let found = try #require(batch.distributions.first, "seed \(seed)")
            #expect(found.count == came.count, "seed \(seed) at \(time)")
            #expect(abs(found.sum - came.reduce(0, +)) < 1e-6 * (1 + found.sum))
            #expect(found.histogram.reduce(0) { $0 + Int($1.count) } == came.count)
            // Each value is in a bar of the scale that there is now: as wide as that at most.
            let width = exp2(exp2(-Double(model.scale)))
            for (value, bucket) in zip(
                came.sorted(),
                found.histogram.flatMap {
                    [Int32](repeating: $0.bucket, count: Int($0.count))
                }) where value > 0
            {
                let middle = Bucket.middle(of: bucket)
                #expect(
                    middle <= value * width * 1.01 && middle >= value / width / 1.01, "seed \(seed)"
                )
            }
        }
    }

    @Test("a cumulative histogram adds what came; failures count as such")
    func explicit() throws {
        var receiving = try Receiving()
        func body(_ counts: String, _ sum: Double, _ time: Int, _ status: String) -> String {
            metrics(
                #"""
                {"name":"http.server.request.duration","unit":"s","histogram":{"aggregationTemporality":2,"dataPoints":[{"startTimeUnixNano":"\#(at(1))","timeUnixNano":"\#(at(time))","sum":\#(sum),"min":0.01,"max":3,"bucketCounts":[\#(counts)],"explicitBounds":[0.5,1],"attributes":[\#(attribute("http.response.status_code", status))]}]}}
                """#
            )
        }
        let first = try receiving.send(body("1,2,1", 4, 10, "200"))
        let second = try receiving.send(body("2,2,3", 11, 20, "200"))
        let failed = try receiving.send(body("2,2,3", 11, 20, "500"))
        let found = [first, second, failed].flatMap(\.distributions)
        #expect(found.map(\.count) == [4, 3, 7])
        #expect(found.map(\.sum) == [4, 7, 11])
        #expect(found.map(\.errors) == [0, 0, 7])
        #expect(
            found.map(\.timestamp) == [1, 10, 1].map { Timestamp(clamping: Double(at($0)) / 1e6) })
        #expect(found.map(\.durationMs) == [9_000, 10_000, 19_000])
        #expect(found[1].min >= 0.01 && found[1].max <= 3)
    }

    @Test(
        "points that say nothing are counted, with their reasons",
        arguments: [
            (
                #"""
                {"name":"h","histogram":{"aggregationTemporality":1,"dataPoints":[{"timeUnixNano":"\#(at(5))","bucketCounts":[1],"explicitBounds":[1]}]}}
                """#,
                "bars and bounds"
            ),
            (
                #"""
                {"name":"h","histogram":{"aggregationTemporality":1,"dataPoints":[{"timeUnixNano":"\#(at(5))","bucketCounts":[1,1,1],"explicitBounds":[2,1]}]}}
                """#,
                "bars and bounds"
            ),
            (
                #"""
                {"name":"h","histogram":{"aggregationTemporality":1,"dataPoints":[{"timeUnixNano":"\#(at(5))","count":3,"sum":4}]}}
                """#,
                "without bars"
            ),
            (
                #"""
                {"name":"h","histogram":{"aggregationTemporality":1,"dataPoints":[{"timeUnixNano":"\#(at(5))","count":"9","bucketCounts":[1,2],"explicitBounds":[1]}]}}
                """#,
                "add up to their count"
            ),
            (
                #"""
                {"name":"e","exponentialHistogram":{"aggregationTemporality":1,"dataPoints":[{"timeUnixNano":"\#(at(5))","count":9,"scale":0,"zeroCount":2,"positive":{"bucketCounts":[1]}}]}}
                """#,
                "add up to their count"
            ),
            (
                #"""
                {"name":"g","gauge":{"dataPoints":[{"timeUnixNano":"\#(at(5))","asDouble":"NaN"}]}}
                """#,
                "without a number"
            ),
            (#"{"name":"g","gauge":{"dataPoints":[{"asDouble":1}]}}"#, "without a time"),
            (
                #"{"name":"","gauge":{"dataPoints":[{"timeUnixNano":"\#(at(5))","asDouble":1}]}}"#,
                "without a name"
            ),
            (#"{"name":"x","novelty":{}}"#, "unknown kind"),
        ])
    func rejected(metric: String, says: String) throws {
        var receiving = try Receiving()
        let good =
            #"{"name":"good","gauge":{"dataPoints":[{"timeUnixNano":"\#(at(5))","asDouble":1}]}}"#
        let batch = try receiving.send(metrics(metric, good))
        #expect(batch.rejected == 1 && batch.samples.map(\.metric) == ["good"])
        #expect(batch.message?.contains(says) == true, "\(batch.message ?? "")")
    }

    @Test("sets of labels beyond the limit count together, and it is said once")
    func labelSets() throws {
        var receiving = try Receiving()
        let limit = TelemetryLimits.maxLabelSets
        func body(_ time: Int) -> String {
            let points = (0..<limit + 5).map { index in
                #"""
                {"timeUnixNano":"\#(at(time))","asInt":1,"attributes":[\#(attribute("id", "\(index)"))]}
                """#
            }
            return metrics(
                #"{"name":"g","gauge":{"dataPoints":[\#(points.joined(separator: ","))]}}"#)
        }
        let batches = [try receiving.send(body(5)), try receiving.send(body(6))]
        for batch in batches {
            #expect(batch.rejected == 0 && batch.samples.count == limit + 5)
            #expect(Set(batch.samples.map(\.labels)).count == limit + 1)
            #expect(
                batch.samples.count { $0.labels == [Label("otel.metric.overflow", "true")] } == 5)
            #expect(batch.message?.contains("sets of labels") == true)
            #expect(batch.message?.hasSuffix(": 5") == true)
        }
        let notes = batches.map { $0.events.count { if case .edit = $0 { true } else { false } } }
        #expect(notes == [1, 0])
        let other = try receiving.send(metrics(counter(5, start: 1, time: 10)))
        #expect(other.samples.map(\.labels) == [[]] && other.message == nil)
    }
}
