import TrackerIndexer
import TrackerLog

/// A gate on runs of which nothing was measured: each limit is about a number that they report.
extension Gate {
    /// Whether the metric is one that the runs report and no run measures.
    static func isReported(_ a: ComparisonGroup, _ b: ComparisonGroup, metric: String) -> Bool {
        let runs = a.runs + b.runs
        return !runs.contains { $0.timeline(of: metric) != nil }
            && runs.contains { $0.reportedNumber(metric) != nil }
    }

    /// The limits, each with the comparison of the number that it is about.
    static func reportedLines(
        _ given: [GateLimit], _ a: ComparisonGroup, _ b: ComparisonGroup,
        _ settings: ComparisonSettings, _ history: TargetHistory, metric: String
    ) throws(GateError) -> [(limit: GateLimit, comparison: Comparison)] {
        let names = Comparison.reportedNames(a, b)
        let limits = try reportedLimits(given, a, b, metric: metric, names)
        var lines: [(limit: GateLimit, comparison: Comparison)] = []
        for limit in limits {
            let name = try number(of: limit, metric: metric, among: names)
            let unit = ReportedNumber(name: name, value: 0).unit
            let meaning = MetricMeaning(metric: name, unit: unit)
            let isRate = ComparisonSamples.isErrorRate(name)
            let resolved: GateLimit
            do throws(GateLimitError) {
                // A share of it would be taken for points.
                if isRate, limit.statistic != .errorRate, limit.form == .change {
                    throw GateLimitError(
                        limit.text,
                        "an error rate may be zero: give its change in percentage points, such as"
                            + " errors:+0.1pp")
                }
                try limit.check(limit.statistic == .errorRate ? .lower : meaning.better)
                resolved = try limit.resolved(metric: name, unit: unit)
            } catch {
                throw .limit(error)
            }
            var own = settings
            own.metric = name
            own.statistics = [isRate ? .errorRate : .mean]
            if resolved.form == .change { own.margins = [own.statistics[0]: resolved.amount] }
            own.tables = limits.count
            let comparison = try compared(a, b, own, history, metric: name)
            lines.append((resolved, comparison))
        }
        return lines
    }

    /// Those that are given; else the number itself by the way that is better, and the error rate
    /// where it is reported.
    private static func reportedLimits(
        _ given: [GateLimit], _ a: ComparisonGroup, _ b: ComparisonGroup, metric: String,
        _ names: [String]
    ) throws(GateError) -> [GateLimit] {
        guard given.isEmpty else { return given }
        let unit = ReportedNumber(name: metric, value: 0).unit
        guard
            let limits = GateLimit.standardOfReported(
                MetricMeaning(metric: metric, unit: unit),
                isErrorRate: ComparisonSamples.isErrorRate(metric),
                hasErrorRate: names.contains(where: ComparisonSamples.isErrorRate))
        else { throw .unknownDirection(metric: metric, unit: unit) }
        return limits
    }

    /// The reported number that a limit is about.
    private static func number(
        of limit: GateLimit, metric: String, among names: [String]
    ) throws(GateError) -> String {
        let wanted: [String] =
            switch limit.statistic {
            case .mean: [metric]
            case .perSecond: ["rps", "throughput"]
            case .errorRate: ["error_rate"]
            case .p50, .p90, .p95, .p99:
                ["\(limit.statistic.rawValue)_ms", "\(limit.statistic.rawValue)_latency_ms"]
            }
        for name in wanted where names.contains(where: name.isExactly) { return name }
        throw .notReported(limit: limit.text, names: names)
    }
}
