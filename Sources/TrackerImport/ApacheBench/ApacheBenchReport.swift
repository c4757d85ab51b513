import TrackerLog

/// The text that ab prints: one report or several, and notes and prompts between them.
struct ApacheBenchReport: LineFormat {
    static let name = "ab text"
    static let tool = "ab"
    static let lacks = [
        "single requests", "the start of the test", "errors by status",
        "percentiles below a millisecond: ab rounds them to whole ones",
    ]

    static func recognises(_ head: FileHead) -> Bool {
        head.hasLine(beginning: "This is ApacheBench")
            || head.hasLine(beginning: "Time taken for tests:")
            || (head.hasLine(beginning: "Server Hostname:")
                && head.hasLine(beginning: "Document Path:"))
    }

    private var report: ApacheBenchRun?
    private var version: String?
    private var lastPlace = ImportPlace(line: 1, offset: 0)

    mutating func read(
        _ line: ImportLine, into output: inout ImportOutput
    ) throws(ImportError) {
        let text = line.plainText.trimmedBlanks
        guard !text.isEmpty else { return }
        if text.hasPrefix("This is ApacheBench") {
            end(into: &output)
            version = text.split(separator: " ").drop { $0 != "Version" }.dropFirst().first
                .map(String.init)
        } else if text.hasPrefix("Server Software:") {
            end(into: &output)
            report = ApacheBenchRun(version: version)
        } else {
            if report == nil, ApacheBenchRun.isStart(text) {
                report = ApacheBenchRun(version: version)
            }
            report?.read(text)
        }
        lastPlace = line.place
    }

    mutating func finish(into output: inout ImportOutput) throws(ImportError) {
        end(into: &output)
        guard output.runs.isEmpty else { return }
        throw .refused(
            format: Self.name, reason: "there is no number of a report in it",
            advice: "Save all that ab prints: ab … > FILE", place: nil)
    }

    private mutating func end(into output: inout ImportOutput) {
        guard let report else { return }
        self.report = nil
        guard report.hasNumbers else { return }
        if !report.isWhole {
            output.lostEnd(of: "report", at: lastPlace)
        }
        report.write(to: &output)
    }
}
