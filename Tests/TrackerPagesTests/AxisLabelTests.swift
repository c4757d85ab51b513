import Testing
import TrackerIndexer
import TrackerPages
import TrackerTestSupport

@Suite("Labels of axes") struct AxisLabelTests {
    /// The widest and the narrowest plot that each range is for.
    private static let ranges: [(AxisLabels.Width, Double, Double)] = [
        (.narrow, 150, 299), (.middle, 300, 599), (.wide, 600, 2_400),
    ]

    @Test(
        "none touch, at any width and over any time from 100 ms to a year",
        arguments: Array(1...60) as [UInt64])
    func free(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        func uniform() -> Double { Double(generator.next() >> 11) / Double(1 << 53) }
        // 100 ms to a year, by powers, in one to eight spans with breaks of any length.
        var activity: [Interval] = []
        var at = 1.7e12
        for _ in 0..<(1 + Int(uniform() * 8)) {
            var length = 100.0
            for _ in 0..<Int(uniform() * 12) { length *= 1 + 7.5 * uniform() }
            length = min(length, 365 * 86_400_000)
            activity.append(Interval(startMs: at, endMs: at + length))
            at += length + length * uniform() * 20
        }
        let ticks = TimeAxis(activity: activity).ticks.map { ($0.x, $0.label) }
        let places = AxisLabels.placed(ticks)
        for (width, narrowest, widest) in Self.ranges {
            for _ in 0..<20 {
                let pixels = narrowest + uniform() * (widest - narrowest)
                var end = -Double.infinity
                for (tick, place) in zip(ticks, places) where place.shownAt.contains(width) {
                    let (start, stop) = AxisLabels.extent(tick, place.anchor, pixels)
                    #expect(start > end, "seed \(seed), \(pixels) px, \(tick.1)")
                    end = stop
                }
            }
        }
        if !ticks.isEmpty { #expect(places.contains { $0.shownAt.count == 3 }, "seed \(seed)") }
    }
}
