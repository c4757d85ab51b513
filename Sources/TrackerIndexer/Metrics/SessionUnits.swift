import TrackerLog

/// One unit for each metric of a session: numbers of one dimension are converted to the unit with
/// the most samples. Those of different dimensions, and those without a unit, are kept apart.
struct SessionUnits {
    private(set) var notes: [UnitNote] = []

    /// - Parameter runs: of one session.
    init(uniting runs: inout [RunSummary]) {
        let found = Self.found(runs)
        for (metric, counts) in found.counts
        where counts.count > 1 || found.repeated.contains(metric) {
            unite(metric, counts, in: &runs)
        }
        notes.sort { ExactText($0.metric) < ExactText($1.metric) }
    }

    private typealias Counts = [ExactText: Int]

    /// Samples of each metric in each unit, an empty text being none; and metrics that a run has
    /// twice in one unit, because the unit of some samples was declared.
    private static func found(
        _ runs: [RunSummary]
    ) -> (counts: [ExactText: Counts], repeated: Set<ExactText>) {
        var counts: [ExactText: Counts] = [:]
        var repeated: Set<ExactText> = []
        for run in runs {
            var last: String?
            for timeline in run.timelines {
                let (metric, unit) = (ExactText(timeline.metric), ExactText(timeline.unit ?? ""))
                let known = counts[metric]?[unit] ?? 0
                counts[metric, default: [:]][unit] = SaturatingCount.sum(
                    known, timeline.total.count)
                if timeline.metric.isExactly(last) { repeated.insert(metric) }
                last = timeline.metric
            }
            // A series may have no curve.
            for series in run.series {
                let unit = ExactText(series.unit ?? "")
                counts[ExactText(series.metric), default: [:]][unit, default: 0] += 0
            }
        }
        return (counts, repeated)
    }

    private mutating func unite(
        _ metric: ExactText, _ counts: Counts, in runs: inout [RunSummary]
    ) {
        var shown: [String?] = []
        var converted: Set<ExactText> = []
        var unitOf: [ExactText: String?] = [:]
        let byCount = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        for unit in byCount.map(\.key) {
            let text = unit.text.isEmpty ? nil : unit.text
            let known = shown.first {
                UnitConversion(metric: metric.text, from: text, to: $0) != nil
            }
            if let known {
                unitOf[unit] = known
                if !unit.text.isEmpty, !unit.text.isExactly(known) { converted.insert(unit) }
            } else {
                // Numbers without a unit are in that of the name where others are converted to it.
                let others = counts.count > 1 ? MetricUnit.named(by: metric.text) : nil
                let first = text ?? others
                shown.append(first)
                unitOf[unit] = first
            }
        }
        for index in runs.indices { Self.convert(metric, unitOf, in: &runs[index]) }
        guard counts.count > 1 else { return }
        notes.append(
            UnitNote(metric: metric.text, shown: shown, converted: converted.sorted().map(\.text)))
    }

    private static func convert(
        _ metric: ExactText, _ unitOf: [ExactText: String?], in run: inout RunSummary
    ) {
        func unit(for unit: String?) -> String? { unitOf[ExactText(unit ?? "")] ?? unit }
        run.timelines = run.timelines.reduce(into: []) { all, timeline in
            guard metric.text.isExactly(timeline.metric) else { return all.append(timeline) }
            let wanted = unit(for: timeline.unit)
            guard
                let conversion = UnitConversion(
                    metric: metric.text, from: timeline.unit, to: wanted)
            else { return all.append(timeline) }
            let converted = conversion(timeline, unit: wanted)
            if let same = all.firstIndex(where: {
                metric.text.isExactly($0.metric) && $0.unit.isExactly(wanted)
            }) {
                all[same] = all[same].merged(with: converted)
            } else {
                all.append(converted)
            }
        }
        // The place of each unit and set of labels: there may be thousands.
        var places: [[Label]: Int] = [:]
        run.series = run.series.reduce(into: []) { all, series in
            guard metric.text.isExactly(series.metric) else { return all.append(series) }
            let wanted = unit(for: series.unit)
            let conversion = UnitConversion(metric: metric.text, from: series.unit, to: wanted)
            var series = series
            if let conversion {
                series.unit = wanted
                series.aggregate = conversion(series.aggregate)
            }
            let key = [Label("", series.unit ?? "")] + series.labels
            guard let same = places[key] else {
                places[key] = all.count
                return all.append(series)
            }
            let parts = [all[same].aggregate, series.aggregate]
            all[same].aggregate = Aggregate.merged(parts) ?? series.aggregate
        }
    }
}

extension MetricTimeline {
    /// Both together. The wider buckets count: those of the other one fit into them.
    fileprivate func merged(with other: MetricTimeline) -> MetricTimeline {
        var merged = self
        merged.bucketWidthMs = max(bucketWidthMs, other.bucketWidthMs)
        var parts: [Int: [Aggregate]] = [:]
        for bucket in buckets + other.buckets {
            let start = bucket.startMs / merged.bucketWidthMs * merged.bucketWidthMs
            parts[start, default: []].append(bucket.aggregate)
        }
        merged.buckets = parts.sorted { $0.key < $1.key }.compactMap { start, aggregates in
            Aggregate.merged(aggregates).map { TimeBucket(startMs: start, aggregate: $0) }
        }
        merged.total = Aggregate.merged([total, other.total]) ?? total
        merged.undated = Aggregate.merged([undated, other.undated].compactMap(\.self))
        return merged
    }
}
