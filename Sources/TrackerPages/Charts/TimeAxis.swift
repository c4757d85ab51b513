package import TrackerIndexer

/// Real time along a drawing of 1,000 units, in which long idle stretches shrink to a small break.
///
/// Within a span all is to one scale, which is the same in every span. So a session of three tests
/// with a lunch break shows three tests, and each second of them is equally wide.
package struct TimeAxis: Sendable, Hashable {
    /// A stretch that is drawn to scale.
    package struct Span: Sendable, Hashable {
        package var interval: Interval
        package var startX: Double
        package var endX: Double
    }

    /// A labelled moment.
    package struct Tick: Sendable, Hashable {
        package var x: Double
        package var label: String
    }

    package static let width = 1_000.0
    /// An idle stretch longer than this part of all activity becomes a break.
    private static let breakFromPart = 0.03
    /// The width of one break, and what all breaks may take together.
    private static let breakWidth = 14.0
    private static let allBreaksWidth = 200.0
    /// Labels nearer than this would touch on a narrow screen.
    private static let labelWidth = 78.0

    package let spans: [Span]
    /// Stretches of activity before the first span, left out because there were too many.
    package let hiddenSpans: Int

    /// - Parameter activity: when something was going on, in any order, may overlap.
    package init(activity: [Interval]) {
        let united = Interval.united(activity)
        let active = united.reduce(0) { $0 + $1.lengthMs }
        var stretches: [Interval] = []
        for interval in united {
            if let last = stretches.last,
                interval.startMs - last.endMs <= active * TimeAxis.breakFromPart
            {
                stretches[stretches.count - 1].endMs = interval.endMs
            } else {
                stretches.append(interval)
            }
        }
        hiddenSpans = max(0, stretches.count - ViewLimits.maxTimeSpans)
        stretches.removeFirst(hiddenSpans)
        spans = TimeAxis.placed(stretches)
    }

    /// Where time counts from, in Unix milliseconds.
    package var originMs: Double { spans.first?.interval.startMs ?? 0 }

    /// Where a moment is; one inside a break is at the break's end, one outside at the nearest end.
    package func place(_ unixMs: Double) -> Double {
        guard let index = spanIndex(at: unixMs) else { return 0 }
        let span = spans[index]
        guard span.interval.lengthMs > 0 else { return span.startX }
        let part = (unixMs - span.interval.startMs) / span.interval.lengthMs
        return span.startX + min(max(part, 0), 1) * (span.endX - span.startX)
    }

    /// The span that a moment is in, or else the next one; the last one when there is none.
    package func spanIndex(at unixMs: Double) -> Int? {
        guard !spans.isEmpty else { return nil }
        var low = 0
        var high = spans.count - 1
        while low < high {
            let middle = (low + high) / 2
            if spans[middle].interval.endMs < unixMs { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Round times since the origin, far enough apart to be read.
    package var ticks: [Tick] {
        guard let first = spans.first(where: { $0.interval.lengthMs > 0 }) else { return [] }
        let unitsPerMs = (first.endX - first.startX) / first.interval.lengthMs
        let stepMs =
            TimeAxis.stepsMs.first { $0 * unitsPerMs >= TimeAxis.labelWidth }
            ?? TimeAxis.width / unitsPerMs
        var ticks: [Tick] = []
        var lastIsFirstOfSpan = false
        for span in spans {
            let fromMs = span.interval.startMs - originMs
            let toMs = span.interval.endMs - originMs
            var atMs = (fromMs / stepMs).rounded(.up) * stepMs
            if atMs > toMs { atMs = fromMs }
            var isFirst = true
            while atMs <= toMs {
                let x = place(originMs + atMs)
                let isNear = ticks.last.map { x - $0.x < TimeAxis.labelWidth } ?? false
                // Where a span begins says more than where the one before it ends.
                if isNear && isFirst && !lastIsFirstOfSpan { ticks.removeLast() }
                if !isNear || (isFirst && !lastIsFirstOfSpan) {
                    ticks.append(Tick(x: x, label: ClockText.elapsed(atMs)))
                    lastIsFirstOfSpan = isFirst
                }
                isFirst = false
                atMs += stepMs
            }
        }
        return ticks
    }

    /// Steps that a clock knows: seconds, minutes, hours, days.
    private static let stepsMs: [Double] = {
        let seconds: [Double] = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800]
        let hours: [Double] = [1, 2, 3, 6, 12, 24, 48, 168, 720, 8_760]
        return seconds.map { $0 * 1_000 } + hours.map { $0 * 3_600_000 }
    }()

    private static func placed(_ stretches: [Interval]) -> [Span] {
        let breaks = Double(max(0, stretches.count - 1))
        let breakWidth = breaks > 0 ? min(TimeAxis.breakWidth, allBreaksWidth / breaks) : 0
        let lengthMs = stretches.reduce(0) { $0 + $1.lengthMs }
        let unitsPerMs = lengthMs > 0 ? (width - breaks * breakWidth) / lengthMs : 0
        var x = 0.0
        return stretches.map { stretch in
            let span = Span(
                interval: stretch, startX: x, endX: x + stretch.lengthMs * unitsPerMs)
            x = span.endX + breakWidth
            return span
        }
    }
}
