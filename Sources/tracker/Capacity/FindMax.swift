import ArgumentParser
import TrackerClient
import TrackerLoad
import TrackerLog

/// The search of `tracker load --find-max`: each step is a run of the session.
struct FindMax {
    let series: LoadSeries
    let plan: CapacityPlan
    let promise: CapacityPromise
    let target: String
    let startRate: Double?
    let width: Double
    let watch: ProcessWatch?
    let detail: RecordingDetail
    let note: String?

    /// The kind of test that these runs are: not those of an ordinary `tracker load`.
    static let test = "find-max"

    func execute() async throws -> FindMaxOutcome {
        var outcome = FindMaxOutcome()
        guard let start = try await beginning(&outcome) else { return outcome }
        var search = CapacitySearch(promise: promise, startRate: start, width: width)
        if !series.json {
            printLine(
                FindMaxText.intention(promise, from: search.startRate, plan: plan))
            printLine(FindMaxText.head)
        }
        var told: Set<QuietFinding.Code> = []
        while !series.stop.isStopped, case .step(let rate, let requests) = search.next() {
            let step = outcome.summaries.count
            let plan = try plan.step(rate: rate, requests: requests, step: step)
            let counter = StepCounter(promise, plan: plan)
            let summary = try await run(plan, counter: counter)
            if let failure = summary.failure, !isAnswer(failure, after: outcome) {
                outcome.failure = failure
                break
            }
            // Half a step is none.
            guard summary.state != .stopped else { break }
            outcome.summaries.append(summary)
            search.add(
                CapacityStep(
                    run: summary.run, rate: rate,
                    counts: counter.counts(unsent: summary.result.unsent),
                    generatorLimit: summary.generatorLimit, unsent: summary.result.unsent))
            if !series.json { printLine(FindMaxText.line(summary, in: search)) }
            // Once each: a machine that is not quiet is not for a while.
            for finding in summary.disturbances where told.insert(finding.code).inserted {
                printError("note: not quiet: \(finding.what): \(finding.effect)")
            }
            // Nobody sees what comes.
            if Console.current.outcome.failure != nil { break }
        }
        outcome.search = search
        outcome.isStopped = series.stop.isStopped
        return outcome
    }

    /// A rate at which no request succeeds is an answer, where some did at another.
    private func isAnswer(_ failure: LoadError, after outcome: FindMaxOutcome) -> Bool {
        guard case .noSuccess = failure else { return false }
        return outcome.summaries.contains { $0.tally.successes > 0 }
    }

    /// The rate to begin with: the one that was asked for, or what one connection gets.
    private func beginning(_ outcome: inout FindMaxOutcome) async throws -> Double? {
        if let startRate { return startRate }
        let plan = try plan.probe()
        let summary = try await run(plan, counter: StepCounter(promise, plan: plan))
        outcome.failure = summary.failure
        outcome.isStopped = series.stop.isStopped
        guard summary.failure == nil, !outcome.isStopped else { return nil }
        return summary.throughput
    }

    private func run(_ plan: LoadPlan, counter: StepCounter) async throws -> LoadSummary {
        try await series.execute(
            plan: plan, test: Self.test, target: target,
            params: [.init("find_max", .string(promise.text))], watch: watch, detail: detail,
            note: note, counter: counter)
    }
}
