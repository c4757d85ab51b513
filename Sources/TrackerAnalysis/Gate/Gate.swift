import TrackerIndexer
package import TrackerLog

/// Whether new runs of a target are worse than reference runs by more than a limit.
package struct Gate: Sendable {
    package enum Outcome: String, Sendable, CaseIterable {
        /// `worse` where a limit is exceeded, also of a number of which nobody knows which way is
        /// better.
        case pass, worse, inconclusive
    }

    /// What the new runs are compared with.
    package enum Reference: Sendable, Hashable {
        /// The runs that were pinned last.
        case baseline
        /// The group of runs before the newest.
        case last
        /// All runs of a commit, by its first digits.
        case commit(String)
    }

    /// One number and its limit.
    package struct Line: Sendable {
        package var limit: GateLimit
        package var row: ComparisonRow
        package var outcome: Outcome
    }

    package var target: String
    package var reference: Reference
    package var candidates: [TargetRun]
    package var references: [TargetRun]
    /// Runs of the target since the oldest of the reference that a person left out.
    package var leftOut: [LeftOutRun]
    /// From the reference (A) to the new runs (B).
    package var comparison: Comparison
    package var lines: [Line]
    /// Why the gate is not green although no limit is exceeded.
    package private(set) var doubts: [GateDoubt] = []

    /// Whether more of the new requests failed than of the reference's. That fails a gate whatever
    /// its limits: the times of the rest say little.
    package var hasMoreFailures: Bool {
        guard !comparison.settings.includesFailures else { return false }
        let failures = comparison.failures
        return failures.verdict == .worse
            || (failures.b ?? 0) - (failures.a ?? 0) >= GateLimits.grossErrorPoints
    }

    /// Worse if any line is worse, or more requests failed; else inconclusive if any line is, or
    /// there is a doubt; else pass.
    package var outcome: Outcome {
        if hasMoreFailures { return .worse }
        let all = Set(lines.map(\.outcome))
        if all.contains(.worse) { return .worse }
        return all.contains(.inconclusive) || !doubts.isEmpty ? .inconclusive : .pass
    }

    /// - Parameters:
    ///   - limits: without any, the standard ones of the metric.
    ///   - since: runs that started earlier do not count as new.
    ///   - metric: `nil` takes the headline.
    ///   - maxAgeMs: older runs are judged, and not green; `nil` accepts any.
    package init(
        _ history: TargetHistory, against reference: Reference, limits: [GateLimit],
        metric: String? = nil, since: Timestamp = .epoch, runNoise: RunNoiseRule = .history,
        includesFailures: Bool = false, maxAgeMs: Double? = nil
    ) throws(GateError) {
        let unfinished: TargetRun?
        let uncounted: (references: UncountedRuns, candidates: UncountedRuns)
        do throws(TargetError) {
            let leftOut = try history.leftOut()
            do throws(TargetError) {
                (candidates, references) = try Self.choose(history, reference, since: since)
            } catch {
                guard case .noRuns(let what, let target, _) = error else { throw error }
                throw TargetError.noRuns(of: what, target, leftOut: leftOut.count)
            }
            unfinished = try history.newestUnfinished(after: candidates.newestStart ?? .epoch)
            uncounted = try Self.uncounted(history, reference, references, candidates, since: since)
            let oldest = references.compactMap(\.summary.judgedStart).min() ?? .epoch
            self.leftOut = leftOut.filter { ($0.started ?? .epoch) >= oldest }
        } catch {
            throw .target(error)
        }
        let a = Self.group(references, uncounted.references)
        let b = Self.group(candidates, uncounted.candidates)
        let chosen: String
        do throws(ComparisonError) {
            chosen = try Comparison.metric(a, b, wanted: metric)
        } catch {
            throw .comparison(error)
        }
        var settings = ComparisonSettings(metric: chosen)
        settings.runNoise = runNoise
        settings.includesFailures = includesFailures
        if Self.isReported(a, b, metric: chosen) {
            let found = try Self.reportedLines(limits, a, b, settings, history, metric: chosen)
            let rows = found.flatMap { line in line.comparison.rows.map { (line.limit, $0) } }
            lines = rows.map { Line(limit: $0, row: $1, outcome: Self.outcome($1, $0)) }
            guard let first = found.first else {
                throw .comparison(.noSamples(group: b.name, metric: chosen))
            }
            comparison = first.comparison
        } else {
            let limits = try Self.limits(limits, a, b, metric: chosen)
            settings.statistics = Statistic.allCases.filter { statistic in
                limits.contains { $0.statistic == statistic }
            }
            for limit in limits where limit.form == .change {
                settings.margins[limit.statistic] = limit.amount
            }
            comparison = try Self.compared(a, b, settings, history, metric: chosen)
            let rows = comparison.rows
            lines = limits.compactMap { limit in
                rows.first { $0.statistic == limit.statistic }.map {
                    Line(limit: limit, row: $0, outcome: Self.outcome($0, limit))
                }
            }
        }
        // Runs are not comparable if one had another load model, or counted latency differently.
        let unlike = comparison.differences.first {
            ["latency", "load_model"].contains($0.name) && $0.isOfBoth
        }
        if let unlike { throw .unlike(unlike) }
        target = history.target
        self.reference = reference
        doubts = doubts(newest: unfinished, maxAgeMs: maxAgeMs, now: .now)
    }

    /// Those that are given, checked; else the standard ones.
    private static func limits(
        _ given: [GateLimit], _ a: ComparisonGroup, _ b: ComparisonGroup, metric: String
    ) throws(GateError) -> [GateLimit] {
        let unit: String?
        do throws(ComparisonError) {
            unit = try ComparisonUnits(metric, a, b).unit
        } catch {
            throw .comparison(error)
        }
        let meaning = Comparison.meaning(of: metric, unit: unit, a, b)
        var resolved: [GateLimit] = []
        do throws(GateLimitError) {
            for limit in given {
                try limit.check(limit.statistic.better(of: meaning))
                resolved.append(try limit.resolved(metric: metric, unit: unit))
            }
        } catch {
            throw .limit(error)
        }
        if !resolved.isEmpty { return resolved }
        for group in [a, b] where !group.runs.contains(where: { $0.timeline(of: metric) != nil }) {
            throw .comparison(.noSamples(group: group.name, metric: metric))
        }
        guard let standard = GateLimit.standard(of: meaning) else {
            throw .unknownDirection(metric: metric, unit: unit)
        }
        return standard
    }

    static func compared(
        _ a: ComparisonGroup, _ b: ComparisonGroup, _ settings: ComparisonSettings,
        _ history: TargetHistory, metric: String
    ) throws(GateError) -> Comparison {
        var earlier = RunHistory([])
        do throws(TargetError) {
            if settings.runNoise == .history {
                earlier = try history.runHistory(metric: metric, for: [a, b])
            }
        } catch {
            throw .target(error)
        }
        do throws(ComparisonError) {
            return try Comparison(a, b, settings: settings, history: earlier)
        } catch {
            throw .comparison(error)
        }
    }

    /// The new runs are the newest group without runs of the reference.
    private static func choose(
        _ history: TargetHistory, _ reference: Reference, since: Timestamp
    ) throws(TargetError) -> (candidates: [TargetRun], references: [TargetRun]) {
        func isNew(_ run: TargetRun) -> Bool { (run.summary.judgedStart ?? .epoch) >= since }
        var references: [TargetRun] = []
        switch reference {
        case .baseline: references = try history.baseline()
        case .commit(let commit):
            // A commit may be measured again: the newest group is not part of the reference.
            let newest = try history.newestGroups(1).first?.filter(isNew) ?? []
            let found = try history.runs(
                ofCommit: commit, excluding: Set(newest.map { ExactText($0.name) }))
            guard !newest.isEmpty else { throw .noRuns(of: "a new measurement", history.target) }
            return (newest, found)
        case .last:
            let groups = try history.newestGroups(2)
            guard let newest = groups.first?.filter(isNew), !newest.isEmpty else {
                throw .noRuns(of: "a new measurement", history.target)
            }
            guard groups.count > 1 else {
                throw .noRuns(of: "an earlier session or commit", history.target)
            }
            return (newest, groups[1])
        }
        let pinned = Set(references.map { ExactText($0.name) })
        let candidates = try history.newestGroups(1, excluding: pinned).first?.filter(isNew) ?? []
        guard let newest = candidates.newestStart, newest > references.newestStart ?? .epoch
        else { throw .noRuns(of: "a measurement newer than the baseline", history.target) }
        return (candidates, references)
    }

    /// Runs of the groups' commits that have no good end. A baseline is the runs that were pinned.
    private static func uncounted(
        _ history: TargetHistory, _ reference: Reference, _ references: [TargetRun],
        _ candidates: [TargetRun], since: Timestamp
    ) throws(TargetError) -> (references: UncountedRuns, candidates: UncountedRuns) {
        let new = try history.uncounted(with: candidates, since: since)
        switch reference {
        case .baseline: return (UncountedRuns(), new)
        case .last: return (try history.uncounted(with: references), new)
        case .commit(let commit):
            let other = candidates.first?.key
            return (try history.uncounted(ofCommit: commit, besides: other), new)
        }
    }

    private static func group(_ runs: [TargetRun], _ uncounted: UncountedRuns) -> ComparisonGroup {
        let sessions = runs.map { "\($0.key.user)/\($0.key.session)" }.distinctSorted
        let name =
            runs.count == 1
            ? runs[0].name
            : sessions.prefix(3).joined(separator: ", ")
                + (sessions.count > 3 ? " and \(sessions.count - 3) more" : "")
        return ComparisonGroup(name: name, runs: runs.map(\.summary), uncounted: uncounted)
    }
}

