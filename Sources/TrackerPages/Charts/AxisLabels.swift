/// Which labels of an axis fit beside each other, at each width that a plot may have.
package enum AxisLabels {
    /// Ranges of the width of a plot; the style sheet hides labels by them.
    package enum Width: String, CaseIterable, Sendable {
        case narrow, middle, wide

        /// The narrowest plot of the range, in pixels.
        package var pixels: Double {
            switch self {
            case .narrow: 150
            case .middle: 300
            case .wide: 600
            }
        }
    }

    package enum Anchor: Sendable { case start, middle, end }

    package struct Place: Sendable {
        package var anchor: Anchor
        package var shownAt: Set<Width>
    }

    /// The width of a character of a label, at most, and the least space between two labels.
    package static let characterPixels = 7.0
    package static let gapPixels = 6.0
    /// Labels this near to an end, in units of the axis, stand inside it.
    private static let edge = 12.0

    /// - Parameter ticks: from left to right, in units of `TimeAxis.width`.
    package static func placed(_ ticks: [(x: Double, label: String)]) -> [Place] {
        var places = ticks.map { Place(anchor: anchor($0.x), shownAt: []) }
        for width in Width.allCases {
            for index in fitting(ticks, places.map(\.anchor), width.pixels) {
                places[index].shownAt.insert(width)
            }
        }
        return places
    }

    private static func anchor(_ x: Double) -> Anchor {
        if x < edge { return .start }
        return x > TimeAxis.width - edge ? .end : .middle
    }

    /// Every label, every second, every third …: the first of these in which none touch.
    private static func fitting(
        _ ticks: [(x: Double, label: String)], _ anchors: [Anchor], _ pixels: Double
    ) -> [Int] {
        for step in 1...max(1, ticks.count) {
            let chosen = Array(stride(from: 0, to: ticks.count, by: step))
            var end = -Double.infinity
            let isFree = chosen.allSatisfy { index in
                let (start, stop) = extent(ticks[index], anchors[index], pixels)
                defer { end = stop + gapPixels }
                return start >= end
            }
            if isFree { return chosen }
        }
        return []
    }

    /// Where a label begins and ends, in pixels.
    package static func extent(
        _ tick: (x: Double, label: String), _ anchor: Anchor, _ pixels: Double
    ) -> (Double, Double) {
        let at = tick.x / TimeAxis.width * pixels
        let length = Double(tick.label.count) * characterPixels
        return switch anchor {
        case .start: (at, at + length)
        case .middle: (at - length / 2, at + length / 2)
        case .end: (at - length, at)
        }
    }
}
