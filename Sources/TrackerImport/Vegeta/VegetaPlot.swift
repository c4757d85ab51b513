import TrackerLog

/// `vegeta report -type=hdrplot`: percentiles by rank. They are estimates of a t-digest, and the
/// counts are made from the ranks, so nothing can be merged.
struct VegetaPlot: LineFormat {
    static let name = "vegeta hdrplot"
    static let tool = "vegeta"
    static let lacks = [
        "single requests", "the start and length of the test", "the URL", "errors", "the rate",
    ]

    static func recognises(_ head: FileHead) -> Bool {
        head.lines.contains(where: isHead)
    }

    /// The names above the columns; a prompt and the command may stand before them.
    private static func isHead(_ line: String) -> Bool {
        let words = line.split { $0 == " " || $0 == "\t" }
        return words.count == 4 && words[0] == "Value(ms)" && words[1] == "Percentile"
    }

    private var run = ImportedRun()
    private var hasHeader = false
    private var best: [(percent: String, distance: Double, ms: Double)] =
        ["50", "75", "90", "95", "99", "99.9", "99.99"].map { ($0, .infinity, 0) }
    private var last: (ms: Double, rank: Double)?
    private var lastPlace = ImportPlace(line: 1, offset: 0)

    mutating func read(
        _ line: ImportLine, into output: inout ImportOutput
    ) throws(ImportError) {
        if line.isBlank { return }
        let text = line.plainText
        if Self.isHead(text) {
            if hasHeader { endPlot(into: &output) }
            hasHeader = true
            return
        }
        // What a shell prints before the plot, and after its last rank.
        guard hasHeader, last.map({ $0.rank < 1 }) ?? true else { return }
        let words = text.split { $0 == " " || $0 == "\t" }
        guard words.count >= 3, let ms = DecimalText.number(words[0]),
            let rank = DecimalText.number(words[1])
        else { return output.lost("not a row of four numbers", at: line.place) }
        last = (ms, rank)
        lastPlace = line.place
        for index in best.indices {
            guard let percent = DecimalText.number(best[index].percent) else { continue }
            let distance = rank * 100 - percent
            // The first rank that reaches the percentile, within a tenth of what is beyond it.
            guard distance > -1e-9, distance < best[index].distance,
                distance <= (100 - percent) / 10
            else { continue }
            best[index].distance = distance
            best[index].ms = ms
        }
    }

    mutating func finish(into output: inout ImportOutput) throws(ImportError) {
        endPlot(into: &output)
    }

    /// Several plots in one text are a run each.
    private mutating func endPlot(into output: inout ImportOutput) {
        for point in best where point.distance < .infinity {
            run.reported.percentile(point.percent, ms: point.ms)
        }
        if let last, last.rank < 1 {
            output.lost("the percentiles end here: those above are not in the file", at: lastPlace)
        } else {
            run.reported.add("max_ms", last?.ms)
        }
        run.latency = .corrected
        run.params = [JSONValue.Member("load_model", .string("open"))]
        output.endRun(run)
        self = VegetaPlot()
    }
}
