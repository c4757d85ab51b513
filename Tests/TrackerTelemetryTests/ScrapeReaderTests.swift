import Testing
import TrackerImport
import TrackerLog
import TrackerTelemetry

/// Looks at texts one after the other, two seconds apart.
private struct Looks {
    var reader: ScrapeReader
    private var now = 1_000_000.0
    private var isFirst = true

    init(_ reader: ScrapeReader = ScrapeReader()) { self.reader = reader }

    mutating func look(_ text: String) -> ScrapedPage {
        let interval = ScrapeReader.Interval(
            begin: Timestamp(milliseconds: now) ?? .epoch, lastingMs: 2_000)
        now += isFirst ? 0 : 2_000
        defer { isFirst = false }
        return reader.read(
            Array(text.utf8), at: Timestamp(milliseconds: now) ?? .epoch,
            since: isFirst ? nil : interval)
    }
}

extension ScrapedPage {
    fileprivate var samples: [Sample] {
        events.compactMap { if case .sample(let sample) = $0 { sample } else { nil } }
    }

    fileprivate var distributions: [Distribution] {
        events.compactMap { if case .distribution(let one) = $0 { one } else { nil } }
    }

    /// `name{labels} value unit` of each sample, sorted.
    fileprivate var lines: [String] {
        samples.map { sample in
            let labels = sample.labels.map { "\($0.name)=\($0.value)" }.joined(separator: ",")
            return "\(sample.metric){\(labels)} \(sample.value) \(sample.unit ?? "-")"
        }.sorted()
    }
}

