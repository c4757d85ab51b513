import TrackerIndexer
import TrackerLog
import TrackerPages

/// Sessions of metrics that are no latency.
enum ReadingFixture {
    /// A run with one metric: `values` by the second in which they were measured.
    static func run(
        _ id: String, _ metric: String, unit: String?, startMs: Double = ViewFixture.startMs,
        values: [(second: Int, value: Double)], errors: Int = 0
    ) -> RunSummary {
        let first = Int(startMs / 1_000) * 1_000
        var bySecond: [Int: [Double]] = [:]
        for (second, value) in values { bySecond[second, default: []].append(value) }
        let buckets = bySecond.sorted { $0.key < $1.key }.map {
            TimeBucket(
                startMs: first + $0.key * 1_000, aggregate: ViewFixture.aggregate($0.value))
        }
        let total = ViewFixture.aggregate(values.map(\.value), errors: errors)
        let end = Timestamp(clamping: startMs + Double(values.last?.second ?? 0) * 1_000 + 999)
        return RunSummary(
            run: id, test: "watch", state: .finished, started: Timestamp(clamping: startMs),
            finished: end, last: end, params: .emptyObject, environment: .emptyObject,
            series: [SeriesSummary(metric: metric, unit: unit, labels: [], aggregate: total)],
            timelines: [
                MetricTimeline(
                    metric: metric, unit: unit, bucketWidthMs: 1_000, buckets: buckets,
                    total: total)
            ])
    }

    /// One value a second.
    static func steady(_ count: Int, _ value: (Int) -> Double) -> [(second: Int, value: Double)] {
        (0..<count).map { ($0, value($0)) }
    }

    static func page(_ session: PublishedSession, _ query: SessionQuery = SessionQuery()) -> String
    {
        ViewFixture.text(
            sessionPage(
                session, catalog: ViewFixture.catalog([session]), query: query,
                now: Timestamp(clamping: ViewFixture.startMs + 86_400_000)))
    }
}
