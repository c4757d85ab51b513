/// What tools print for people where they have a file for programs: named, so that the error says
/// which option writes it.
enum PrintedReport: RefusedFormat {
    static let name = "a report printed for people"
    static let tool = "any"
    static let lacks: [String] = []
    static let reason = "it has rounded numbers, and the tool writes a better file"
    static let advice = "docs/IMPORT.md has a command for each tool."

    private struct Kind {
        let format: String
        /// Beginnings of lines, which all have to be there.
        let lines: [String]
        let command: String
    }

    private static let kinds = [
        Kind(
            format: "table that autocannon prints", lines: ["│ Stat", "│ Latency"],
            command: "autocannon -j URL > results.json"),
        Kind(
            format: "report that ghz prints", lines: ["Count:", "Requests/sec:", "Fastest:"],
            command: "ghz -O json … > results.json"),
        Kind(
            format: "table that Locust prints", lines: ["Type     Name", "--------|"],
            command: "locust … --csv results, or --json-file results"),
        Kind(
            format: "result of autocannon that Node prints", lines: ["latency: {", "non2xx:"],
            command: "autocannon -j URL > results.json, or JSON.stringify(result)"),
        Kind(
            format: "report that Fortio prints", lines: ["# target 50%"],
            command: "fortio load -json results.json URL"),
        Kind(
            format: "report that Fortio prints", lines: ["Fortio ", "All done "],
            command: "fortio load -json results.json URL"),
        Kind(
            format: "numbers of Gatling's pages", lines: ["var stats = {"],
            command: "simulation.log, as it does for each run"),
        Kind(
            format: "report that Gatling prints",
            lines: ["---- Global Information", "> request count"],
            command: "simulation.log, as it does for each run"),
        Kind(
            format: "histogram of vegeta", lines: ["Bucket  ", "[0"],
            command: "vegeta report -type=json results.bin > report.json"),
        Kind(
            format: "table that Google Benchmark prints", lines: ["Benchmark  ", "Run on ("],
            command: "PROGRAM --benchmark_out=results.json"),
        Kind(
            format: "table that Google Benchmark prints", lines: ["Benchmark  ", "-----"],
            command: "PROGRAM --benchmark_out=results.json"),
        Kind(
            format: "table that pytest-benchmark prints", lines: ["Name (time in "],
            command: "pytest --benchmark-json results.json --benchmark-save-data"),
        Kind(
            format: "lines of ghz for InfluxDB", lines: ["ghz_run,"],
            command: "ghz -O json … > results.json"),
        Kind(
            format: "lines of ghz for InfluxDB", lines: ["ghz_detail,"],
            command: "ghz -O json … > results.json"),
        Kind(
            format: "YAML of Nighthawk", lines: ["requests_per_second:", "results:"],
            command: "nighthawk_client --output-format json URL > results.json"),
        Kind(
            format: "what hyperfine prints", lines: ["Time (mean ", "Range (min"],
            command: "hyperfine --export-json results.json COMMAND"),
        Kind(
            format: "what hyperfine prints", lines: ["Time (abs "],
            command: "hyperfine --export-json results.json COMMAND"),
    ]

    private static func kind(_ head: FileHead) -> Kind? {
        let lines = head.plainLines
        return kinds.first { kind in
            kind.lines.allSatisfy { beginning in lines.contains { $0.hasPrefix(beginning) } }
        }
    }

    static func recognises(_ head: FileHead) -> Bool { kind(head) != nil }

    static func refusal(_ head: FileHead) -> ImportError {
        let kind = kind(head)
        return .refused(
            format: kind?.format ?? name, reason: reason,
            advice: kind.map { "Let the tool write it: \($0.command)" } ?? advice, place: nil)
    }
}
