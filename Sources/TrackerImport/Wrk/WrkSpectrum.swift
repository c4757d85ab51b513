import TrackerLog

/// The detailed percentile spectrum of wrk2: how many times were at most so long.
struct WrkSpectrum: Sendable, Hashable {
    struct Point: Sendable, Hashable {
        var ms: Double
        /// 0 to 1, as text: `0.500000`.
        var share: String
        var count: Int
    }

    private(set) var points: [Point] = []
    /// Of the lines below the points.
    var mean: Double?
    var max: Double?
    var total: Int?

    var isEmpty: Bool { points.isEmpty }

    /// - Returns: whether it is a row of it: value, share, count, and 1/(1 - share).
    mutating func read(_ text: String) -> Bool {
        let cells = text.split(separator: " ")
        guard cells.count == 4, let ms = DecimalText.number(cells[0]), ms >= 0,
            let share = DecimalText.number(cells[1]), (0...1).contains(share),
            let count = Int(cells[2]), count >= points.last?.count ?? 0,
            ms >= points.last?.ms ?? 0, points.count < ImportLimits.maxSpectrumPoints
        else { return false }
        points.append(Point(ms: ms, share: String(cells[1]), count: count))
        return true
    }

    /// `#[Mean    =   6.602, StdDeviation   =  1.919]`.
    mutating func readFooter(_ text: String) -> Bool {
        guard text.hasPrefix("#["), text.hasSuffix("]") else { return false }
        for part in text.dropFirst(2).dropLast().split(separator: ",") {
            let sides = part.split(separator: "=").map { String($0).trimmedBlanks }
            guard sides.count == 2, let value = DecimalText.number(sides[1]) else { continue }
            switch sides[0] {
            case "Mean": mean = value
            case "Max": max = value
            case "Total count": total = Int(exactly: value)
            default: break
            }
        }
        return true
    }

    /// Each count is put at the end of its step, where the spectrum is exact: a percentile of it is
    /// at most one step too long, and never too short.
    func distribution(
        _ metric: String, at time: Timestamp, durationMs: Double?
    ) -> Distribution? {
        guard let first = points.first, let last = points.last, last.count > 0 else { return nil }
        var counts: [Int32: UInt64] = [:]
        var (before, sum) = (0, 0.0)
        for point in points where point.count > before {
            let more = point.count - before
            counts[Bucket.index(of: point.ms), default: 0] += UInt64(more)
            sum += point.ms * Double(more)
            before = point.count
        }
        if let mean, total == last.count { sum = mean * Double(last.count) }
        // The last value is the end of a bucket, and may lie beyond the longest time.
        let longest = max.map { Swift.min($0, last.ms) } ?? last.ms
        return Distribution(
            timestamp: time, metric: metric,
            histogram: counts.map { BucketCount(bucket: $0.key, count: $0.value) }
                .sorted { $0.bucket < $1.bucket },
            count: last.count, sum: sum, min: Swift.min(first.ms, longest), max: longest,
            durationMs: durationMs, unit: "ms")
    }
}
