/// hyperfine's tables for people: Markdown, Org and AsciiDoc. All of them have bars before cells;
/// in AsciiDoc each cell is a line.
struct HyperfineMarkup: LineFormat {
    static let name = "hyperfine table"
    static let tool = "hyperfine"
    static let lacks = [
        "when it was measured", "the number of executions", "digits that it rounds away",
    ]

    static func recognises(_ head: FileHead) -> Bool {
        head.hasLine(beginning: "| Command")
            && head.lines.contains { $0.hasPrefix("|") && $0.contains(" Mean [") }
    }

    /// The names of the columns; empty outside a table.
    private var names: [String] = []
    /// Whether all of them are there.
    private var isNamed = false
    /// Whether a bar ends each row.
    private var isBarred = false
    private var cells: [String] = []
    /// Where the row began.
    private var place = ImportPlace(line: nil, offset: 0)

    mutating func read(
        _ line: ImportLine, into output: inout ImportOutput
    ) throws(ImportError) {
        let text = line.plainText.trimmedBlanks
        // An empty line, or a rule below the names or at the end.
        if text.allSatisfy({ "|:-+= ".contains($0) }) { return }
        let found = Self.cells(text)
        if !text.hasPrefix("|") || found.first == "Command" {
            endRow(into: &output)
            names = text.hasPrefix("|") ? found : []
            isNamed = names.count > 1
            isBarred = isNamed && text.hasSuffix("|")
        } else if !names.isEmpty {
            // In AsciiDoc names are lines as well, up to the first command.
            isNamed = isNamed || found.first?.hasPrefix("`") == true
            guard isNamed else {
                names += found
                return
            }
            // Without its last bar the last number may have lost digits.
            guard !isBarred || text.hasSuffix("|") else {
                return output.lost("the row is cut", at: line.place)
            }
            if cells.isEmpty { place = line.place }
            cells += found
            if cells.count >= names.count { endRow(into: &output) }
        }
    }

    mutating func finish(into output: inout ImportOutput) throws(ImportError) {
        endRow(into: &output)
        guard output.runs.isEmpty, output.losses.count == 0 else { return }
        throw .refused(
            format: Self.name, reason: "no command is in it",
            advice: "Let hyperfine write it: hyperfine --export-json results.json COMMAND",
            place: nil)
    }

    /// Without the bars: one within a command has a backslash before it.
    private static func cells(_ text: String) -> [String] {
        let mark = "\u{0}"
        var cells = text.replacing("\\|", with: mark).split(
            separator: "|", omittingEmptySubsequences: false
        ).dropFirst().map { String($0).replacing(mark, with: "|").trimmedBlanks }
        if cells.last == "" { cells.removeLast() }
        return cells
    }

    private mutating func endRow(into output: inout ImportOutput) {
        guard !cells.isEmpty else { return }
        defer { cells = [] }
        var run = ImportedRun()
        run.test = "hyperfine"
        run.isRelative = true
        run.start = output.source.anchor.time
        for (name, cell) in zip(names, cells) {
            let parts = name.split(separator: " ")
            guard parts.count == 2, let unit = DurationText.unitMs(parts[1].dropFirst().dropLast())
            else { continue }
            let keys = (parts[0] == "Mean" ? "mean…stdev" : parts[0]).split(separator: "…")
            // A person may have made the best one bold.
            let values = cell.split { "±…*".contains($0) }
            for (key, value) in zip(keys, values) {
                let number = DecimalText.number(String(value).trimmedBlanks)
                run.reported.add("\(key.lowercased())_ms", number.map { $0 * unit })
            }
        }
        guard cells.count == names.count, !run.reported.names.isEmpty else {
            return output.lost("not a row of \(names.count) cells with times", at: place)
        }
        let isMarked = ["`", "="].contains { cells[0].hasPrefix($0) && cells[0].hasSuffix($0) }
        run.target = isMarked ? String(cells[0].dropFirst().dropLast()) : cells[0]
        run.leftOut = ["how much slower each is than the fastest"]
        output.endRun(run)
    }
}
