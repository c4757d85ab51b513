import TrackerLog

extension SessionSummary {
    /// What it takes in memory, about.
    var memoryBytes: Int {
        runs.reduce(edits.reduce(0) { $0 + $1.text.utf8.count }) { $0 + $1.memoryBytes }
    }
}

extension RunSummary {
    fileprivate var memoryBytes: Int {
        var bytes = params.detailBytes + environment.detailBytes + (reported?.detailBytes ?? 0)
        for series in series { bytes += series.aggregate.memoryBytes }
        for timeline in timelines {
            bytes += timeline.total.memoryBytes
            for bucket in timeline.buckets { bytes += bucket.aggregate.memoryBytes }
        }
        return bytes
    }
}

extension Aggregate {
    fileprivate var memoryBytes: Int {
        let buckets = successes.histogram.buckets.count + failures.histogram.buckets.count
        return MemoryLayout<Aggregate>.stride + buckets * MemoryLayout<BucketCount>.stride
    }
}
