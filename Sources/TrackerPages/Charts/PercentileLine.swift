package import TrackerIndexer
import TrackerLog

/// A percentile over time, each value with enough samples beyond it.
///
/// A column of the chart that has too few is taken together with its neighbours of the same span,
/// samples with samples: a value is never an average of percentiles. Where a span has too few in
/// all, it is one column, and said to have too few.
///
/// ```text
/// samples  │120│118│121│ … │120│119│          p99 needs 1,000
/// p50      │ 9 │ 9 │10 │ … │ 9 │ 9 │          each column has enough
/// p99      │        31         │              one column of nine seconds
/// ```
package struct PercentileLine: Sendable {
    package struct Column: Sendable {
        /// Those of the chart that are taken together.
        package var columns: Range<Int>
        package var interval: Interval
        /// Samples of which it is the percentile.
        package var n: Int
        package var value: Double
        /// Whether the whole span has too few.
        package var isFew: Bool

        package var isWide: Bool { columns.count > 1 }
    }

    package let quantile: Double
    package let columns: [Column]
    /// For each column of the chart the one that it is part of.
    private let places: [Int?]

    /// The line of each quantile.
    package static func all(_ quantiles: [Double], of columns: [TimeColumn]) -> [PercentileLine] {
        let values = columns.map { $0.aggregate?.successes ?? .none }
        let alone = values.map { $0.quantiles(quantiles) }
        return quantiles.enumerated().map { index, quantile in
            PercentileLine(quantile, columns, values) { alone[$0][index] }
        }
    }

    /// - Parameter alone: the quantile of a column that has samples.
    private init(
        _ quantile: Double, _ chart: [TimeColumn], _ values: [Population],
        alone: (Int) -> Double
    ) {
        var found: [Column] = []
        var places = [Int?](repeating: nil, count: chart.count)
        var from = 0
        while from < chart.count {
            let end = chart[from...].firstIndex { $0.span != chart[from].span } ?? chart.count
            let counts = values[from..<end].map(\.count)
            for range in NearestRank.ranges(of: counts, beyond: quantile) {
                let range = range.lowerBound + from..<range.upperBound + from
                let all = range.count == 1 ? nil : Population.merged(values[range])
                let value = all.map { $0.quantile(quantile) ?? 0 } ?? alone(range.lowerBound)
                let n = all?.count ?? values[range.lowerBound].count
                for index in range { places[index] = found.count }
                found.append(
                    Column(
                        columns: range,
                        interval: Interval(
                            startMs: chart[range.lowerBound].interval.startMs,
                            endMs: chart[range.upperBound - 1].interval.endMs),
                        n: n, value: value,
                        isFew: NearestRank.hasFewSamples(Double(n), beyond: quantile)))
            }
            from = end
        }
        self.quantile = quantile
        columns = found
        self.places = places
    }

    /// The column that one of the chart is part of; `nil` for one without samples that is not
    /// within a wide one.
    package func column(at index: Int) -> Column? { places[index].map { columns[$0] } }

    var name: String { QuantileMark.names.first { $0.1 == quantile }?.0 ?? "" }
}

extension PercentileLine.Column {
    /// What is told beside its value; `nil` where it is the column of the row, with enough samples.
    var note: String? {
        guard isWide || isFew else { return nil }
        // A column that is cut at its start has no length to tell.
        let length = interval.lengthMs
        return (length > 0 ? "of \(ClockText.wholeSeconds(length)), " : "")
            + "n \(NumberText.count(n))" + (isFew ? ", too few" : "")
    }
}
