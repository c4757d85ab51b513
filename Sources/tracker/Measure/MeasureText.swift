import TrackerLoad
import TrackerLog

/// The words for what an executed command took.
enum MeasureText {
    /// For example `run 2 of 5: 1.23 s (user 1.05 s, system 0.07 s), 48.2 MB`.
    static func line(_ usage: ProgramUsage, run: Int, of runs: Int) -> String {
        let memory =
            usage.peakBytes.map { text(Double($0), "B") }
            ?? "below \(text(Double(usage.leastPeakBytes), "B"))"
        let end = usage.end.exitStatus == 0 ? "" : ", \(usage.end)"
        return "run \(run) of \(runs): \(text(usage.wall)) "
            + "(user \(text(usage.user)), system \(text(usage.system))), "
            + "\(memory)\(end)"
    }

    /// Mean and ends of the runs that succeeded; `nil` for fewer than two.
    static func summary(_ results: [ProgramUsage]) -> String? {
        let good = results.filter { $0.end.exitStatus == 0 }.map(\.wall.milliseconds)
        guard good.count > 1, let least = good.min(), let most = good.max() else { return nil }
        let mean = good.reduce(0, +) / Double(good.count)
        let failed = results.count - good.count
        return "mean of \(good.count): \(text(mean, "ms")), "
            + "from \(text(least, "ms")) to \(text(most, "ms"))"
            + (failed > 0 ? "; \(failed) failed" : "")
    }

    static func json(_ usage: ProgramUsage, run: Int) -> JSONValue {
        var members = [JSONValue.Member("run", .integer(run))]
        for metric in CommandMetric.allCases {
            let value = metric.value(of: usage)
            members.append(.init(metric.rawValue, value.map(JSONValue.double) ?? .null))
        }
        return .object(members)
    }

    private static func text(_ time: Duration) -> String { text(time.milliseconds, "ms") }

    private static func text(_ value: Double, _ unit: String) -> String {
        NumberFormat.plain.quantity(value, unit: unit)
    }
}
