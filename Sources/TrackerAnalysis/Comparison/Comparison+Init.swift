import Glibc
import TrackerIndexer
import TrackerLog

extension Comparison {
    /// Compares two groups of runs.
    ///
    /// - Parameter history: runs of the same target, which say how much its runs vary. Those of the
    ///   groups, later ones, and those under other conditions are left out.
    package init(
        _ a: ComparisonGroup, _ b: ComparisonGroup, settings: ComparisonSettings = .init(),
        history: RunHistory = RunHistory([])
    ) throws(ComparisonError) {
        let metric = try Self.metric(a, b, wanted: settings.metric)
        let units = try ComparisonUnits(metric, a, b)
        let (a, b, unit) = (units.a, units.b, units.unit)
        guard let samplesA = ComparisonSamples(a.runs, metric: metric, settings) else {
            throw .noSamples(group: a.name, metric: metric)
        }
        guard let samplesB = ComparisonSamples(b.runs, metric: metric, settings) else {
            throw .noSamples(group: b.name, metric: metric)
        }
        guard samplesA.isReported == samplesB.isReported else {
            let (reported, measured) = samplesA.isReported ? (a, b) : (b, a)
            throw .reportedAndMeasured(
                metric: metric, reported: reported.name, measured: measured.name)
        }
        let settings = try Self.applied(settings, to: metric, isReported: samplesA.isReported)
        let meaning = Self.meaning(of: metric, unit: unit, a, b)
        let bytesA = samplesA.fingerprint
        let bytesB = samplesB.fingerprint
        // Of part of the runs, nothing below is worth its time.
        guard !WorkBudget.hasStopped else { throw .outOfTime }
        // Two runs may well report the same number.
        let isSameData = bytesA == bytesB && !samplesA.isReported
        let seed = XXHash64.hash(bytesA + bytesB)
        var generator = SplitMix64(seed: seed)
        var drawsA = Self.resampling(samplesA, a, metric, settings, seed: generator.next())
        var drawsB = Self.resampling(samplesB, b, metric, settings, seed: generator.next())
        // A run that only reports what the others measured is none of the group.
        func numbers(of group: ComparisonGroup) -> [RunHistory.Run] {
            group.runs.compactMap { RunHistory.Run($0, metric: metric) }
                .filter { $0.isReported == samplesA.isReported }
        }
        let noise = RunNoiseSource(
            rule: settings.runNoise, a: numbers(of: a), b: numbers(of: b), history: history)
        if !noise.isTold(.errorRate) { Resampling.poolClustering(&drawsA, &drawsB) }
        guard !WorkBudget.hasStopped else { throw .outOfTime }
        let judge = VerdictRule(
            a: samplesA, b: samplesB, drawsA: drawsA, drawsB: drawsB, noise: noise,
            meaning: meaning, settings: settings, isSameData: isSameData)
        let differences = EnvironmentDifference.between(a.runs, b.runs)
        nameA = a.name
        nameB = b.name
        self.metric = metric
        isReported = samplesA.isReported
        self.unit = unit
        self.meaning = meaning
        runsA = samplesA.runs.count
        runsB = samplesB.runs.count
        (treesA, treesB) = (RunTrees(a.runs), RunTrees(b.runs))
        (uncountedA, uncountedB) = (a.uncounted, b.uncounted)
        leftOut = a.leftOut + b.leftOut
        drawA = drawsA?.kind ?? .nothing
        drawB = drawsB?.kind ?? .nothing
        self.seed = seed
        self.settings = settings
        self.differences = differences
        earlierRuns = noise.history.runs.count
        rows = judge.rows()
        failures = rows.first { $0.statistic == .errorRate } ?? judge.failures()
        warnings = ComparisonWarnings.all(
            a, b, metric: metric, isSameData: isSameData, differences)
        warnings += units.warnings
        warnings += ComparisonWarnings.fewRuns(self)
    }

