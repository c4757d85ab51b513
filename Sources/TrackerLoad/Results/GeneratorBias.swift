import TrackerLog

/// What the generator's own delay changes in one number of the response times.
package struct GeneratorBias: Sendable, Hashable {
    /// `mean`, or the name of a quantile.
    package let name: String
    /// How much higher the number is than without the delay.
    package let ms: Double
    /// The same as a share of the number without the delay.
    package let share: Double

    /// - Parameter upperMs: the upper end of the interval of the number without the delay.
    /// - Returns: `nil` where chance does as much.
    init?(_ name: String, with delayedMs: Double?, without undelayedMs: Double?, upperMs: Double?) {
        guard let delayedMs, let undelayedMs, let upperMs, undelayedMs > 0, delayedMs > upperMs
        else { return nil }
        self.name = name
        ms = delayedMs - undelayedMs
        share = ms / undelayedMs
    }
}

extension LoadTally {
    /// What the generator's delay changes in the mean and in each quantile that the run has enough
    /// samples for; `nil` when there are too few for any. In a closed loop, nothing: there is no
    /// time at which a request is due.
    var generatorBiases: [GeneratorBias]? {
        guard !latency.hasFewSamples(beyond: 0.5), let mean = undelayed.meanMs else { return nil }
        var biases = [
            GeneratorBias(
                "mean", with: latency.meanMs, without: mean,
                upperMs: mean + (undelayed.meanErrorMs ?? 0))
        ]
        for (name, q) in LoadSummary.quantiles where !latency.hasFewSamples(beyond: q) {
            biases.append(
                GeneratorBias(
                    name, with: latency.quantileMs(q), without: undelayed.quantileMs(q),
                    upperMs: undelayed.upperQuantileMs(q)))
        }
        return biases.compactMap(\.self)
    }
}

extension LoadSummary {
    /// The number that the generator's own delay changes most; `nil` where it changes none.
    package var generatorBias: GeneratorBias? {
        guard plan.isOpenLoop else { return nil }
        return tally.generatorBiases?.max { $0.share < $1.share }
    }

    /// The same in percent, 0 where it changes none; `nil` in a closed loop and with too few
    /// successes.
    var generatorBiasPercent: Double? {
        guard plan.isOpenLoop, tally.generatorBiases != nil else { return nil }
        return (generatorBias?.share ?? 0) * 100
    }

    /// How much of the time the sending threads were at work; `nil` when none was started.
    package var sendingShare: Double? {
        let alive = result.alive.milliseconds
        return alive > 0 ? result.busy.milliseconds / alive : nil
    }

    /// Why the generator rather than the target may have been the limit; `nil` without such signs,
    /// and for a run in which no request ended.
    package var generatorLimit: String? {
        guard tally.total > 0 else { return nil }
        if let bias = generatorBias, bias.share > LoadLimits.maxGeneratorBias {
            let percent = NumberFormat.plain.fixed(bias.share * 100, digits: 1)
            let late = NumberFormat.grouped.latency(ms: bias.ms)
            return "requests were sent late, which makes \(bias.name) about \(late) (\(percent) %) "
                + "too high"
        }
        if let share = sendingShare, share > LoadLimits.maxSendingShare {
            let percent = NumberFormat.plain.fixed(share * 100, digits: 0)
            let each = result.busy.milliseconds / Double(max(1, result.sent))
            return "its \(plan.shards) sending \(plan.shards == 1 ? "thread was" : "threads were") "
                + "at work \(percent) % of the time, "
                + "\(NumberFormat.grouped.latency(ms: each)) for each request"
        }
        return nil
    }
}
