package import TrackerIndexer
import TrackerLog

/// One metric of the watched processes over time, on the time axis of the latencies, with a line
/// for the target and one for the generator.
package struct ProcessCurve: Sendable {
    package struct Line: Sendable {
        /// `target` or `generator`.
        package var role: String
        /// Lines without a gap.
        package var pieces: [[(x: Double, value: Double)]]
        /// All readings merged.
        package var total: Population
    }

    package let title: String
    package let unit: String
    /// Of the labels of its axis.
    let axisUnit: String
    package let lines: [Line]
    package let highest: Double

    static let height = 56.0

    /// The drawn ones of the metrics that `tracker load` records.
    private static let kinds = [
        Kind(
            metric: "cpu_percent", title: "Processor", unit: "% of one core", axisUnit: "%",
            scale: 1),
        Kind(
            metric: "resident_bytes", title: "Memory", unit: "MB", axisUnit: "MB", scale: 1e-6),
    ]

    private struct Kind {
        var metric: String
        var title: String
        var unit: String
        var axisUnit: String
        var scale: Double
    }

    private static let roles = ["target", "generator"]
    /// The names of what is drawn.
    static let metrics = Set(
        roles.flatMap { role in kinds.map { name(of: role, $0) } }.map(ExactText.init))

    private static func name(of role: String, _ kind: Kind) -> String { "\(role).\(kind.metric)" }

    /// Readings further apart than this many column widths are not connected.
    private static let longestGap = 3.0

    /// The curves with data; empty when no process was watched.
    package static func all(_ runs: [RunSummary], axis: TimeAxis) -> [ProcessCurve] {
        kinds.compactMap { kind in
            let lines = roles.compactMap { role -> Line? in
                let timelines = runs.flatMap(\.timelines).filter {
                    $0.metric.isExactly(name(of: role, kind))
                }
                guard let total = Aggregate.merged(timelines.map(\.total))?.all else { return nil }
                let pieces = timelines.flatMap { self.pieces($0, axis: axis, scale: kind.scale) }
                return Line(role: role, pieces: pieces, total: total)
            }
            guard !lines.isEmpty else { return nil }
            return ProcessCurve(
                title: kind.title, unit: kind.unit, axisUnit: kind.axisUnit, lines: lines,
                highest: (lines.map(\.total.max).max() ?? 0) * kind.scale)
        }
    }

    /// Means of a timeline's buckets, split where the axis or the readings have a gap.
    private static func pieces(
        _ timeline: MetricTimeline, axis: TimeAxis, scale: Double
    ) -> [[(x: Double, value: Double)]] {
        let width = Double(timeline.bucketWidthMs)
        var pieces: [[(x: Double, value: Double)]] = []
        var last: (ms: Double, span: Int)?
        for bucket in timeline.buckets {
            let middleMs = Double(bucket.startMs) + width / 2
            guard let mean = bucket.aggregate.all.mean, let span = axis.spanIndex(at: middleMs),
                axis.spans[span].interval.startMs <= middleMs,
                middleMs <= axis.spans[span].interval.endMs + width
            else { continue }
            let isJoined = last.map {
                $0.span == span && middleMs - $0.ms <= max(width, 1_000) * longestGap
            }
            if isJoined != true { pieces.append([]) }
            pieces[pieces.count - 1].append((axis.position(of: middleMs), mean * scale))
            last = (middleMs, span)
        }
        return pieces
    }

    /// A description for screen readers.
    package var sentence: String {
        let parts = lines.map { line in
            let scale = line.total.max > 0 ? highest(of: line) / line.total.max : 1
            let mean = NumberText.value((line.total.mean ?? 0) * scale)
            return "\(line.role) \(mean) on average, \(NumberText.value(highest(of: line))) at most"
        }
        return "\(title), \(unit): \(parts.joined(separator: "; "))."
    }

    private func highest(of line: Line) -> Double {
        line.pieces.flatMap { $0 }.map(\.value).max() ?? 0
    }
}

extension HTMLWriter {
    /// A small plot below the latencies, with a line for each role.
    mutating func processPlot(_ curve: ProcessCurve) {
        raw("<p class=\"cap-y\">")
        text(curve.title)
        raw(" <small>")
        text(curve.unit)
        raw("</small></p><p class=\"sr\">")
        text(curve.sentence)
        raw("</p>")
        let height = ProcessCurve.height
        let scale = Scale.fromZero(to: curve.highest, height: height, ticks: 4)
        plot(height: height) { out in
            out.grid(scale, ticks: [], height: height)
            for line in curve.lines {
                var path = SVGPath()
                for piece in line.pieces {
                    path.polyline(piece.map { Point($0.x, scale.position(of: $0.value)) })
                }
                if line.role == "target" {
                    out.path("l99", path)
                } else {
                    out.path("l50", path)
                }
            }
        } labels: { out in
            out.valueLabels([0, scale.high], scale, height: height, unit: curve.axisUnit)
            let ends = curve.lines.compactMap { line in
                line.pieces.last?.last.map {
                    (
                        name: line.role, y: scale.position(of: $0.value),
                        isStrong: line.role == "target"
                    )
                }
            }
            out.endLabels(ends, height: height)
        }
    }
}
