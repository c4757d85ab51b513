import TrackerLog

/// A metric with its unit and labels, whose values are counted: see `ImportOutput.series`.
package struct CountedSeries: Sendable, Hashable {
    let index: Int
}

/// Counts values in buckets, second by second, until the second is over.
///
/// What is written depends on the order of the values alone, not on how the bytes arrived.
struct OpenCounts {
    private struct SeriesKey: Hashable {
        var metric: String
        var unit: String?
        var labels: [Label]
    }

    private struct Key: Hashable {
        var second: Int64
        var series: CountedSeries
    }

    private struct Values {
        var key: Key
        var buckets = BucketTable()
        var count = 0
        var sum = 0.0
        var min = Double.infinity
        var max = -Double.infinity
    }

    private var seriesPlaces: [SeriesKey: CountedSeries] = [:]
    private var allSeries: [SeriesKey] = []
    /// By series: whether the run's list of what was measured has it.
    private var noted: [Bool] = []
    /// By series: where in `open` its last value was counted.
    private var lastPlaces: [Int] = []
    /// In the order of their first value.
    private var open: [Values] = []
    private var places: [Key: Int] = [:]
    private var newest: Int64?

    mutating func series(_ metric: String, unit: String?, labels: [Label]) -> CountedSeries {
        let key = SeriesKey(metric: metric, unit: unit, labels: labels)
        if let known = seriesPlaces[key] { return known }
        // The rest of a metric is counted together: its numbers stay, and so does the memory.
        if allSeries.count >= ImportLimits.maxCountedSeries, !labels.isEmpty {
            return series(metric, unit: unit, labels: [])
        }
        let new = CountedSeries(index: allSeries.count)
        seriesPlaces[key] = new
        allSeries.append(key)
        noted.append(false)
        lastPlaces.append(0)
        return new
    }

    func isNoted(_ series: CountedSeries) -> Bool { noted[series.index] }

    /// - Returns: its metric.
    mutating func note(_ series: CountedSeries) -> String {
        noted[series.index] = true
        return allSeries[series.index].metric
    }

    mutating func forgetNotes() { for index in noted.indices { noted[index] = false } }

    /// - Returns: what is over with this value's second.
    mutating func add(
        _ series: CountedSeries, _ value: Double, at time: Timestamp
    ) -> [Distribution] {
        // Times of requests: far within what an integer holds.
        let second = Int64(exactly: (time.milliseconds / 1e3).rounded(.down)) ?? 0
        var done: [Distribution] = []
        if newest.map({ second > $0 }) ?? true {
            newest = second
            done = take(before: second - ImportLimits.countsSlackSeconds)
        }
        if open.count >= ImportLimits.maxOpenCounts { done += takeAll() }
        let place = place(of: Key(second: second, series: series))
        open[place].buckets.add(Bucket.index(of: value))
        open[place].count += 1
        open[place].sum += value
        open[place].min = min(open[place].min, value)
        open[place].max = max(open[place].max, value)
        return done
    }

    /// Most values are of the same second as the last one of their series.
    @inline(__always)
    private mutating func place(of key: Key) -> Int {
        let last = lastPlaces[key.series.index]
        if last < open.count, open[last].key == key { return last }
        let place: Int
        if let known = places[key] {
            place = known
        } else {
            place = open.count
            places[key] = place
            open.append(Values(key: key))
        }
        lastPlaces[key.series.index] = place
        return place
    }

    mutating func takeAll() -> [Distribution] { take { _ in true } }

    private mutating func take(before second: Int64) -> [Distribution] {
        guard open.contains(where: { $0.key.second < second }) else { return [] }
        return take { $0.second < second }
    }

    private mutating func take(_ isDone: (Key) -> Bool) -> [Distribution] {
        let done = open.filter { isDone($0.key) }
        open.removeAll { isDone($0.key) }
        places.removeAll(keepingCapacity: true)
        for index in open.indices { places[open[index].key] = index }
        return done.compactMap(distribution)
    }

    private func distribution(_ values: Values) -> Distribution? {
        guard let time = Timestamp(milliseconds: Double(values.key.second) * 1e3) else {
            return nil
        }
        let series = allSeries[values.key.series.index]
        return Distribution(
            timestamp: time, metric: series.metric,
            histogram: values.buckets.histogram, count: values.count,
            sum: values.sum, min: values.min, max: values.max, durationMs: 1_000,
            unit: series.unit, labels: series.labels)
    }
}
