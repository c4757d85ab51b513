package import TrackerLog

/// What the runs of a session reported, for its row in the list: only where nothing was measured.
package struct ReportedHeadline: Sendable, Hashable {
    /// The number that stands for the runs: `RunSummary.mainReported` of the newest run.
    package var metric: String
    /// Runs that report it.
    package var runs: Int
    /// As the newest of them reports it.
    package var newest: Double
    /// Successes a second, as the same run reports them.
    package var perSecond: Double?
    /// Of all runs that give both counts.
    package var requests = 0
    package var failed = 0
    /// The number run by run, oldest first: of the newest `IndexLimits.sparklinePoints` runs.
    package var overTime: [Double] = []

    package var number: ReportedNumber { ReportedNumber(name: metric, value: newest) }

    init(metric: String, runs: Int, newest: Double) {
        self.metric = metric
        self.runs = runs
        self.newest = newest
    }

    package var json: JSONValue {
        .object([
            .init("metric", .string(metric)), .init("unit", .optional(number.unit)),
            .init("runs", .integer(runs)), .init("newest", .double(newest)),
            .init("per_second", .optional(perSecond)),
            .init("requests", .integer(requests)), .init("failed", .integer(failed)),
            .init("over_time", .array(overTime.map(JSONValue.double))),
        ])
    }
}
