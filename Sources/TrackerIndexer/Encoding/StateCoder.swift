import TrackerLog

/// A coder of session states, with the column kinds that only they have.
protocol StateCoder: ColumnCoder {
    /// Run, metric, unit and labels of a series.
    /// - Parameter known: the `SeriesKeyBytes` to write.
    /// - Returns: the key that was read; `nil` from a writer.
    mutating func key(_ known: UnsafeBufferPointer<UInt8>?) throws(ColumnError) -> SeriesKey?
    mutating func event(_ name: String, _ event: inout Event?) throws(ColumnError)
    mutating func sum(_ name: String, _ sum: inout ExactSum) throws(ColumnError)
    mutating func buckets(_ name: String, _ buckets: inout BucketCounts) throws(ColumnError)
    /// 32-bit numbers.
    mutating func hashes(_ name: String, _ hashes: inout [UInt32]) throws(ColumnError)
    /// Columns that repeat to the end of the row.
    mutating func rest(
        count: Int, _ body: (inout Self, Int) throws(ColumnError) -> Void
    ) throws(ColumnError)
    /// A named row that is already encoded as text.
    /// - Parameter body: codes the row. A writer does not call it, but appends `text`.
    mutating func row(
        _ name: String, text: [UInt8], _ body: (inout Self) throws(ColumnError) -> Void
    ) throws(ColumnError)
}

extension StateCoder {
    mutating func key(_ known: UnsafeBufferPointer<UInt8>?) throws(ColumnError) -> SeriesKey? {
        var (run, metric) = ("", "")
        var unit: String?
        var texts: [String] = []
        try text("run", &run)
        try text("metric", &metric)
        try text("unit", &unit)
        try self.texts("labels", &texts)
        try check("labels", texts.count % 2 == 0, "has a name without a value")
        let labels = stride(from: 0, to: texts.count - 1, by: 2).map {
            Label(texts[$0], texts[$0 + 1])
        }
        return SeriesKey(run: run, metric: metric, unit: unit, labels: labels)
    }

    mutating func accumulator(_ accumulator: inout Accumulator) throws(ColumnError) {
        try tally(&accumulator.successes)
        var mixed = Int(accumulator.mixedErrors)
        try count("mixed", &mixed)
        accumulator.mixedErrors = UInt64(mixed)
        try optionalRow(
            "failures", .positional, accumulator.hasFailures
        ) { coder throws(ColumnError) in
            try coder.tally(&accumulator.failures)
        }
    }

    private mutating func tally(_ tally: inout Tally) throws(ColumnError) {
        var count = Int(tally.count)
        try self.count("count", &count)
        tally.count = UInt64(count)
        try number("min", &tally.min, empty: .infinity)
        try number("max", &tally.max, empty: -.infinity)
        try sum("sum", &tally.sum)
        try buckets("buckets", &tally.buckets)
    }
}
