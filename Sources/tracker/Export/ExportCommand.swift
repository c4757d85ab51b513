import ArgumentParser
import TrackerExport
import TrackerIndexer
import TrackerLog

/// `tracker export USER/SESSION…`: what was recorded, as files for other programs.
struct ExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write sessions or runs as a file for another program.",
        discussion: """
            FORMATS
              csv, ndjson            each sample; `tracker import` takes them back
              runs-csv, json         the numbers of each run and metric
              openmetrics            the same, as text for Prometheus
              hlog, hgrm             histograms of one metric, for HdrHistogram's tools
              sqlite, postgresql     the table local_test_runs, a row a run
              bencher, github-action-benchmark, github-action-benchmark-bigger
                                     numbers to follow from commit to commit; the last
                                     has those of which more is better

            docs/EXPORT.md says what each holds, what it lacks, and its units. Exit status: 0 \
            all was written, 1 some of the log could not be read, 2 failed.

            EXAMPLES
              tracker export ann/s1 --format csv -o s1.csv
              tracker export ann/s1#r1 --format hlog -o r1.hlog
              tracker export ann/s1 ann/s2 --format sqlite -o runs.db
              tracker export ann/s1 --format ndjson | zstd > s1.ndjson.zst
            """)

    @OptionGroup var data: DataOptions
    @OptionGroup var selected: SelectedRuns

    @Option(
        help: ArgumentHelp(
            "One of \(ExportFormat.allCases.map(\.rawValue).joined(separator: ", ")).",
            valueName: "name"))
    var format: String

    @Option(
        help: ArgumentHelp(
            "hlog and hgrm: the metric (default: the latency with the most samples).",
            valueName: "name"))
    var metric: String?

    @OptionGroup var file: OutputFileOptions

    func validate() throws {
        let format = try chosen
        if metric != nil, format != .hlog, format != .hgrm {
            throw ValidationError("--metric goes with --format hlog or hgrm")
        }
        if format.isBinary, file.isTerminal {
            throw ValidationError("the file is binary: name it with -o")
        }
    }

    private var chosen: ExportFormat {
        get throws {
            guard let format = ExportFormat(rawValue: format) else {
                let names = ExportFormat.allCases.map(\.rawValue).joined(separator: ", ")
                throw ValidationError("--format \(printable(format)): give one of \(names)")
            }
            return format
        }
    }

    func run() throws {
        try withFailures {
            let context = try data.resolve()
            let storage = try context.openForReading()
            try file.checkFree()
            let selection = try selected.find(context, in: storage)
            let format = try chosen
            var export: Export
            do throws(ExportError) {
                export = try Export(
                    selection, as: format, metric: metric, from: storage, now: .now)
            } catch {
                throw CommandFailure(printable("\(error)"))
            }
            try OutputFile.write(&export, to: file.output)
            let leftOut = export.leftOut
            for text in leftOut { printError("left out: \(printable(text))") }
            if !leftOut.isEmpty { throw ExitCode(1) }
        }
    }
}

extension Export: WrittenOutput {}
