import TrackerLog

/// Does the same short calculation again and again. On a quiet machine each takes the same time,
/// whatever the system knows of its neighbours.
package enum HostProbe {
    package static func findings() -> [QuietFinding] { QuietCheck.probe(run()) }

    /// - Returns: how long each took, in milliseconds. Takes a fifth of a second.
    package static func run() -> [Double] {
        var times: [Double] = []
        // How much work a millisecond is: the best of some, which nobody disturbed.
        let trial = 20_000
        let best = (0..<20).map { _ in time(of: trial) }.min() ?? 1
        let rounds = max(1, Int(Double(trial) * QuietLimits.probeMs / max(best, 1e-6)))
        for _ in 0..<QuietLimits.probes { times.append(time(of: rounds)) }
        return times
    }

    private static func time(of rounds: Int) -> Double {
        let begin = ContinuousClock.now
        var value: UInt64 = 1
        // Each step needs the one before: no compiler and no processor can shorten it.
        for _ in 0..<rounds {
            value = value &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        }
        let end = ContinuousClock.now
        // Never true, but only the calculation knows.
        return value == 0 ? 0 : (end - begin).milliseconds
    }
}

extension QuietCheck {
    /// Of how long the same calculation took each time.
    package static func probe(_ times: [Double]) -> [QuietFinding] {
        let sorted = times.sorted()
        guard sorted.count > 3, sorted[0] > 0 else { return [] }
        func quantile(_ q: Double) -> Double { sorted[Int(q * Double(sorted.count - 1))] }
        var findings: [QuietFinding] = []
        let median = quantile(0.5)
        let gaps = sorted.filter { $0 > median + QuietLimits.gapMs }
        if Double(gaps.count) > QuietLimits.gapShare * Double(sorted.count), let longest = gaps.last
        {
            findings.append(
                QuietFinding(
                    .gaps,
                    "\(number.count(gaps.count)) of \(number.count(sorted.count)) calculations of "
                        + "\(number.latency(ms: median)) were stopped, for up to "
                        + number.latency(ms: longest - median)))
        }
        let spread = (quantile(0.75) - quantile(0.25)) / median
        if spread > QuietLimits.speedSpread {
            findings.append(
                QuietFinding(
                    .speed, "the same calculation took \(percent(spread)) more or less each time"))
        }
        return findings
    }
}
