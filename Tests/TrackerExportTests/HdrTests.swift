import Testing
import TrackerExport
import TrackerImport
import TrackerIndexer
import TrackerLog
import TrackerTestSupport

@Suite("Export: HdrHistogram")
struct HdrTests {
    private static let startMs = 1_763_899_200_000.0

    /// Latencies from a microsecond to an hour, some failed, in two runs.
    private func session(_ seed: UInt64) throws -> ExportHarness {
        var generator = SeededGenerator(seed: seed)
        let events = (0..<400).map { index in
            let power = Double.random(in: -3...6.5, using: &generator)
            var value = 1.0
            for _ in 0..<Int(power.magnitude) { value *= power < 0 ? 0.1 : 10 }
            value *= Double.random(in: 1...9.9, using: &generator)
            return Event.sample(
                Sample(
                    timestamp: Timestamp(clamping: Self.startMs + Double(index * 20)),
                    metric: "http.latency_ms", value: min(value, 3.5e6), unit: "ms",
                    run: index % 2 == 0 ? "a" : "b", ok: index % 7 != 0))
        }
        return try ExportHarness(events: events)
    }

    /// Buckets by time and tag, those of failures by `TAG.failed`.
    private func expected(_ session: ExportHarness) throws -> [String: [BucketCount]] {
        var counts: [String: [BucketCount]] = [:]
        for run in try session.summary.runs {
            for bucket in run.timelines.flatMap(\.buckets) {
                let time = "\(bucket.startMs) \(run.run)"
                counts[time] = bucket.aggregate.successes.histogram.buckets
                counts[time + ".failed"] = bucket.aggregate.failures.histogram.buckets
            }
        }
        return counts.filter { !$0.value.isEmpty }
    }

    @Test("hlog: the histogram of each second comes back bucket by bucket", arguments: 0..<12)
    func law(_ seed: UInt64) throws {
        let session = try session(seed)
        let back = try ExportHarness(importing: try session.export(.hlog))
        var got: [String: [BucketCount]] = [:]
        for case .distribution(let counts) in try back.events {
            let tag = (counts.labels.first?.value ?? "") + (counts.errors > 0 ? ".failed" : "")
            got["\(Int(counts.timestamp.milliseconds)) \(tag)"] = counts.histogram
            #expect(counts.errors == 0 || counts.errors == counts.count)
            #expect(counts.unit == "ms" && counts.durationMs == 1_000)
        }
        #expect(got == (try expected(session)), "seed \(seed)")
    }

    @Test("each value is at the place that readers take it from", arguments: 0..<10)
    func places(_ seed: UInt64) throws {
        let index = try #require(HdrIndex(3, lowest: 1, highest: UInt64(1) << 61))
        var generator = SeededGenerator(seed: seed)
        for bits in 0..<61 {
            let value = Int64.random(in: 0...(Int64(1) << Int64(bits)), using: &generator)
            let range = try #require(index.range(at: HdrCounts.place(of: value)))
            #expect(range.lowest <= value && value <= range.highest, "\(value)")
        }
    }

    @Test("hgrm: counts add up, and percentiles are those of the histogram")
    func percentiles() throws {
        let session = try session(99)
        let text = try session.text(.hgrm)
        let all = try #require(
            Aggregate.merged(try session.summary.runs.flatMap(\.timelines).map(\.total))
        )
        .successes
        let rows = text.split(separator: "\n").dropFirst().filter { !$0.hasPrefix("#") }.map {
            $0.split(separator: " ").compactMap { Double($0) }
        }
        #expect(rows.count > 20)
        for row in rows {
            let value = try #require(all.quantile(row[1]))
            #expect((row[0] / value - 1).magnitude < 0.004 || row[1] == 0, "\(row)")
        }
        #expect(rows.last.map { $0[2] } == Double(all.count))
        #expect(rows.last.map { $0[0] }.map { ($0 / all.max - 1).magnitude < 1e-6 } == true)
        let back = try ExportHarness(importing: Array(text.utf8))
        #expect(try back.summary.runs.first?.headline?.total.count == all.count)
    }

    @Test("numbers beyond 2^63, with their decimals, are written; equal values do not deviate")
    func large() throws {
        for size in ["3e15", "4e18", "1e150"] {
            let session = try ExportHarness(lines: [
                #"{"ts":1763899200000,"metric":"size_bytes","value":\#(size),"unit":"B"}"#,
                #"{"ts":1763899201000,"metric":"size_bytes","value":\#(size),"unit":"B"}"#,
            ])
            let text = try session.text(.hgrm)
            let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("#[Max") })
            let words = line.split { " ,".contains($0) }
            let largest = try #require(words.dropFirst(2).first.flatMap { Double($0) })
            #expect(Double(size).map { (largest / $0 - 1).magnitude < 1e-9 } == true, "\(line)")
            #expect(text.contains("StdDeviation   =     0.000000]"), "\(text)")
            #expect(try session.text(.hlog).hasPrefix("#[Logged with Local Tracker]"))
        }
    }

    @Test("hlog: values without a plausible time are told, they are in no second")
    func undated() throws {
        let lines = (0..<50).map {
            #"{"ts":\#(1_763_899_200_000 + $0),"metric":"http.latency_ms","value":5,"unit":"ms"}"#
        }
        let stray = #"{"ts":1000,"metric":"http.latency_ms","value":5,"unit":"ms"}"#
        #expect(try ExportHarness(lines: lines).leftOut(.hlog).isEmpty)
        let told = try ExportHarness(lines: lines + [stray, stray]).leftOut(.hlog)
        #expect(told.count == 1 && told[0].hasPrefix("2 values "), "\(told)")
        #expect(try ExportHarness(lines: lines + [stray]).leftOut(.hgrm).isEmpty)
    }

    @Test("what is neither a time nor a size is refused for hlog, and other metrics are not taken")
    func refused() throws {
        let session = try ExportHarness(lines: [
            #"{"ts":1763899200000,"metric":"jobs","value":1.5,"unit":"jobs"}"#
        ])
        #expect(throws: ExportError.notHdr(metric: "jobs", unit: "jobs")) {
            _ = try session.export(.hlog)
        }
        #expect(throws: ExportError.noMetric("other")) {
            _ = try session.export(.hgrm, metric: "other")
        }
        #expect(try session.text(.hgrm).contains("values in jobs"))
    }
}
