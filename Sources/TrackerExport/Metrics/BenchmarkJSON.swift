import TrackerIndexer
import TrackerLog

/// JSON for programs that follow benchmarks from commit to commit. Names must stay the same from
/// one commit to the next: they are made of test, target and metric, never of a run's id, and runs
/// of the same name are one.
struct BenchmarkJSON {
    private struct Group {
        var name: String
        var runs: [RunSummary] = []
        /// Runs that a person left out: they count here as little as in a comparison.
        var leftOutCount = 0

        /// What is followed: the main metric of the newest run, in its unit.
        var newest: MetricTimeline? { runs.lazy.reversed().compactMap(\.headline).first }
    }

    private let groups: [Group]
    /// Runs that have the metric of their group in a unit that is not converted to the newest's.
    var unlikeRuns: Int {
        groups.reduce(0) { sum, group in
            guard let newest = group.newest else { return sum }
            return sum + group.runs.count { $0.isUnlike(newest.unit, of: newest.metric) }
        }
    }

    init(_ selection: ExportSelection) throws(ExportError) {
        var groups: [Group] = []
        for (session, run) in selection.runs {
            let name = [run.test, run.target].compactMap(\.self).filter { !$0.isEmpty }
                .joined(separator: " ")
            let place = groups.firstIndex { $0.name.isExactly(name) } ?? groups.count
            if place == groups.count { groups.append(Group(name: name)) }
            if run.leftOut != nil, session.runs == nil {
                groups[place].leftOutCount += 1
            } else {
                groups[place].runs.append(run)
            }
        }
        self.groups = groups.filter { group in
            group.runs.contains { $0.headline != nil || !$0.reportedNumbers.isEmpty }
        }
        guard !self.groups.isEmpty else { throw .noMetric(nil) }
    }

    /// What of a group is followed.
    private struct Number {
        var name: String
        /// As Bencher names a measure.
        var slug: String
        var value: Double
        var unit: String
        /// Without it no verdict may be made of the number.
        var better: MetricMeaning.Direction?
        var extra: String
    }

    private static let quantiles = [("p50", 0.5), ("p90", 0.9), ("p99", 0.99)]

    private func numbers(_ group: Group) -> [Number] {
        guard let newest = group.newest else { return reported(group) }
        let metric = newest.metric
        let curves = group.runs.compactMap { run in
            run.timeline(of: metric, in: newest.unit).map { (run, $0) }
        }
        guard let total = Aggregate.merged(curves.map(\.1.total)) else { return [] }
        let logged = curves.last?.1.unit ?? MetricUnit.named(by: metric)
        let meaning = curves.last?.1.meaning
        let scale = logged.flatMap(MetricUnit.init)
        let isTime = scale?.dimension == "time"
        let withheld = group.leftOutCount > 0 ? ", \(group.leftOutCount) left out" : ""
        let extra =
            "\(total.count) samples, \(total.errors) errors, \(curves.count) runs\(withheld)"
        var numbers: [Number] = []
        for (name, quantile) in Self.quantiles {
            guard let value = total.successes.quantile(quantile) else { continue }
            let ns = Double(scale?.size ?? 1)
            numbers.append(
                Number(
                    name: "\(metric) \(name)",
                    slug: isTime ? "\(name)-latency" : "\(Self.slug(metric))-\(name)",
                    value: isTime ? value * ns : value, unit: isTime ? "ns" : logged ?? "",
                    better: meaning?.better, extra: extra))
        }
        if total.count > 0 {
            numbers.append(
                Number(
                    name: "\(metric) error rate", slug: "error-rate",
                    value: 100 * Double(total.errors) / Double(total.count), unit: "%",
                    better: .lower, extra: extra))
        }
        let rates = curves.compactMap { $0.1.perSecond(in: $0.0) }
        if isTime, !rates.isEmpty {
            numbers.append(
                Number(
                    name: "\(metric) throughput", slug: "throughput",
                    value: rates.reduce(0, +) / Double(rates.count), unit: "/s",
                    better: .higher, extra: "\(extra), the mean of the runs"))
        }
        return numbers
    }

    /// The last report's numbers: of reported numbers there is no mean of several runs.
    private func reported(_ group: Group) -> [Number] {
        guard let run = group.runs.last(where: { !$0.reportedNumbers.isEmpty }) else { return [] }
        return run.reportedNumbers.compactMap { number in
            let meaning = MetricMeaning(metric: number.name, unit: number.unit, declared: nil)
            guard let better = meaning.better else { return nil }
            return Number(
                name: number.name, slug: "reported-\(Self.slug(number.name))",
                value: number.value, unit: number.unit ?? "",
                better: better, extra: "reported by the tool")
        }
    }

    private static func slug(_ text: String) -> String {
        String(
            decoding: text.utf8.map { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"):
                    byte
                case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte + 0x20
                default: UInt8(ascii: "-")
                }
            }, as: UTF8.self)
    }

    /// For github-action-benchmark: one of its two kinds of custom numbers.
    func githubActionBenchmark(
        better: MetricMeaning.Direction
    ) throws(ExportError) -> JSONValue {
        var entries: [JSONValue] = []
        for group in groups {
            for number in numbers(group) where number.better == better {
                let name = [group.name, number.name].filter { !$0.isEmpty }
                entries.append(
                    .object([
                        .init("name", .string(name.joined(separator: " "))),
                        .init("unit", .string(number.unit)), .init("value", .double(number.value)),
                        .init("extra", .string(number.extra)),
                    ]))
            }
        }
        guard !entries.isEmpty else {
            throw .nothing(
                "the runs have no number of which \(better == .lower ? "less" : "more") is better")
        }
        return .array(entries)
    }

    /// The Bencher Metric Format: `{benchmark: {measure: {"value"}}}`. Its measure `latency` is in
    /// nanoseconds, `throughput` in operations a second.
    var bencher: JSONValue {
        .object(
            groups.map { group in
                var measures: [JSONValue.Member] = []
                for number in numbers(group) {
                    guard !measures.contains(where: { $0.key == number.slug }) else { continue }
                    let value = JSONValue.object([.init("value", .double(number.value))])
                    measures.append(.init(number.slug, value))
                    if number.slug == "p50-latency" {
                        measures.insert(.init("latency", value), at: 0)
                    }
                }
                return .init(group.name.isEmpty ? "run" : group.name, .object(measures))
            })
    }
}
