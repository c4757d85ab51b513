import ArgumentParser
import TrackerClient
import TrackerLoad
import TrackerLog

extension LoadCommand {
    /// The tag of the session, by which the list finds it.
    private static let findMaxTag = "find-max"
    /// As of a gate that cannot tell.
    private static let notFound: Int32 = 3

    /// The search decides how long and how many runs are.
    func checkFindMax() throws {
        let taken: [(name: String, isGiven: Bool)] = [
            ("--runs", runs != nil), ("--pause", pause != nil), ("--every", every != nil),
            ("--stages", load.stages != nil), ("--connections", load.connections != nil),
            ("--duration", load.duration != nil), ("--requests", load.requests != nil),
            ("--warmup", load.warmup != nil),
        ]
        if let given = taken.first(where: \.isGiven) {
            throw ValidationError("--find-max decides that itself: omit \(given.name)")
        }
        // Without --rate the plan is a closed loop, which does not look at it.
        guard (1...LoadLimits.maxConnections).contains(load.connectionLimit) else {
            throw ValidationError(
                "--max-connections \"\(load.connectionLimit)\": must be from 1 to"
                    + " \(LoadLimits.maxConnections)")
        }
        let promise = try CapacityPromise(parsing: findMax ?? "")
        _ = try width()
        guard try searchTime() >= promise.leastStep else {
            throw ValidationError(
                "--for \"\(time ?? "")\": a step for \(promise.text) takes"
                    + " \(FindMaxText.time(promise.leastStep)), and a search some ten of them")
        }
    }

    private func searchTime() throws -> Duration {
        try withUsageErrors {
            try DurationText.parse(time ?? CapacityLimits.defaultTime, argument: "--for")
        }
    }

    private func width() throws -> Double {
        guard let within else { return CapacityLimits.defaultWidth }
        let isPercent = within.hasSuffix("%")
        let number = Double(isPercent ? String(within.dropLast()) : within)
        let share = number.map { isPercent ? $0 / 100 : $0 }
        guard let share, CapacityLimits.widths.contains(share) else {
            throw ValidationError(
                "--within \"\(within)\": give it as 2% or 0.02, from 0.5% to 50%")
        }
        return share
    }

    func find(
        _ text: String, _ plan: LoadPlan, target: String, watch: ProcessWatch?,
        _ series: LoadSeries, page: String
    ) async throws {
        let promise = try CapacityPromise(parsing: text)
        var start: Double?
        if let rate = load.rate {
            start = try withUsageErrors { try Rate(parsing: rate, argument: "--rate").perSecond }
        }
        series.log.append(Edit(timestamp: .now, kind: .tag, text: Self.findMaxTag))
        let search = FindMax(
            series: series,
            plan: CapacityPlan(
                base: plan, arrivals: load.arrivals, maxTime: try searchTime(),
                maxConnections: load.connectionLimit),
            promise: promise, target: target, startRate: start, width: try width(), watch: watch,
            detail: record, note: note)
        let ended: Result<FindMaxOutcome, any Error>
        do {
            ended = .success(try await search.execute())
        } catch {
            ended = .failure(error)
        }
        let closing = Result { try series.log.close() }
        let outcome = try ended.get()
        if json {
            printJSON(FindMaxText.json(outcome, promise))
        } else {
            for line in FindMaxText.answer(outcome) { printLine(line) }
            printError(page)
        }
        if let failure = outcome.failure { throw failure }
        try closing.get()
        if outcome.isStopped { throw ExitCode(StopSignals.exitStatus) }
        let result = outcome.search?.result
        guard !outcome.isOutOfTime, result?.ending == .found, result?.limit == .target else {
            throw ExitCode(Self.notFound)
        }
    }
}
