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
        let meaning = Self.meaning(of: metric, unit: unit, a, b)
        let bytesA = samplesA.fingerprint
        let bytesB = samplesB.fingerprint
        let seed = XXHash64.hash(bytesA + bytesB)
        var generator = SplitMix64(seed: seed)
        let drawsA = Self.resampling(samplesA, a, metric, settings, seed: generator.next())
        let drawsB = Self.resampling(samplesB, b, metric, settings, seed: generator.next())
        let noise = RunNoiseSource(
            rule: settings.runNoise, a: a.runs.compactMap { RunHistory.Run($0, metric: metric) },
            b: b.runs.compactMap { RunHistory.Run($0, metric: metric) }, history: history)
        let judge = VerdictRule(
            a: samplesA, b: samplesB, drawsA: drawsA, drawsB: drawsB, noise: noise,
            meaning: meaning, settings: settings, isSameData: bytesA == bytesB)
        let differences = EnvironmentDifference.between(a.runs, b.runs)
        nameA = a.name
        nameB = b.name
        self.metric = metric
        self.unit = unit
        self.meaning = meaning
        runsA = samplesA.runs.count
        runsB = samplesB.runs.count
        (treesA, treesB) = (RunTrees(a.runs), RunTrees(b.runs))
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
            a, b, metric: metric, isSameData: bytesA == bytesB, differences)
        warnings += units.warnings
        warnings += ComparisonWarnings.fewRuns(self)
    }

    private static func resampling(
        _ samples: ComparisonSamples, _ group: ComparisonGroup, _ metric: String,
        _ settings: ComparisonSettings, seed: UInt64
    ) -> Resampling? {
        let drawsRuns = samples.runs.count >= ComparisonLimits.minRunsToResample
        guard drawsRuns || samples.minSlots >= ComparisonLimits.minSlots else { return nil }
        let parts =
            drawsRuns
            ? group.runs.compactMap { ComparisonSamples([$0], metric: metric, settings) } : []
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
        let group = headlines.isEmpty ? a.name : b.name
        throw .noSamples(group: group, metric: headlines.first)
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
