import Testing
import TrackerIndexer
import TrackerLog
import TrackerTestSupport

@Suite("What a metric measures, and which way is better")
struct MetricMeaningTests {
    @Test(
        "By the unit, else by the name; words for better and worse first",
        arguments: [
            ("http.latency_ms", nil, .duration, .lower), ("build_seconds", nil, .duration, .lower),
            ("checkout", "ms", .duration, .lower), ("buildTime", nil, .duration, .lower),
            ("speed", "ops/s", .rate, .higher), ("jobs_per_minute", nil, .rate, .higher),
            ("disk", "iops", .rate, .higher), ("net", "MB/s", .rate, .higher),
            ("errors", "1/s", .rate, .lower), ("cache.missRatio", nil, .ratio, .lower),
            ("cacheHitRatio", nil, .ratio, .higher), ("accuracy", nil, nil, .higher),
            ("f1", nil, nil, .higher), ("model.loss", nil, nil, .lower),
            ("uptime", "s", .duration, .higher), ("room", "°C", .temperature, nil),
            ("heap", "MiB", .size, nil), ("process.rss_bytes", nil, .size, .lower),
            ("cpu", "%", .ratio, nil), ("queue", nil, nil, nil), ("", nil, nil, nil),
            ("größe", nil, nil, nil), ("flag", nil, nil, nil), ("ms", "bytes", .size, nil),
            ("x", "MS", nil, nil), ("x", "ps", nil, nil),
            ("jobs_per_s", nil, .rate, .higher), ("gc_ms_per_s", nil, .ratio, nil),
            ("ns_per_op", nil, .duration, .lower), ("bytes_per_op", nil, .size, nil),
            ("allocs_per_op", nil, nil, nil), ("ops_per_watt", nil, .rate, .higher),
            ("parse", "ns/op", .duration, .lower), ("parse", "B/op", .size, nil),
            ("parse", "allocs/op", nil, nil), ("gc", "ms/s", .ratio, nil),
            ("work", "jobs/min", nil, nil), ("api", "errors/s", .rate, .lower),
            ("api", "errors", .count, .lower), ("cache", "hits/s", .rate, .higher),
            ("exceptions", "/s", .rate, .lower), ("a/b", "a/b/s", .rate, .higher),
            ("x", "/", nil, nil), ("cache_hit_ms", nil, .duration, .lower),
            ("score_time", "ms", .duration, .lower), ("login.success", "s", .duration, .lower),
            ("cache_hit_bytes", nil, .size, .higher), ("http.5xx_rate", "/s", .rate, .lower),
            ("time_per_token", nil, .duration, .lower), ("disk.mtbf", "h", .duration, .higher),
        ] as [(String, String?, MetricMeaning.Kind?, MetricMeaning.Direction?)])
    func meaning(
        metric: String, unit: String?, kind: MetricMeaning.Kind?,
        better: MetricMeaning.Direction?
    ) {
        let meaning = MetricMeaning(metric: metric, unit: unit)
        #expect(meaning.kind == kind)
        #expect(meaning.better == better)
    }

    @Test("each unit and word of the tables stands in docs/STATISTICS.md, and no other")
    func page() throws {
        let lines = try repositoryText("docs/STATISTICS.md").split(separator: "\n")
        let section = lines.drop { $0 != "## Which way is better" }.dropFirst()
            .prefix { !$0.hasPrefix("## ") }
        var listed: Set<String> = []
        for row in section where row.hasPrefix("| ") {
            for cell in row.split(separator: "|").dropFirst(1) {
                for (index, part) in cell.split(separator: "`", omittingEmptySubsequences: false)
                    .enumerated() where index % 2 == 1
                {
                    listed.insert(String(part))
                }
            }
        }
        var known = MetricMeaning.lowerWords.union(MetricMeaning.higherWords)
        for words in MetricMeaning.units.values { known.formUnion(words) }
        for words in MetricMeaning.nameEndings.values { known.formUnion(words) }
        known.formUnion(["/s", "/sec", "per"] + MetricMeaning.periods)
        #expect(listed.subtracting(known) == [], "in the page only")
        #expect(known.subtracting(listed) == [], "not in the page")
    }
}
