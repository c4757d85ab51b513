import Glibc
import TrackerIndexer
import TrackerLog
import TrackerTestSupport

/// Summaries as the index would publish them, from a seed.
struct ViewFixture {
    /// Of the seconds in which nothing is slow: those with a failure.
    var failureShare = 0.03
    var generator: SeededGenerator
    /// Tue 17 Nov 2026, 14:02:11 UTC.
    static let startMs = 1_794_924_131_000.0
    static let start = Timestamp(clamping: startMs)

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    mutating func uniform() -> Double { Double(generator.next() >> 11) / Double(1 << 53) }

    /// A latency in ms: most near three, a tail to a hundred.
    mutating func latencyMs() -> Double {
        let a = max(uniform(), 1e-12)
        let normal = sqrt(-2 * log(a)) * cos(2 * .pi * uniform())
        let tail = uniform() < 0.03 ? 1 + 12 * uniform() * uniform() : 1
        return 2.9 * exp(0.32 * normal) * tail
    }

    static func aggregate(_ values: [Double], errors: Int = 0) -> Aggregate {
        var counts: [Int32: UInt64] = [:]
        for value in values { counts[Bucket.index(of: value), default: 0] += 1 }
        let buckets = counts.sorted { $0.key < $1.key }.map {
            BucketCount(bucket: $0.key, count: $0.value)
        }
        return Aggregate(
            successes: Population(
                count: values.count, sum: values.reduce(0, +), min: values.min() ?? .infinity,
                max: values.max() ?? -.infinity, histogram: Histogram(sorted: buckets)),
            mixedErrors: errors)
    }

    /// A curve of `seconds` buckets of one second, and all samples together.
    mutating func timeline(
        metric: String = "http.latency_ms", startMs: Double, seconds: Int, perSecond: Int,
        slow: Range<Int> = 0..<0
    ) -> MetricTimeline {
        var buckets: [TimeBucket] = []
        let first = Int(startMs / 1_000) * 1_000
        for second in 0..<seconds {
            let factor = slow.contains(second) ? 2.6 : 1
            let values = (0..<perSecond).map { _ in latencyMs() * factor }
            let errors =
                slow.contains(second) ? Int(uniform() * 3) : (uniform() < failureShare ? 1 : 0)
            buckets.append(
                TimeBucket(
                    startMs: first + second * 1_000,
                    aggregate: ViewFixture.aggregate(values, errors: errors)))
        }
        var total = ViewFixture.aggregate([])
        for bucket in buckets { ViewFixture.add(bucket.aggregate, to: &total) }
        return MetricTimeline(
            metric: metric, unit: "ms", bucketWidthMs: 1_000, buckets: buckets, total: total)
    }

    static func add(_ part: Aggregate, to total: inout Aggregate) {
        total = Aggregate.merged([total, part]) ?? total
    }

    mutating func run(
        _ id: String, startMs: Double, seconds: Int, perSecond: Int = 120, slow: Range<Int> = 0..<0,
        state: RunSummary.State = .finished
    ) -> RunSummary {
        let curve = timeline(
            startMs: startMs, seconds: seconds, perSecond: perSecond, slow: slow)
        let end = Timestamp(clamping: startMs + Double(seconds) * 1_000 - 1)
        return RunSummary(
            run: id, test: "checkout", target: "http://127.0.0.1:8081/api/checkout",
            commit: "a1f3c9e", state: state, started: Timestamp(clamping: startMs),
            finished: state == .running ? nil : end, last: end,
            params: .object([
                .init("rate", .integer(perSecond)), .init("duration_s", .integer(seconds)),
                .init("method", .string("POST")),
            ]),
            environment: .object([.init("host", .string("x1-carbon")), .init("cores", .integer(8))]
            ),
            reported: state == .running
                ? nil
                : .object([.init("rps", .number("119.8")), .init("avg_latency_ms", .number("3.4"))]
                ),
            series: split(curve.total), timelines: [curve])
    }

    /// The same samples in three sets of labels.
    private func split(_ total: Aggregate) -> [SeriesSummary] {
        let routes = [("/api/checkout", 0.7), ("/api/cart", 0.25), ("/api/items", 0.05)]
        return routes.map { route, share in
            let buckets = total.successes.histogram.buckets.compactMap { bucket -> BucketCount? in
                let count = UInt64(Double(bucket.count) * share)
                return count > 0 ? BucketCount(bucket: bucket.bucket, count: count) : nil
            }
            let histogram = Histogram(sorted: buckets)
            return SeriesSummary(
                metric: "http.latency_ms", unit: "ms",
                labels: [Label("route", route), Label("status", "200")],
                aggregate: Aggregate(
                    successes: Population(
                        count: Int(histogram.count), sum: total.successes.sum * share,
                        min: total.successes.min, max: total.successes.max, histogram: histogram),
                    mixedErrors: share > 0.5 ? total.errors : 0))
        }
    }