    /// A reported number has no percentiles, and no rate of its own.
    private static func applied(
        _ settings: ComparisonSettings, to metric: String, isReported: Bool
    ) throws(ComparisonError) -> ComparisonSettings {
        guard isReported else { return settings }
        var settings = settings
        let own: Statistic = ComparisonSamples.isErrorRate(metric) ? .errorRate : .mean
        guard settings.statistics.contains(own) else {
            throw .onlyReported(metric: metric, asked: settings.statistics.map(\.rawValue))
        }
        settings.statistics = [own]
        return settings
    }

    private static func resampling(
        _ samples: ComparisonSamples, _ group: ComparisonGroup, _ metric: String,
        _ settings: ComparisonSettings, seed: UInt64
    ) -> Resampling? {
        let drawsRuns = samples.runs.count >= ComparisonLimits.minRunsToResample
        let isLong = samples.isReported || samples.minSlots >= ComparisonLimits.minSlots
        guard drawsRuns || isLong else { return nil }
        let parts =
            drawsRuns
            ? group.runs.compactMap { ComparisonSamples([$0], metric: metric, settings) }
                .filter { $0.isReported == samples.isReported } : []
        return Resampling(samples, parts: parts, replicates: settings.replicates, seed: seed)
    }

    /// The metric asked for, else the first headline of A that B has, else the metric of both with
    /// the most samples in A, latencies first.
    static func metric(
        _ a: ComparisonGroup, _ b: ComparisonGroup, wanted: String?
    ) throws(ComparisonError) -> String {
        if let wanted { return wanted }
        let inB = Set(b.runs.flatMap { $0.timelines.map { ExactText($0.metric) } })
        let headlines = a.runs.compactMap(\.headline?.metric)
        if let headline = headlines.first(where: { inB.contains(ExactText($0)) }) {
            return headline
        }
        let common = a.runs.flatMap(\.timelines).filter { inB.contains(ExactText($0.metric)) }
        let best = common.max {
            ($0.isLatency ? 1 : 0, $0.total.count) < ($1.isLatency ? 1 : 0, $1.total.count)
        }
        if let best { return best.metric }
        if let reported = reportedMetric(a, b) { return reported }
        let group = headlines.isEmpty ? a.name : b.name
        throw .noSamples(group: group, metric: headlines.first)
    }

    /// Where nothing was measured: the number that stands for the first run of A, or for a later
    /// one, and that B reports as well.
    private static func reportedMetric(_ a: ComparisonGroup, _ b: ComparisonGroup) -> String? {
        let common = reportedNames(a, b)
        let mains = a.runs.compactMap(\.mainReported?.name)
        return mains.first { main in common.contains { $0.isExactly(main) } } ?? common.first
    }

    /// The numbers that both groups report and neither measures, in the order of A.
    package static func reportedNames(_ a: ComparisonGroup, _ b: ComparisonGroup) -> [String] {
        func names(_ group: ComparisonGroup) -> [String] {
            var seen: Set<ExactText> = []
            let all = group.runs.flatMap { $0.reportedNumbers.map(\.name) }
            return all.filter { seen.insert(ExactText($0)).inserted }
        }
        let inB = Set(names(b).map(ExactText.init))
        let measured = Set(
            (a.runs + b.runs).flatMap { $0.timelines.map { ExactText($0.metric) } })
        return names(a).filter {
            inB.contains(ExactText($0)) && !measured.contains(ExactText($0))
        }
    }

    /// What the newest runs declare counts.
    static func meaning(
        of metric: String, unit: String?, _ a: ComparisonGroup, _ b: ComparisonGroup
    ) -> MetricMeaning {
        let newestFirst = b.runs.reversed() + a.runs.reversed()
        let declared = newestFirst.reduce(nil as MetricDeclaration?) { known, run in
            let next = run.timeline(of: metric)?.declared
            return known?.filled(from: next) ?? next
        }
        return MetricMeaning(metric: metric, unit: unit, declared: declared)
    }
}
