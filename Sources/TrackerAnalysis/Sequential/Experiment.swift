package import TrackerIndexer
import TrackerLog

/// Variants that were run in turn, and what the rounds say of them.
package struct Experiment: Sendable {
    package let settings: ExperimentSettings
    /// What each variant is; its letter where it has no run yet.
    package let names: [String]
    /// The variants that have a run, by which their names are known.
    package let begun: Set<Int>
    /// The rounds that count, oldest first.
    package let rounds: [Round]
    /// Rounds with a run that is missing, failed, was stopped or left out by a person.
    package let incompleteRounds: Int
    /// The highest number of a round, also of one that does not count.
    package let lastRound: Int
    /// One for each number and each variant but the first.
    package let rows: [ExperimentRow]
    package let unit: String?

    /// A round in which each variant has a run that finished.
    package struct Round: Sendable {
        package var number: Int
        /// Variants in the order of time.
        package var order: [Int]
        /// By variant.
        package var runs: [RunSummary]
        /// By variant, of the order: see `RoundOrder`.
        package var probabilities: [Double]
    }

    /// - Returns: `nil` where no run is of an experiment.
    package init?(_ runs: [RunSummary]) {
        var tagged: [(tag: ExperimentTag, run: RunSummary)] = []
        for run in runs {
            guard let tag = ExperimentTag(params: run.params) else { continue }
            tagged.append((tag, run))
        }
        guard let settings = tagged.first?.tag.settings else { return nil }
        tagged.removeAll { $0.tag.settings != settings }
        self.settings = settings
        var names = (0..<settings.variants).map(ExperimentSettings.letter)
        for (tag, _) in tagged { names[tag.variant] = tag.name }
        self.names = names
        begun = Set(tagged.map(\.tag.variant))
        let byRound = Dictionary(grouping: tagged, by: \.tag.round)
        let rounds = byRound.compactMap { Self.round($0, $1, settings) }
            .sorted { $0.number < $1.number }
        self.rounds = Array(rounds.prefix(SequentialLimits.maxRounds))
        incompleteRounds = byRound.count - rounds.count
        lastRound = byRound.keys.max() ?? 0
        rows = Self.rows(self.rounds, settings)
        unit = tagged.lazy.compactMap { $0.run.timeline(of: settings.metric)?.unit }.first
    }

    private static func round(
        _ number: Int, _ tagged: [(tag: ExperimentTag, run: RunSummary)],
        _ settings: ExperimentSettings
    ) -> Round? {
        guard tagged.count == settings.variants,
            Set(tagged.map(\.tag.variant)).count == tagged.count,
            Set(tagged.map(\.tag.place)).count == tagged.count,
            tagged.allSatisfy({ $0.run.state == .finished && $0.run.leftOut == nil })
        else { return nil }
        let byVariant = tagged.sorted { $0.tag.variant < $1.tag.variant }
        return Round(
            number: number,
            order: tagged.sorted { $0.tag.place < $1.tag.place }.map(\.tag.variant),
            runs: byVariant.map(\.run), probabilities: byVariant.map(\.tag.probability))
    }

    private static func rows(_ rounds: [Round], _ settings: ExperimentSettings) -> [ExperimentRow] {
        let count = settings.numbers.count * (settings.variants - 1)
        let alpha = (1 - SequentialLimits.confidence) / Double(count)
        var values: [[ComparisonSamples?]] = []
        for round in rounds {
            values.append(
                round.runs.map { ComparisonSamples([$0], metric: settings.metric) })
        }
        let meaning = MetricMeaning(metric: settings.metric, unit: nil)
        return settings.numbers.flatMap { statistic in
            (1..<settings.variants).map { variant in
                var row = ExperimentRows(
                    statistic, variant, alpha: alpha, margin: settings.margin(of: statistic),
                    better: statistic.better(of: meaning) ?? .lower)
                for (round, samples) in zip(rounds, values) {
                    row.add(
                        round.number, samples[0]?.shown(statistic),
                        samples[variant]?.shown(statistic),
                        probability: round.probabilities[variant])
                }
                return row.row
            }
        }
    }

    /// Whether nothing that was asked for is open.
    package var isSettled: Bool {
        !rounds.isEmpty && rows.allSatisfy { $0.finding != .open }
    }

    /// A number that some run of the first round does not have, and why: more rounds would not
    /// change that.
    package var missing: MissingNumber? {
        guard let round = rounds.first else { return nil }
        for row in rows where row.points.isEmpty {
            let counts = round.runs.map {
                $0.timeline(of: settings.metric)?.total.successes.count ?? 0
            }
            let needed = row.statistic.quantile.map { NearestRank.samplesNeeded(beyond: $0) }
            return MissingNumber(
                statistic: row.statistic, fewest: counts.min() ?? 0,
                needed: needed ?? 1)
        }
        return nil
    }

    package struct MissingNumber: Sendable, Hashable {
        package var statistic: Statistic
        /// Successes of the run that has the fewest, and how many the number needs.
        package var fewest: Int
        package var needed: Int
    }

    /// Says that a variant failed more than the first one by what matters, where the error rate is
    /// not among the numbers: the times are those of what did not fail.
    package var failuresAside: String? {
        guard !settings.numbers.contains(.errorRate) else { return nil }
        let rates = (0..<settings.variants).map { variant -> Double in
            let totals = rounds.compactMap { $0.runs[variant].timeline(of: settings.metric)?.total }
            let count = totals.reduce(0) { SaturatingCount.sum($0, $1.count) }
            let errors = totals.reduce(0) { SaturatingCount.sum($0, $1.errors) }
            return count > 0 ? 100 * Double(errors) / Double(count) : 0
        }
        let worse = rates.indices.filter { rates[$0] >= rates[0] + settings.minErrorPoints }
        guard !worse.isEmpty else { return nil }
        let texts = ([0] + worse).map {
            "\(ExperimentSettings.letter($0)) \(NumberFormat.plain.fixed(rates[$0], digits: 2)) %"
        }
        return
            "requests failed: \(texts.joined(separator: ", ")). Their times do not count; ask for"
            + " --number errors as well"
    }

    package enum Outcome: String, Sendable {
        /// Every number is better or equal.
        case good
        case worse
        case inconclusive
    }

    package var outcome: Outcome {
        if rows.contains(where: { $0.finding == .worse }) { return .worse }
        return isSettled ? .good : .inconclusive
    }
}

extension ComparisonSamples {
    /// `nil` also where a percentile has too few samples beyond it.
    fileprivate func shown(_ statistic: Statistic) -> Double? {
        if let quantile = statistic.quantile, total.successes.hasFewSamples(beyond: quantile),
            total.successes.count > 1
        {
            return nil
        }
        return value(of: statistic)
    }
}
