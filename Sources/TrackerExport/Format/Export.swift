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
            content = .percentiles(try HdrPercentileText(HdrChoice(selection, metric: metric)))
        case .hlog: content = .log(try HdrLogText(HdrChoice(selection, metric: metric)))
        case .sqlite: content = .whole(try LocalTestTable(selection).sqlite())
        case .postgresql: content = .postgresql(LocalTestTable(selection))
        case .githubActionBenchmark, .githubActionBenchmarkBigger:
            let isLessBetter = format == .githubActionBenchmark
            let json = try BenchmarkJSON(selection).githubActionBenchmark(
                isLessBetter: isLessBetter)
            content = .whole(Array((json.text + "\n").utf8))
        case .bencher:
            content = .whole(Array((try BenchmarkJSON(selection).bencher.text + "\n").utf8))
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
        texts += events.findings.regions.map {
            "\($0.file): \($0.length) bytes at \($0.offset) are damaged: \($0.reason.rawValue)"
        }
        if events.findings.badLines > 0 {
            texts.append("\(events.findings.badLines) lines of the log are no events")
        }
        if case .table(let table) = content, table.late > 0 {
            texts.append("\(table.late) samples were logged meanwhile: export again")
        }
        if case .log(let log) = content, log.leftOut > 0 {
            texts.append(
                "\(log.leftOut) values are negative or too large: HdrHistogram has none of these")
        }
        return texts
    }
}