/// Every limit of a gate in one place, with its reason.
enum GateLimits {
    /// So many percentage points more failures are a failure, whether or not a short run is enough
    /// to find them.
    static let grossErrorPoints = 10.0
}

/// Why a gate has no outcome.
package enum GateError: Error, Sendable, Hashable, CustomStringConvertible {
    case target(TargetError)
    case comparison(ComparisonError)
    case unlike(EnvironmentDifference)
    case limit(GateLimitError)
    case unknownDirection(metric: String, unit: String?)
    /// The numbers that both sides report.
    case notReported(limit: String, names: [String])

    package var description: String {
        switch self {
        case .target(let error): "\(error)"
        case .comparison(let error): "\(error)"
        case .limit(let error): "\(error)"
        case .unknownDirection(let metric, let unit):
            "neither the name nor the unit of \(metric)\(unit.map { " (\($0))" } ?? "") says which"
                + " way is better: say how far it may go, such as --max mean:+5% or --max mean:-5%"
        case .notReported(let limit, let names):
            "--max \"\(limit)\": these runs were reported, not measured, and do not have this"
                + " number; both sides report \(names.joined(separator: ", "))"
        case .unlike(let difference):
            "\(difference.name) is \(difference.a.joined(separator: ", ")) in one and"
                + " \(difference.b.joined(separator: ", ")) in the other: these are not compared"
        }
    }
}
