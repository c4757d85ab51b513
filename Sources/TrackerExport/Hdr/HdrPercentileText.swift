import Glibc
import TrackerIndexer
import TrackerLog

/// Percentiles as HdrHistogram prints them (`.hgrm`), of the successes of all chosen runs together:
/// times in milliseconds, everything else in the unit of the log.
struct HdrPercentileText {
    private let choice: HdrChoice
    private let all: Population

    init(_ choice: HdrChoice) throws(ExportError) {
        let totals = choice.curves.map(\.timeline.total)
        guard let all = Aggregate.merged(totals)?.successes, all.count > 0 else {
            throw .nothing("all requests failed: there are no successes to write")
        }
        (self.choice, self.all) = (choice, all)
    }

    func write(to sink: ExportSink) throws(StorageError) {
        var text = "       Value     Percentile TotalCount 1/(1-Percentile)\n\n"
        for row in rows(all) {
            text +=
                FixedText.text(row.value * factor, places: 6, width: 12) + " "
                + FixedText.text(row.share, places: 12, width: 14) + " "
                + FixedText.pad(String(row.count), 10)
            if row.share < 1 {
                text += " " + FixedText.text(1 / (1 - row.share), places: 2, width: 14)
            }
            text += "\n"
        }
        let deviation = FixedText.text(deviation(all) * factor, places: 6, width: 12)
        text +=
            "#[Mean    = \(FixedText.text((all.mean ?? 0) * factor, places: 6, width: 12)),"
            + " StdDeviation   = \(deviation)]\n"
            + "#[Max     = \(FixedText.text(all.max * factor, places: 6, width: 12)),"
            + " Total count    = \(FixedText.pad(String(all.count), 12))]\n"
            + "#[Metric  = \(VisibleText.escaped(choice.metric)), values in"
            + " \(VisibleText.escaped(unit))]\n"
        try sink(Array(text.utf8))
    }

    private var isTime: Bool { choice.scale?.name == "nanoseconds" }
    /// Whoever reads such a file takes its times for milliseconds.
    private var factor: Double { isTime ? (choice.scale?.factor ?? 1) / 1e6 : 1 }
    private var unit: String { isTime ? "ms" : choice.unit ?? "no unit" }

    private struct Row {
        var value: Double
        var share: Double
        var count: UInt64
    }

    /// At each fifth of the way from one halving of the rest to the next.
    private func rows(_ all: Population) -> [Row] {
        var rows: [Row] = []
        let total = all.histogram.count
        var (percent, seen) = (0.0, UInt64(0))
        for bucket in all.histogram.buckets {
            seen += bucket.count
            let value = middle(of: bucket, all)
            let reached = 100 * Double(seen) / Double(total)
            while percent <= reached, percent < 100 {
                // What is beyond the last rank is the largest value alone.
                guard seen < total else { break }
                rows.append(Row(value: value, share: percent / 100, count: seen))
                let halvings = floor(log2(100 / (100 - percent))) + 1
                percent += 100 / (Double(ExportLimits.percentileTicks) * exp2(halvings))
            }
        }
        return rows + [Row(value: all.max, share: 1, count: total)]
    }

    /// The extremes are known better than by their buckets.
    private func middle(of bucket: BucketCount, _ all: Population) -> Double {
        min(max(Bucket.middle(of: bucket.bucket), all.min), all.max)
    }

    private func deviation(_ all: Population) -> Double {
        let mean = all.mean ?? 0
        let squares = all.histogram.buckets.reduce(0.0) { sum, bucket in
            let away = middle(of: bucket, all) - mean
            return sum + away * away * Double(bucket.count)
        }
        return sqrt(squares / Double(all.histogram.count))
    }
}
