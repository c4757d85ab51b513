import TrackerLog

/// Lines of one section whose times are far from those of its other lines.
///
/// A few such lines among many are strays: a clock that jumped, a time that was mistyped. They must
/// not stretch the session by years. Which lines they are depends on the section alone, so that the
/// order of reading does not matter: a line that is more than `IndexLimits.plausibleLeadMs` away
/// from all lines before it waits until the section has been read. What happened when the section
/// was written is no stray.
///
/// ```
/// lines      ···············  ·  ················      one waits, and is a stray
/// lines      ···············     ···············       half of them wait, and none is
/// time       ├── a day ─────┤
/// ```
struct FarLines {
    struct Line {
        /// Within the frame's content, from 1.
        var number: Int
        /// Within the section's body.
        var range: Range<Int>
        var timestampMs: Double
    }

    /// Whether far lines wait.
    private(set) var isWatching = false
    /// By the header alone.
    private(set) var allowed = PlausibleTimes()
    /// Around the lines so far.
    private var near = EventSpan()
    private(set) var waiting: [Line] = []

    /// For a section of few lines, or of lines that come in pieces: none of them is far.
    init() {}

    /// - Parameter times: of the section's first lines.
    init(_ times: [Double], allowed: PlausibleTimes) {
        self.allowed = allowed
        let times = times.filter(allowed.contains).sorted()
        guard let first = times.first else { return }
        isWatching = true
        // The largest group without a gap, the earliest of several.
        var group = EventSpan()
        group.add(first)
        near = group
        for time in times.dropFirst() {
            if time - group.lastMs > IndexLimits.plausibleLeadMs { group = EventSpan() }
            group.add(time)
            if group.events > near.events { near = group }
        }
    }

    /// Times that are not far, given the span of the lines so far.
    mutating func plausible(firstMs: Double, lastMs: Double) -> PlausibleTimes {
        near.firstMs = min(near.firstMs, firstMs)
        near.lastMs = max(near.lastMs, lastMs)
        return allowed.around(near.firstMs, near.lastMs)
    }

    mutating func wait(_ line: Line) { waiting.append(line) }

    /// Whether the lines that wait are too many to be strays of any section.
    var isFull: Bool { waiting.count >= IndexLimits.maxStrayLines }

    /// Ends the waiting.
    /// - Parameter others: lines of the section that did not wait.
    /// - Returns: the lines that waited and are strays, and those that are not.
    mutating func end(others: Int) -> (strays: [Line], rest: [Line]) {
        defer { (waiting, isWatching) = ([], false) }
        let strays = waiting.filter { $0.timestampMs < allowed.writtenFromMs }
        let most = max(1, others / IndexLimits.linesForStray)
        guard !isFull, others >= IndexLimits.fewestLinesForStray, strays.count <= most else {
            return ([], waiting)
        }
        return (strays, waiting.filter { $0.timestampMs >= allowed.writtenFromMs })
    }
}
