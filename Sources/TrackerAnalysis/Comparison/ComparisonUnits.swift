import TrackerIndexer
import TrackerLog

/// Two groups with their metric in one unit: the one with the most samples.
package struct ComparisonUnits {
    package private(set) var a: ComparisonGroup
    package private(set) var b: ComparisonGroup
    let unit: String?
    /// Samples that were left out because their unit is not converted.
    private(set) var warnings: [String] = []

    /// - Throws: if the unit of a run cannot be converted.
    package init(
        _ metric: String, _ a: ComparisonGroup, _ b: ComparisonGroup
    ) throws(ComparisonError) {
        (self.a, self.b) = (a, b)
        var samples: [ExactText: Int] = [:]
        for timeline in (a.runs + b.runs).compactMap({ $0.timeline(of: metric) }) {
            let unit = ExactText(timeline.unit ?? "")
            samples[unit] = SaturatingCount.sum(samples[unit] ?? 0, timeline.total.count)
        }
        let most = samples.min { ($1.value, $0.key) < ($0.value, $1.key) }?.key.text ?? ""
        let reported = (a.runs + b.runs).lazy.compactMap { $0.reportedNumber(metric)?.unit }
        unit = samples.isEmpty ? reported.first : most.isEmpty ? nil : most
        for timeline in (a.runs + b.runs).compactMap({ $0.timeline(of: metric) })
        where UnitConversion(metric: metric, from: timeline.unit, to: unit) == nil {
            throw .unlikeUnits(
                metric: metric, a: Self.names(of: metric, a), b: Self.names(of: metric, b))
        }
        warnings += Self.leftOut(of: metric, "A", a) + Self.leftOut(of: metric, "B", b)
        convert(metric, &self.a)
        convert(metric, &self.b)
    }

    private func convert(_ metric: String, _ group: inout ComparisonGroup) {
        for index in group.runs.indices {
            guard let timeline = group.runs[index].timeline(of: metric),
                let conversion = UnitConversion(metric: metric, from: timeline.unit, to: unit)
            else { continue }
            group.runs[index].timelines.removeAll { $0.metric.isExactly(metric) }
            group.runs[index].timelines.append(conversion(timeline, unit: unit))
        }
    }

    private static func names(of metric: String, _ group: ComparisonGroup) -> String {
        group.runs.compactMap { $0.timeline(of: metric) }.map { $0.unit ?? "no unit" }
            .distinctSorted.joined(separator: " and ")
    }

    private static func leftOut(
        of metric: String, _ name: String, _ group: ComparisonGroup
    ) -> [String] {
        group.runs.flatMap { run in
            let kept = run.timeline(of: metric)?.unit
            return run.timelines.filter {
                $0.metric.isExactly(metric) && !$0.unit.isExactly(kept)
            }.map {
                "\(name): run \(run.run): \($0.total.count) samples of \(metric) in"
                    + " \($0.unit ?? "no unit") are left out: they are not converted to"
                    + " \(kept ?? "no unit")"
            }
        }
    }
}