    static let wholeHealth = SessionHealth(
        badRegions: [], badRegionCount: 0, badRegionBytes: 0, badLines: [], badLineCount: 0,
        gaps: [], missingFrames: 0, uncheckedFrames: 0, duplicateFrames: 0, conflictingFrames: 0,
        newerFrames: 0, droppedEvents: 0, pendingBytes: 0, ignoredFiles: [])

    static let damagedHealth = SessionHealth(
        badRegions: [
            BadRegion(
                file: "9f3c2a1b00000000.000001.jsonl.zst", offset: 81_920, length: 412,
                reason: .checksum)
        ], badRegionCount: 1, badRegionBytes: 412,
        badLines: [
            BadLine(file: "shared.000001.jsonl.zst", frameOffset: 0, line: 3, reason: .noTimestamp)
        ], badLineCount: 1, gaps: [Gap(writer: "9f3c2a1b00000000", first: 12, last: 14)],
        missingFrames: 3, uncheckedFrames: 2, duplicateFrames: 1, conflictingFrames: 0,
        newerFrames: 0, droppedEvents: 5, pendingBytes: 812, ignoredFiles: ["notes.txt"])

    static func session(
        _ id: String, name: String? = nil, runs: [RunSummary], tags: [String] = [],
        notes: [Edit] = [], health: SessionHealth = wholeHealth, overflow: Aggregate? = nil
    ) throws -> PublishedSession {
        let starts = runs.compactMap(\.started)
        let summary = SessionSummary(
            user: try UserID("ada"), session: try SessionID(id), name: name, host: "x1-carbon",
            commit: "a1f3c9e", tags: tags, isArchived: false, notes: notes, runs: runs,
            overflow: overflow, health: health, first: starts.min(),
            last: runs.compactMap(\.last).max(),
            eventCount: runs.reduce(0) { $0 + $1.series.reduce(0) { $0 + $1.aggregate.count } })
        return PublishedSession(
            version: 7, summary: summary,
            freshness: Freshness(indexedAt: (summary.last ?? start) + 700))
    }

    static func entry(_ session: PublishedSession) -> CatalogEntry {
        let summary = session.summary
        let curves = summary.runs.flatMap(\.timelines)
        var total = aggregate([])
        for curve in curves { add(curve.total, to: &total) }
        let headline = curves.first.map { first in
            CatalogEntry.Headline(
                metric: first.metric, unit: first.unit, count: total.count, errors: total.errors,
                successes: total.successes.count, perSecond: 119.8,
                p50: total.successes.quantile(0.5), p99: total.successes.quantile(0.99),
                p99OverTime: curves.flatMap(\.buckets).prefix(48).compactMap {
                    $0.aggregate.successes.quantile(0.99)
                })
        }
        return CatalogEntry(
            user: summary.user, session: summary.session, name: summary.name, tags: summary.tags,
            isArchived: summary.isArchived,
            isRunning: summary.runs.contains { $0.state == .running },
            targets: Array(Set(summary.runs.compactMap(\.target))).sorted(),
            runCount: summary.runs.count, first: summary.first, last: summary.last,
            eventCount: summary.eventCount, headline: headline,
            badRegionCount: summary.health.badRegionCount,
            badLineCount: summary.health.badLineCount,
            missingFrames: summary.health.missingFrames)
    }

    static func catalog(_ sessions: [PublishedSession]) -> Catalog {
        let entries = sessions.map(entry).sorted { ($0.first ?? 0) > ($1.first ?? 0) }
        let latest = sessions.compactMap(\.summary.last).max() ?? start
        return Catalog(
            version: 41, entries: entries, freshness: Freshness(indexedAt: latest + 700))
    }

    /// Six runs of a minute as in the design, one of them noisy, after a lunch break two more.
    mutating func sixRuns() throws -> PublishedSession {
        let start = ViewFixture.startMs
        var runs = (0..<6).map { index in
            run(
                "20261117-1402\(index)0-9f3c2a1b", startMs: start + Double(index) * 72_000,
                seconds: 60, perSecond: 300, slow: index == 3 ? 28..<40 : 0..<0)
        }
        runs.append(run("after-lunch", startMs: start + 5_400_000, seconds: 45, state: .stopped))
        return try ViewFixture.session(
            "20261117-140211-9f3c2a1b", name: "Pool of 64 connections", runs: runs,
            tags: ["pool", "postgres 16", "before release 2.4"],
            notes: [
                Edit(
                    timestamp: Self.start - 400_000, kind: .note,
                    text:
                        "Hypothesis: the pool is the queue. At 1,200/s we need about four busy "
                        + "connections on average, but bursts need more than sixteen."
                ),
                Edit(
                    timestamp: Self.start + 500_000, kind: .note, text: "apt-daily.service woke up",
                    run: "20261117-140230-9f3c2a1b", from: Self.start + 244_000),
            ], health: ViewFixture.damagedHealth)
    }

    static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
