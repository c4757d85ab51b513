import TrackerLog

extension ReportedHeadline {
    /// - Parameter runs: oldest first.
    /// - Returns: `nil` if no run reports a number.
    package init?(_ runs: [RunSummary]) {
        // What a run that failed reports of itself stands for nothing.
        let runs = runs.filter { $0.state == .finished }
        guard let main = runs.reversed().lazy.compactMap(\.mainReported).first else { return nil }
        let reporting = runs.compactMap { run in
            run.reportedNumber(main.name).map { (run, $0.value) }
        }
        self.init(metric: main.name, runs: reporting.count, newest: main.value)
        perSecond = reporting.last?.0.reportedNumber("rps")?.value
        for counts in runs.compactMap(\.reportedRequests) {
            requests = SaturatingCount.reported(SaturatingCount.sum(requests, counts.total))
            failed = SaturatingCount.reported(SaturatingCount.sum(failed, counts.failed))
        }
        overTime = reporting.suffix(IndexLimits.sparklinePoints).map(\.1)
    }
}
