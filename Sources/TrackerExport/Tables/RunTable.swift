import TrackerImport
import TrackerIndexer
import TrackerLog

/// CSV of runs: a row for each metric of a run, all labels together, and for each number that a
/// tool reported.
struct RunTable {
    private static let columns = [
        "session", "session_name", "run", "test", "target", "commit", "state", "started",
        "finished", "source", "metric", "unit", "count", "errors", "error_rate_percent",
        "succeeded_per_second", "mean", "min", "p50", "p90", "p95", "p99", "p99.9", "max",
        "reported_value",
    ]
    private static let quantiles = [0.5, 0.9, 0.95, 0.99, 0.999]

    func write(
        _ selection: ExportSelection, to sink: ExportSink
    ) throws(StorageError) {
        var buffer = PieceBuffer()
        try buffer.add({ $0 += Array((Self.columns.joined(separator: ",") + "\r\n").utf8) }, sink)
        for (session, run) in selection.runs {
            let facts: [Cell] = [
                .text(session.name), .text(session.summary.name), .text(run.run),
                .text(run.test), .text(run.target), .text(run.commit), .text(run.state.rawValue),
                .text(run.started?.description), .text(run.finished?.description),
            ]
            for timeline in run.timelines {
                try buffer.add({ row(facts + measured(timeline, of: run), &$0) }, sink)
            }
            for number in run.reportedNumbers {
                try buffer.add({ row(facts + reported(number), &$0) }, sink)
            }
        }
        try buffer.flush(sink)
    }

    private enum Cell {
        case text(String?)
        case number(Double?)
        case count(Int)
    }

    private func measured(_ timeline: MetricTimeline, of run: RunSummary) -> [Cell] {
        let (total, values) = (timeline.total, timeline.total.successes)
        let share = total.count > 0 ? 100 * Double(total.errors) / Double(total.count) : nil
        let head: [Cell] = [
            .text("measured"), .text(timeline.metric), .text(timeline.unit), .count(total.count),
            .count(total.errors), .number(share), .number(timeline.perSecond(in: run)),
            .number(values.mean), .number(values.count > 0 ? values.min : nil),
        ]
        let middle = Self.quantiles.map { Cell.number(values.quantile($0)) }
        return head + middle + [.number(values.highest), .text(nil)]
    }

    private func reported(_ number: ReportedNumber) -> [Cell] {
        let head: [Cell] = [.text("reported"), .text(number.name), .text(number.unit)]
        return head + Array(repeating: .text(nil), count: 12) + [.number(number.value)]
    }

    private func row(_ cells: [Cell], _ bytes: inout [UInt8]) {
        for (index, cell) in cells.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            switch cell {
            case .text(let text): CellText.append(text, to: &bytes)
            case .count(let count): bytes += Array(String(count).utf8)
            case .number(let number):
                if let number, number.isFinite { JSONValue.double(number).write(to: &bytes) }
            }
        }
        bytes += Array("\r\n".utf8)
    }
}

extension MetricTimeline {
    /// Successes per second of the run's activity; `nil` where it had none.
    func perSecond(in run: RunSummary) -> Double? {
        let lengthMs = Interval.totalMs(activity(in: run))
        return lengthMs > 0 ? Double(total.succeeded) * 1_000 / lengthMs : nil
    }
}
