import TrackerIndexer
import TrackerLog

#if canImport(Glibc)
    import Glibc
#endif

/// How many samples of each time had which value, computed for drawing: the darker a cell, the
/// larger the share of its column.
package struct HeatMap: Sendable {
    /// Shades; a cell with a sample has at least the lightest.
    package static let levels = 7
    /// Rows of values.
    static let rows = 128
    /// Columns at most: two pixels each on a wide screen.
    static let maxColumns = 480
    /// Bytes of the drawing; with more, columns are drawn together by twos.
    package static let maxBytes = 44 << 10

    /// The columns between two breaks of the axis.
    package struct Piece: Sendable {
        package var startX: Double
        package var endX: Double
        /// Columns side by side.
        package var columns: Int
        /// A path for each level, the lightest first: a line along the middle of a row for each
        /// stretch of cells of that level.
        package var paths: [SVGPath]
    }

    package let pieces: [Piece]
    /// The width of a cell; the largest where they differ.
    package let columnMs: Double

    package init(_ chart: TimeChart) {
        var together = max(1, (chart.points.count + Self.maxColumns - 1) / Self.maxColumns)
        var pieces = Self.pieces(chart, together: together)
        while Self.bytes(pieces) > Self.maxBytes, together < chart.points.count {
            together *= 2
            pieces = Self.pieces(chart, together: together)
        }
        self.pieces = pieces
        columnMs = chart.columns.columnMs * Double(together)
    }

    private static func bytes(_ pieces: [Piece]) -> Int {
        pieces.reduce(0) { $0 + $1.paths.reduce(0) { $0 + $1.bytes.count } }
    }

    /// Rows of one column, each with its number of samples.
    private typealias Column = [Int: UInt64]

    private static func pieces(_ chart: TimeChart, together: Int) -> [Piece] {
        var cells: [(span: Int, columns: [Column])] = []
        var countOfPiece = 0
        for point in chart.points {
            if cells.last?.span != point.column.span {
                cells.append((point.column.span, []))
                countOfPiece = 0
            }
            let last = cells.count - 1
            if countOfPiece % together == 0 { cells[last].columns.append([:]) }
            countOfPiece += 1
            guard let values = point.column.aggregate?.successes else { continue }
            for bucket in values.histogram.buckets {
                let value = min(max(Bucket.middle(of: bucket.bucket), values.min), values.max)
                let row = Self.row(of: value, chart.valueScale)
                cells[last].columns[cells[last].columns.count - 1][row, default: 0] += bucket.count
            }
        }
        let shares = cells.flatMap(\.columns).map(Self.highestShare)
        let highest = shares.max() ?? 1
        return cells.map { span, columns in
            let place = chart.columns.axis.spans[span]
            return Piece(
                startX: place.startX, endX: place.endX, columns: columns.count,
                paths: paths(columns, highest: highest))
        }
    }

    /// From 0, the top.
    private static func row(of value: Double, _ scale: Scale) -> Int {
        let part = scale.position(of: value) / TimeChart.valueHeight
        return min(rows - 1, max(0, Int(part * Double(rows))))
    }

    private static func highestShare(_ column: Column) -> Double {
        let total = column.values.reduce(0.0) { $0 + Double($1) }
        return total > 0 ? Double(column.values.max() ?? 0) / total : 0
    }

    /// Logarithmic, so that one sample of a thousand is seen beside the many.
    private static func level(share: Double, highest: Double) -> Int {
        let decades = log10(max(highest, 1e-9) / max(share, 1e-9))
        return max(0, min(levels - 1, levels - 1 - Int(decades * levelsPerDecade)))
    }

    private static let levelsPerDecade = 2.0

    private static func paths(_ columns: [Column], highest: Double) -> [SVGPath] {
        // The level of each cell with a sample, row by row.
        let width = columns.count
        var grid = [UInt8?](repeating: nil, count: rows * width)
        for (x, column) in columns.enumerated() {
            let total = column.values.reduce(0.0) { $0 + Double($1) }
            for (row, count) in column {
                grid[row * width + x] = UInt8(
                    level(share: Double(count) / total, highest: highest))
            }
        }
        var paths = [SVGPath](repeating: SVGPath(), count: levels)
        for row in 0..<rows {
            var x = 0
            while x < width {
                let level = grid[row * width + x]
                var end = x + 1
                while end < width, grid[row * width + end] == level { end += 1 }
                if let level { paths[Int(level)].stretch(x, row, length: end - x) }
                x = end
            }
        }
        return paths
    }
}
