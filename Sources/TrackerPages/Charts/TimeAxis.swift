package import TrackerIndexer

/// A time axis of 1,000 units, in which long idle periods shrink to a narrow break.
///
/// All spans have the same scale, so a session of three tests with a lunch break shows three tests
/// in which every second is equally wide:
///
/// ```text
/// time   09:00 === 09:05          12:00 ====== 12:10   12:30 == 12:32
/// axis   |<-- span -->|< break >|<------ span ------>|b|<- span ->|
/// ```
package struct TimeAxis: Sendable, Hashable {
    /// A period of activity, drawn to scale.
    package struct Span: Sendable, Hashable {
        package var interval: Interval
        package var startX: Double
        package var endX: Double
    }

    /// A labelled time.
    package struct Tick: Sendable, Hashable {
        package var x: Double
        package var label: String
    }

    package static let width = 1_000.0
    /// An idle period longer than this part of all activity becomes a break.
    private static let breakFromPart = 0.03
    /// The width of one break, and the maximum for all breaks together.
    private static let breakWidth = 14.0
    private static let allBreaksWidth = 200.0
    /// Labels closer than this would touch on a narrow screen.
    private static let labelWidth = 78.0

    package let spans: [Span]
    /// Number of periods of activity before the first span, left out because there were too many.
    package let hiddenSpans: Int

    /// - Parameter activity: periods of activity in any order; they may overlap.
    package init(activity: [Interval]) {
        let united = Interval.united(activity)
        let active = united.reduce(0) { $0 + $1.lengthMs }
        var periods: [Interval] = []
        for interval in united {
            if let last = periods.last,
                interval.startMs - last.endMs <= active * TimeAxis.breakFromPart
            {
                periods[periods.count - 1].endMs = interval.endMs
            } else {
                periods.append(interval)
            }
        }
        hiddenSpans = max(0, periods.count - ViewLimits.maxTimeSpans)
        periods.removeFirst(hiddenSpans)
        spans = TimeAxis.placed(periods)
    }

    /// The zero of elapsed times, in Unix milliseconds.
    package var originMs: Double { spans.first?.interval.startMs ?? 0 }

    /// The position of a time. A time inside a break is at the break's end, one outside of the axis
    /// at the nearest end.
    package func position(of unixMs: Double) -> Double {
        guard let index = spanIndex(at: unixMs) else { return 0 }
        let span = spans[index]
        guard span.interval.lengthMs > 0 else { return span.startX }
        let part = (unixMs - span.interval.startMs) / span.interval.lengthMs
        return span.startX + min(max(part, 0), 1) * (span.endX - span.startX)
    }

    /// Index of the span that contains a time, else of the next span, else of the last one.
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

    /// Round times since the origin, far enough apart to be readable.
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
                let x = position(of: originMs + atMs)
                let isNear = ticks.last.map { x - $0.x < TimeAxis.labelWidth } ?? false
                // The start of a span matters more than the end of the one before it.
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

    /// Steps that are round on a clock: seconds, minutes, hours, days.
    private static let stepsMs: [Double] = {
        let seconds: [Double] = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800]
        let hours: [Double] = [1, 2, 3, 6, 12, 24, 48, 168, 720, 8_760]
        return seconds.map { $0 * 1_000 } + hours.map { $0 * 3_600_000 }
    }()

    private static func placed(_ periods: [Interval]) -> [Span] {
        let breaks = Double(max(0, periods.count - 1))
        let breakWidth = breaks > 0 ? min(TimeAxis.breakWidth, allBreaksWidth / breaks) : 0
        let lengthMs = periods.reduce(0) { $0 + $1.lengthMs }
        let unitsPerMs = lengthMs > 0 ? (width - breaks * breakWidth) / lengthMs : 0
        var x = 0.0
        return periods.map { period in
            let span = Span(
                interval: period, startX: x, endX: x + period.lengthMs * unitsPerMs)
            x = span.endX + breakWidth
            return span
        }
    }
}
