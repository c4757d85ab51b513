import TrackerIndexer
import TrackerLog

/// One metric of a group of runs, cut into slices of time for resampling.
struct ComparisonSamples {
    /// A slice of a run. `exposureS`: for how many seconds of it the run was active.
    struct Slot {
        var exposureS: Double
        /// Samples of either outcome.
        var attempts = 0.0
        var errors = 0.0
        /// Successes: number, sum and distribution. See `Aggregate.successes`.
        var count = 0.0
        var sum = 0.0
        var buckets: [BucketCount] = []

        init(exposureS: Double) { self.exposureS = exposureS }

        /// Samples without time of their own.
        init(_ aggregate: Aggregate) {
            exposureS = 0
            attempts = Double(aggregate.count)
            errors = Double(aggregate.errors)
            count = Double(aggregate.successes.count)
            sum = aggregate.successes.sum
            buckets = aggregate.successes.histogram.buckets
        }

        mutating func add(_ other: Slot) {
            exposureS += other.exposureS
            attempts += other.attempts
            count += other.count
            errors += other.errors
            sum += other.sum
            var histogram = Histogram(sorted: buckets)
            histogram.merge(Histogram(sorted: other.buckets))
            buckets = histogram.buckets
        }
    }

    /// Slices in order of time, one list for each run.
    private(set) var runs: [[Slot]] = []
    private(set) var slotMs = 0
    /// The samples of all runs.
    private(set) var total: Aggregate
    private(set) var seconds = 0.0
    /// Whether the values are those that tools reported, one for each run.
    private(set) var isReported = false
    /// Requests that the runs report; `nil` unless each of them does.
    private(set) var reportedRequests: ReportedRequests?
    /// In percent, by those counts; without them as reported.
    private var reportedErrorRate: Double?

    /// Of the samples of a metric, or else of what the runs report under its name.
    /// - Returns: `nil` when no run has either.
    init?(
        _ group: [RunSummary], metric: String, _ settings: ComparisonSettings = .init()
    ) {
        let found =
            Self(measuredIn: group, metric, settings) ?? Self(reportedBy: group, metric)
        guard let found else { return nil }
        self = found
    }

    private init?(
        measuredIn group: [RunSummary], _ metric: String, _ settings: ComparisonSettings
    ) {
        var totals: [Aggregate] = []
        for run in group {
            guard !WorkBudget.isOver(after: WorkLimits.stepsPerRun) else { return nil }
            guard var timeline = run.timeline(of: metric), timeline.total.count > 0 else {
                continue
            }
            if settings.includesFailures { timeline = timeline.withFailuresAmongSuccesses }
            totals.append(timeline.total)
            let slots = Self.slots(of: timeline, in: run)
            let work = timeline.buckets.reduce(0) {
                $0 + $1.aggregate.successes.histogram.buckets.count
            }
            guard !WorkBudget.isOver(after: work) else { return nil }
            runs.append(slots.slots)
            slotMs = max(slotMs, slots.widthMs)
            seconds += slots.slots.reduce(0) { $0 + $1.exposureS }
        }
        guard let total = Aggregate.merged(totals) else { return nil }
        self.total = total
    }

    private init?(reportedBy group: [RunSummary], _ metric: String) {
        let reporting = group.compactMap { run in
            run.reportedNumber(metric).map { (run, $0.value) }
        }
        let values = reporting.map { run, value in
            Aggregate(successes: Population(single: value))
        }
        guard let total = Aggregate.merged(values) else { return nil }
        self.total = total
        isReported = true
        runs = values.map { [Slot($0)] }
        // As reported, of whatever number it is: what is fast may be so because it failed.
        let rates = reporting.compactMap { $0.0.reportedNumber("error_rate")?.value }
        if rates.count == reporting.count {
            reportedErrorRate = rates.reduce(0, +) / Double(rates.count)
        }
        let requests = reporting.compactMap { $0.0.reportedRequests }
        guard requests.count == reporting.count else { return }
        let all = ReportedRequests(
            total: requests.reduce(0) { SaturatingCount.sum($0, $1.total) },
            failed: requests.reduce(0) { SaturatingCount.sum($0, $1.failed) })
        guard let rate = all.errorRatePercent else { return }
        reportedRequests = all
        reportedErrorRate = rate
    }

    /// Whether a reported metric is the error rate, which is compared in percentage points.
    static func isErrorRate(_ metric: String) -> Bool { metric.isExactly("error_rate") }

