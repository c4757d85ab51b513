import ArgumentParser
import TrackerAnalysis
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
        let begin = ContinuousClock.now
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
            let next = try plan.step(rate: rate, requests: requests, step: step)
            outcome.isOutOfTime = !plan.fits(next, after: ContinuousClock.now - begin)
            if outcome.isOutOfTime { break }
            let counter = StepCounter(promise, plan: next)
            let known = (search: search, outcome: outcome)
            var summary = try await run(next, counter: counter) { summary in
                guard summary.state == .finished || isAnswer(summary.failure, after: known.outcome)
                else { return [] }
                var search = known.search
                search.add(Self.step(summary, rate: rate, counter))
                var found = FoundRate(search)
                found.isOutOfTime = isOver(search, step: step + 1, since: begin)
                return [found.member]
            }
            // The log has it; an answer says it once.
            summary.further = []
            if let failure = summary.failure, !isAnswer(failure, after: outcome) {
                outcome.failure = failure
                break
            }
            // Half a step is none.
            guard summary.state != .stopped else { break }
            outcome.summaries.append(summary)
            search.add(Self.step(summary, rate: rate, counter))
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

    /// Whether the next step does not end in time.
    private func isOver(
        _ search: CapacitySearch, step: Int, since begin: ContinuousClock.Instant
    ) -> Bool {
        guard case .step(let rate, let requests) = search.next() else { return false }
        do throws(LoadError) {
            let next = try plan.step(rate: rate, requests: requests, step: step)
            return !plan.fits(next, after: ContinuousClock.now - begin)
        } catch {
            // The search itself fails of it.
            return false
        }
    }

    private static func step(
        _ summary: LoadSummary, rate: Double, _ counter: StepCounter
    ) -> CapacityStep {
        let unsent = summary.result.unsent
        return CapacityStep(
            run: summary.run, rate: rate, counts: counter.counts(unsent: unsent),
            generatorLimit: summary.generatorLimit, unsent: unsent, unqueued: counter.unqueued)
    }

    /// A rate at which no request succeeds is an answer, where some did at another.
    private func isAnswer(_ failure: LoadError?, after outcome: FindMaxOutcome) -> Bool {
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

    private func run(
        _ plan: LoadPlan, counter: StepCounter,
        closing: (@Sendable (LoadSummary) -> [JSONValue.Member])? = nil
    ) async throws -> LoadSummary {
        try await series.execute(
            plan: plan, test: Self.test, target: target,
            params: [.init("find_max", .string(promise.text))], watch: watch, detail: detail,
            note: note, counter: counter, closing: closing)
    }
}

extension FoundRate {
    /// What a search knows.
    init(_ search: CapacitySearch) {
        let result = search.result
        let ending: Ending =
            switch result.ending {
            case .found: .found
            case .neverKept: .neverKept
            case .neverBroken: .neverBroken
            }
        let limit: Limit? =
            switch result.limit {
            case .target: .target
            case .generator: .generator
            case .connections: .connections
            case nil: nil
            }
        self.init(
            ending: ending, rate: result.rate, interval: result.interval, kept: result.kept,
            broken: result.broken, condition: result.condition, limit: limit,
            generatorLimit: result.generatorLimit,
            tried: search.rates.map { Tried(rate: $0.rate, finding: $0.finding.rawValue) })
    }
}