@Suite("Scrapes: what a service says of itself")
struct ScrapeReaderTests {
    @Test("Counters are rates, of what was counted since the look before")
    func counters() {
        var looks = Looks()
        let page = { (a: Int, b: String) in
            """
            # TYPE req_total counter
            req_total{code="200",b="x"} \(a)
            # TYPE cpu_seconds_total counter
            cpu_seconds_total \(a)
            # TYPE sent_bytes_total counter
            sent_bytes_total \(a)
            \(b)
            """
        }
        let first = looks.look(page(10, ""))
        #expect(first.events.isEmpty)
        #expect(first.declarations.map(\.metric) == ["cpu_seconds_total"])
        let second = looks.look(page(16, "req_total{code=\"500\"} 4"))
        #expect(
            second.lines == [
                "cpu_seconds_total{} 3.0 s/s", "req_total{b=x,code=200} 3.0 /s",
                "req_total{code=500} 2.0 /s", "sent_bytes_total{} 3.0 B/s",
            ])
        #expect(second.samples.allSatisfy { $0.timestamp.milliseconds == 1_000_000 })
        #expect(!second.hasReset && second.declarations.isEmpty)
        // Two seconds later the service has begun anew.
        let third = looks.look(page(4, "req_total{code=\"500\"} 4"))
        #expect(third.hasReset)
        #expect(third.lines.contains("req_total{b=x,code=200} 2.0 /s"))
        #expect(third.lines.contains("req_total{code=500} 0.0 /s"))
    }

    @Test("OpenMetrics: the type is of the name without `_total`; facts and times are no values")
    func openMetrics() {
        var looks = Looks()
        let page = { (count: Int) in
            """
            # TYPE hits counter
            # HELP hits how many
            hits_total \(count).0 # {trace_id="x"} 1.0
            hits_created 1.7e9
            # TYPE up gauge
            # UNIT up seconds
            up 7 1700000000.5
            # TYPE build info
            build_info{version="1"} 1
            python_info{version="3"} 1
            # TYPE odd gauge
            odd NaN
            no_type_total \(count)
            # EOF
            """
        }
        #expect(looks.look(page(1)).lines == ["up{} 7.0 s"])
        let second = looks.look(page(5))
        #expect(second.lines == ["hits_total{} 2.0 /s", "no_type_total{} 2.0 /s", "up{} 7.0 s"])
        #expect(second.notFinite == 1 && second.losses.count == 0)
    }

    private func histogram(_ counts: [Int], sum: Double, labels: String = "") -> String {
        let bounds = ["0.1", "0.2", "+Inf"]
        var text = "# TYPE d_seconds histogram\n"
        for (bound, count) in zip(bounds, counts) {
            text += "d_seconds_bucket{\(labels)le=\"\(bound)\"} \(count)\n"
        }
        return text + "d_seconds_sum \(sum)\nd_seconds_count \(counts.last ?? 0)\n"
    }

    @Test("Histograms are distributions of the difference, in their bounds")
    func histograms() throws {
        var looks = Looks()
        #expect(looks.look(histogram([10, 20, 30], sum: 6)).events.isEmpty)
        let page = looks.look(histogram([10, 120, 130], sum: 21))
        let one = try #require(page.distributions.first)
        #expect(page.events.count == 1)
        #expect((one.metric, one.unit, one.count) == ("d_seconds", "s", 100))
        #expect(one.sum == 15 && one.durationMs == 2_000)
        #expect(one.min >= 0.1 && one.max <= 0.2)
        let within = one.histogram.allSatisfy { bucket in
            Bucket.upperBound(of: bucket.bucket) > 0.1
                && Bucket.lowerBound(of: bucket.bucket) <= 0.2
        }
        #expect(within)
        #expect(one.histogram.reduce(0) { $0 + $1.count } == 100)
        #expect(looks.look(histogram([10, 120, 130], sum: 21)).events.isEmpty)
        // Begun anew: what is there was counted since.
        let anew = looks.look(histogram([0, 0, 7], sum: 3))
        #expect(anew.hasReset && anew.distributions.first?.count == 7)
        #expect(anew.distributions.first?.min == 0.2)
    }

    @Test("Distributions of looks add up to that of the whole, whatever the looks were")
    func additive() throws {
        var (often, seldom) = (Looks(), Looks())
        let counts = [[0, 0, 0], [3, 5, 6], [3, 9, 14], [100, 250, 260]]
        var total = 0
        for (index, row) in counts.enumerated() {
            let text = histogram(row, sum: Double(row[2]))
            total += often.look(text).distributions.reduce(0) { $0 + $1.count }
            if index == 0 { _ = seldom.look(text) }
        }
        let text = histogram(counts[3], sum: 260)
        let whole = try #require(seldom.look(text).distributions.first)
        #expect(whole.count == 260 && total == 260)
    }

    @Test("Summaries: quantiles as reported, their count as a rate, the mean since the look before")
    func summaries() {
        var looks = Looks()
        let page = { (count: Int, sum: Double) in
            """
            # TYPE s_seconds summary
            s_seconds{quantile="0.99"} 0.25
            s_seconds_sum \(sum)
            s_seconds_count \(count)
            """
        }
        #expect(looks.look(page(10, 5)).lines == ["s_seconds{quantile=0.99} 0.25 s"])
        #expect(
            looks.look(page(14, 7)).lines == [
                "s_seconds_count{} 2.0 /s", "s_seconds_mean{} 0.5 s",
                "s_seconds{quantile=0.99} 0.25 s",
            ])
        // Nothing was counted: there is no mean.
        #expect(
            looks.look(page(14, 7)).lines == [
                "s_seconds_count{} 0.0 /s", "s_seconds{quantile=0.99} 0.25 s",
            ])
    }

    @Test("What cannot be read is counted with its place, and what is around it counts")
    func losses() {
        var looks = Looks()
        let page = looks.look("a 1\n<html>\nb{x=\"1} 2\nc one\nd 4")
        #expect(page.lines == ["a{} 1.0 -", "d{} 4.0 -"])
        #expect(page.losses.count == 3)
        #expect(page.losses.listed.map(\.place.line) == [2, 3, 4])
        let bad = looks.look("# TYPE h histogram\nh_bucket{le=\"1\"} 5\nh_bucket{le=\"2\"} 3\n")
        #expect(bad.events.isEmpty && bad.losses.count == 1)
        #expect(looks.look("").points == 0)
    }

    @Test("A counter that a look did not show as a number has no rate until the look after next")
    func gap() {
        var looks = Looks()
        _ = looks.look("a_total 10")
        let none = looks.look("a_total NaN")
        #expect(none.events.isEmpty && none.notFinite == 1)
        #expect(looks.look("a_total 30").events.isEmpty, "nobody knows since when")
        #expect(looks.look("a_total 34").lines == ["a_total{} 2.0 /s"])
        var limited = Looks(ScrapeReader(maxSeries: 1))
        _ = limited.look("b_total 1\na_total 100")
        _ = limited.look("b_total 1\na_total 110")
        #expect(limited.look("a_total 120\nb_total 1").events.isEmpty)
        #expect(limited.look("a_total 122\nb_total 1").lines == ["a_total{} 1.0 /s"])
        var bad = Looks()
        _ = bad.look(histogram([10, 20, 30], sum: 6))
        #expect(bad.look(histogram([30, 20, 30], sum: 6)).losses.count == 1)
        #expect(bad.look(histogram([20, 30, 40], sum: 8)).events.isEmpty)
        #expect(bad.look(histogram([20, 30, 41], sum: 9)).distributions.first?.count == 1)
    }

    @Test("Of a series that is there twice the first counts, and the other is told")
    func twice() {
        var looks = Looks()
        let page = { (value: Int) in "a_total \(value)\na_total 1\ng 5\ng 6" }
        let first = looks.look(page(10))
        #expect(first.lines == ["g{} 5.0 -"] && first.losses.count == 2)
        let second = looks.look(page(14))
        #expect(second.lines == ["a_total{} 2.0 /s", "g{} 5.0 -"] && !second.hasReset)
    }

    @Test("A histogram that counts more than a number holds is told", arguments: ["1e19", "1e30"])
    func tooLarge(count: String) {
        var looks = Looks()
        let page = { (text: String) in
            "# TYPE h histogram\nh_bucket{le=\"1\"} \(text)\nh_bucket{le=\"+Inf\"} \(text)\n"
        }
        _ = looks.look(page("0"))
        let large = looks.look(page(count))
        #expect(large.events.isEmpty && large.losses.count == 1)
        #expect(looks.look(page(count)).losses.count == 0, "nothing more was counted")
    }

    @Test("Only what is asked for, and no more series than the limit")
    func chosen() {
        var looks = Looks(ScrapeReader(prefixes: ["http_", "p"], maxSeries: 2))
        let page = looks.look("http_a 1\nother 2\np{x=\"1\"} 3\np{x=\"2\"} 4\n")
        #expect(page.lines == ["http_a{} 1.0 -", "p{x=1} 3.0 -"])
        #expect(page.leftOut == 1 && page.points == 4)
    }

    @Test("A series that was there as another kind is a base first, and grows from there")
    func kinds() {
        let summary = "# TYPE x summary\nx_sum 9\nx_count 100\n"
        let histogram = """
            # TYPE x histogram
            x_bucket{le="1"} 100
            x_bucket{le="+Inf"} 120
            x_sum 9
            x_count 120

            """
        let untyped = "# TYPE x_count gauge\nx_count 110\n"
        for (first, second) in [
            (summary, histogram), (histogram, summary), (untyped, summary), (untyped, histogram),
            ("# TYPE c gauge\nc 100\n", "# TYPE c counter\nc 110\n"),
        ] {
            var looks = Looks()
            _ = looks.look(first)
            let changed = looks.look(second)
            #expect(changed.events.isEmpty && changed.losses.count == 0, "\(second)")
        }
        var looks = Looks()
        _ = looks.look("# TYPE c gauge\nc 100\n")
        _ = looks.look("# TYPE c counter\nc 110\n")
        #expect(looks.look("# TYPE c counter\nc 114\n").lines == ["c{} 2.0 /s"])
    }

    @Test("A series that was away does not count again what it counted before")
    func away() {
        let page = { (count: Int) in
            """
            a_total \(count)
            # TYPE h histogram
            h_bucket{le="+Inf"} \(count)
            # TYPE s summary
            s_count \(count)
            """
        }
        for (count, rates, distributions) in [(50, 0, 0), (30, 2, 1)] {
            var looks = Looks()
            _ = looks.look(page(40))
            _ = looks.look("g 1")
            _ = looks.look("g 1")
            let back = looks.look(page(count))
            // Less than there was: it began anew.
            #expect(back.samples.count == rates && back.distributions.count == distributions)
            let next = looks.look(page(count + 6))
            #expect(next.lines == ["a_total{} 3.0 /s", "s_count{} 3.0 /s"])
            #expect(next.distributions.map(\.count) == [6])
        }
    }

    @Test("Oddities of the text: tabs, marks, exemplars, times, types, order of labels")
    func oddities() {
        var looks = Looks()
        let page = { (count: Int) in
            """
            #\tTYPE\tt\tcounter
            t\t\(count)\t1700000000000
            # TYPE u_total untyped
            u_total{a="\u{301}x",b="q\\"w\\\\e\\nr",} \(count) 1700000000000
            # TYPE h histogram
            h_bucket{a="1",b="2",le="+Inf"} \(count) # {id="a # b"} 0.5 1.7e9
            h_sum{b="2",a="1"} \(2 * count)
            h_count{b="2",a="1"} \(count)
            # TYPE s summary
            s_sum{b="2",a="1"} \(count)
            s_count{a="1",b="2"} \(count)
            """
        }
        #expect(looks.look(page(10)).losses.count == 0)
        let second = looks.look(page(16))
        #expect(
            second.lines == [
                "s_count{a=1,b=2} 3.0 /s", "s_mean{a=1,b=2} 1.0 -", "t{} 3.0 /s",
                "u_total{a=\u{301}x,b=q\"w\\e\nr} 3.0 /s",
            ])
        #expect(second.distributions.map(\.sum) == [12])
        #expect(second.losses.count == 0)
    }

    @Test("A summary that is there twice, or has no count, and a native histogram are told")
    func told() {
        var looks = Looks()
        let page = looks.look(
            "# TYPE s summary\ns_sum 4\ns_sum 5\ns_count 1\ns_count 2\n"
                + "s{quantile=\"0.5\"} NaN\n# TYPE r summary\nr_sum 4\n"
                + "# TYPE n histogram\nn {count:12,sum:1.5,schema:0,zero_threshold:1e-128}\n")
        #expect(page.losses.count == 4 && page.notFinite == 1 && page.events.isEmpty)
        #expect(page.losses.listed.map(\.place.line) == [3, 5, 10, 11])
    }
}
