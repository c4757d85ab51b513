import TrackerLog

/// The text that wrk and wrk2 print: one report or several, and notes and prompts between them.
struct WrkReport: LineFormat {
    static let name = "wrk text"
    static let tool = "wrk"
    static let lacks = ["single requests", "the start of the test", "errors by kind"]

    static func recognises(_ head: FileHead) -> Bool {
        // autocannon begins alike, and then counts connections alone.
        let isOther = head.lines.contains { line in
            let words = line.trimmedBlanks.split(separator: " ")
            return words.count >= 2 && Int(words[0]) != nil && words[1] == "connections"
        }
        guard !isOther else { return false }
        return head.lines.contains { line in
            let text = unquoted(TerminalCodes.removed(from: line))
            return WrkRun.target(in: text) != nil
                || text.hasPrefix("Detailed Percentile spectrum:")
                || text.hasPrefix("Latency Distribution (HdrHistogram")
        } || (head.hasLine(beginning: "Thread Stats") && head.hasLine(beginning: "Requests/sec:"))
    }

    /// Without the mark of a quotation in Markdown.
    private static func unquoted(_ line: String) -> String {
        let text = line.trimmedBlanks
        return text.hasPrefix("> ") ? String(text.dropFirst(2)).trimmedBlanks : text
    }

    private var run: WrkRun?
    private var command: ShellLine?
    private var lastPlace = ImportPlace(line: 1, offset: 0)

    mutating func read(
        _ line: ImportLine, into output: inout ImportOutput
    ) throws(ImportError) {
        let text = Self.unquoted(line.plainText)
        guard !text.isEmpty else { return }
        if let target = WrkRun.target(in: text) {
            end(into: &output)
            run = WrkRun(target: target, command: command)
            command = nil
        } else if let found = ShellLine(text, program: "wrk") ?? ShellLine(text, program: "wrk2"),
            found.url != nil
        {
            end(into: &output)
            command = found
        } else {
            if run == nil, WrkRun.isStart(text) { run = WrkRun(target: nil, command: command) }
            run?.read(text)
        }
        lastPlace = line.place
        if run?.isWhole == true, text.hasPrefix("Transfer/sec:") { end(into: &output) }
    }

    mutating func finish(into output: inout ImportOutput) throws(ImportError) {
        end(into: &output)
        guard output.runs.isEmpty else { return }
        throw .refused(
            format: Self.name, reason: "there is no number of a report in it",
            advice: "Save all that wrk prints: wrk … > FILE", place: nil)
    }

    private mutating func end(into output: inout ImportOutput) {
        guard let run else { return }
        self.run = nil
        guard run.hasNumbers else { return }
        if !run.isWhole {
            output.lostEnd(of: "report", at: lastPlace)
        }
        run.write(to: &output)
    }
}