    /// Slices from the start of the run to its end, also those without samples: a stall is data.
    private static func slots(
        of timeline: MetricTimeline, in run: RunSummary
    ) -> (slots: [Slot], widthMs: Int) {
        let width = timeline.bucketWidthMs
        if timeline.isExcluded {
            // All of the run in one slice: its numbers are known, how they vary within it is not.
            var slot = Slot(timeline.total)
            slot.exposureS = Interval.totalMs(timeline.activity(in: run)) / 1_000
            return ([slot], width)
        }
        var slots: [Slot] = []
        var indexByStart: [Int: Int] = [:]
        for interval in timeline.activity(in: run) {
            // From the bucket of the start to the last one before the end; samples outside are
            // added below.
            var start = Int((interval.startMs / Double(width)).rounded(.down)) * width
            while Double(start) < interval.endMs {
                let overlap =
                    min(Double(start + width), interval.endMs)
                    - max(Double(start), interval.startMs)
                if let index = indexByStart[start] {
                    slots[index].exposureS += overlap / 1_000
                } else {
                    indexByStart[start] = slots.count
                    slots.append(Slot(exposureS: overlap / 1_000))
                }
                start += width
            }
        }
        for bucket in timeline.buckets where !slots.isEmpty {
            // Samples outside the slices, as after the end, are added to the last slice.
            let index = indexByStart[bucket.startMs] ?? slots.count - 1
            slots[index].add(Slot(bucket.aggregate))
        }
        // Samples that no bucket has count all the same.
        if slots.isEmpty {
            slots.append(Slot(timeline.total))
        } else if let undated = timeline.undated {
            slots[slots.count - 1].add(Slot(undated))
        }
        let factor = (slots.count + ComparisonLimits.maxSlots - 1) / ComparisonLimits.maxSlots
        return (coarsened(slots, by: factor), width * max(1, factor))
    }

    static func coarsened(_ slots: [Slot], by factor: Int) -> [Slot] {
        guard factor > 1 else { return slots }
        return stride(from: 0, to: slots.count, by: factor).map { start in
            var slot = slots[start]
            for next in slots[(start + 1)..<min(start + factor, slots.count)] { slot.add(next) }
            return slot
        }
    }

    /// Slices of the shortest run.
    var minSlots: Int { runs.map(\.count).min() ?? 0 }

    /// The number to show, before rounding; `nil` if it is undefined.
    func value(of statistic: Statistic) -> Double? {
        if isReported { return reportedValue(of: statistic) }
        if let q = statistic.quantile { return total.successes.quantile(q) }
        switch statistic {
        case .mean: return total.successes.mean
        case .perSecond: return seconds > 0 ? Double(total.succeeded) / seconds : nil
        default: return total.count > 0 ? 100 * Double(total.errors) / Double(total.count) : nil
        }
    }

    /// The mean of what the runs report; the error rate by its counts, else as reported.
    private func reportedValue(of statistic: Statistic) -> Double? {
        switch statistic {
        case .mean: total.successes.mean
        case .errorRate: reportedErrorRate
        default: nil
        }
    }

    /// Requests, and how many of them failed: behind the error rate.
    var requests: (total: Int, failed: Int)? {
        guard isReported else { return (total.count, total.errors) }
        return reportedRequests.map { ($0.total, $0.failed) }
    }

    /// The number of samples that the statistic is computed from: successes, but all samples for
    /// the error rate.
    func count(of statistic: Statistic) -> Int {
        if isReported, statistic == .errorRate, let reportedRequests {
            return reportedRequests.total
        }
        return statistic == .errorRate ? total.count : total.successes.count
    }

    /// Input of the seed, and of the check for the same data: equal data give equal bytes.
    var fingerprint: [UInt8] {
        var bytes: [UInt8] = []
        func add(_ word: UInt64) {
            for shift in stride(from: UInt64(0), to: 64, by: 8) {
                bytes.append(UInt8(truncatingIfNeeded: word >> shift))
            }
        }
        for run in runs {
            let work = run.reduce(0) { $0 + $1.buckets.count }
            guard !WorkBudget.isOver(after: work) else { break }
            add(UInt64(run.count))
            for slot in run {
                add(slot.sum.bitPattern)
                add(slot.attempts.bitPattern)
                add(slot.count.bitPattern)
                add(slot.errors.bitPattern)
                for bucket in slot.buckets {
                    add(UInt64(truncatingIfNeeded: bucket.bucket))
                    add(bucket.count)
                }
            }
        }
        return bytes
    }
}

extension MetricTimeline {
    /// With the times of failures among those of successes.
    fileprivate var withFailuresAmongSuccesses: MetricTimeline {
        func joined(_ aggregate: Aggregate) -> Aggregate {
            Aggregate(successes: aggregate.all, mixedErrors: aggregate.errors)
        }
        var timeline = self
        timeline.total = joined(total)
        timeline.undated = undated.map(joined)
        timeline.buckets = buckets.map {
            TimeBucket(startMs: $0.startMs, aggregate: joined($0.aggregate))
        }
        return timeline
    }
}
