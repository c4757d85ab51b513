import TrackerIndexer
package import TrackerLog

/// One export: what can be wrong with the choice shows before the first byte is written.
package struct Export {
    private enum Content {
        case table(EventTable)
        case lines(EventLines)
        case log(HdrLogText)
        case percentiles(HdrPercentileText)
        case whole([UInt8])
        case runs, json, openmetrics
        case postgresql(LocalTestTable)
    }

    private let selection: ExportSelection
    private var content: Content
    private var events: LoggedEvents
    /// Runs of which a file of one metric has nothing: its unit there is of another dimension.
    private var unlikeRuns = 0

    /// - Parameters:
    ///   - metric: of `hgrm` and `hlog`; `nil` takes the main metric.
    ///   - storage: where the lines of the log are.
    package init(
        _ selection: ExportSelection, as format: ExportFormat, metric: String? = nil,
        from storage: any Storage, now: Timestamp
    ) throws(ExportError) {
        self.selection = selection
        events = LoggedEvents(storage: storage, now: now)
        switch format {
        case .csv: content = .table(try EventTable(selection, of: events))
        case .ndjson: content = .lines(try EventLines(selection))
        case .runsCSV: content = .runs
        case .json: content = .json
        case .openmetrics: content = .openmetrics
        case .hgrm:
            let choice = try HdrChoice(selection, metric: metric)
            (content, unlikeRuns) = (
                .percentiles(try HdrPercentileText(choice)), choice.unlikeRuns
            )
        case .hlog:
            let choice = try HdrChoice(selection, metric: metric)
            (content, unlikeRuns) = (.log(try HdrLogText(choice)), choice.unlikeRuns)
        case .sqlite: content = .whole(try LocalTestTable(selection).sqlite())
        case .postgresql: content = .postgresql(LocalTestTable(selection))
        case .githubActionBenchmark, .githubActionBenchmarkBigger:
            let benchmark = try BenchmarkJSON(selection)
            unlikeRuns = benchmark.unlikeRuns
            let json = try benchmark.githubActionBenchmark(
                better: format == .githubActionBenchmark ? .lower : .higher)
            content = .whole(Array((json.text + "\n").utf8))
        case .bencher:
            let benchmark = try BenchmarkJSON(selection)
            unlikeRuns = benchmark.unlikeRuns
            content = .whole(Array((benchmark.bencher.text + "\n").utf8))
        }
    }

    package mutating func write(to sink: ExportSink) throws(StorageError) {
        switch content {
        case .table(var table):
            try table.write(of: &events, to: sink)
            content = .table(table)
        case .lines(let lines): try lines.write(of: &events, to: sink)
        case .log(var log):
            try log.write(to: sink)
            content = .log(log)
        case .percentiles(let percentiles): try percentiles.write(to: sink)
        case .whole(let bytes): try sink(bytes)
        case .runs: try RunTable().write(selection, to: sink)
        case .openmetrics: try OpenMetricsText().write(selection, to: sink)
        case .postgresql(let table): try table.writePostgreSQL(to: sink)
        case .json:
            for session in selection.sessions {
                let json = session.summary.json(withBuckets: true).text + "\n"
                try sink(Array(json.utf8))
            }
        }
    }

    /// What is not in the file although it was chosen, after writing.
    package var leftOut: [String] {
        var texts = events.findings.problems.map { "\($0)" }
        texts += unread.regions.map {
            "\($0.file): \($0.length) bytes at \($0.offset) are damaged: \($0.reason.rawValue)"
        }
        if unread.badLines > 0 {
            texts.append("\(unread.badLines) lines of the log are no events")
        }
        for session in selection.sessions {
            let health = session.summary.health
            if let lost = health.lost.text { texts.append("\(session.name): \(lost)") }
            if health.newerFrames > 0 {
                texts.append("\(session.name): \(health.newerFrames) frames need a newer tracker")
            }
        }
        if unlikeRuns > 0 {
            texts.append(
                "\(unlikeRuns) runs have the metric in a unit that is not converted to that of the"
                    + " newest")
        }
        if case .table(let table) = content, table.late > 0 {
            texts.append("\(table.late) samples were logged meanwhile: export again")
        }
        if case .log(let log) = content {
            if log.leftOut > 0 {
                texts.append(
                    "\(log.leftOut) values are negative or too large: HdrHistogram has none of"
                        + " these")
            }
            if log.undated > 0 {
                texts.append(
                    "\(log.undated) values are in no curve, or have an implausible time: --format"
                        + " hgrm has them")
            }
        }
        return texts
    }

    /// What of the log could not be read: by this export, or by the summary that it is made of.
    private var unread: (regions: [BadRegion], badLines: Int) {
        switch content {
        case .table, .lines: return (events.findings.regions, events.findings.badLines)
        default:
            let health = selection.sessions.map(\.summary.health)
            return (
                health.flatMap(\.badRegions),
                health.reduce(0) { SaturatingCount.sum($0, $1.badLineCount) }
            )
        }
    }
}
