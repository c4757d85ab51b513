import TrackerLog

/// A percentile distribution of HdrHistogram (`.hgrm`): values by rank, with how many are not
/// larger. Also with commas.
struct HdrPercentiles: LineFormat {
    static let name = "HdrHistogram percentiles"
    static let tool = "hdrhistogram"
    static let lacks = [
        "single requests", "the start and length of the test", "what was tested", "errors",
        "the unit of its values: milliseconds, as its writers usually scale them",
        "values between its ranks: each counts as the rank above it",
    ]

    static func recognises(_ head: FileHead) -> Bool {
        head.lines.contains(where: isHead)
    }

    /// The names above the columns; a prompt and a command may stand before them.
    private static func isHead(_ line: String) -> Bool {
        words(line).prefix(3) == ["Value", "Percentile", "TotalCount"]
    }

    private static func words(_ line: String) -> [String] {
        line.split { " \t,\"\r".contains($0) }.map(String.init)
    }

    private var run = ImportedRun()
    private var hasHeader = false
    private var builder = HistogramBuilder()
    private var last: UInt64 = 0
    private var smallest: Double?
    private var largest: Double?
    private var mean: Double?
    private var deviation: Double?
    private var total: Int?
    private var lastRank = 0.0
    private var lastPlace = ImportPlace(line: 1, offset: 0)
    /// Whether cells are separated by commas; else a comma stands before a fraction, as Java writes
    /// it in some languages.
    private var hasCommas = false
    private var percentiles: [(percent: String, ms: Double)] = []
    private static let wanted = ["50", "75", "90", "95", "99", "99.9", "99.99"]

    mutating func read(
        _ line: ImportLine, into output: inout ImportOutput
    ) throws(ImportError) {
        if line.isBlank { return }
        let text = line.plainText.trimmedBlanks
        if Self.isHead(text) {
            if hasHeader { try endTable(into: &output) }
            hasHeader = true
            hasCommas = text.contains(",")
            return
        }
        if text.hasPrefix("#") { return readFooter(text) }
        // What a shell prints before the table, and after its last rank.
        guard hasHeader, lastRank < 1 else { return }
        let words = Self.words(hasCommas ? text : text.replacing(",", with: "."))
        guard words.count >= 3, let value = DecimalText.number(words[0]),
            let rank = DecimalText.number(words[1]), let below = UInt64(words[2]), below >= last,
            (0...1).contains(rank), value >= largest ?? value
        else { return output.lost("not a rising row of value, rank and count", at: line.place) }
        builder.add(value, count: below - last)
        last = below
        (lastRank, lastPlace) = (rank, line.place)
        smallest = smallest ?? value
        largest = value
        for percent in Self.wanted where !percentiles.contains(where: { $0.percent == percent }) {
            // The first rank that reaches the percentile, unless the ranks are too far apart.
            guard let number = DecimalText.number(percent), rank * 100 >= number - 1e-9,
                rank * 100 - number <= (100 - number) / 10
            else { continue }
            percentiles.append((percent, value))
        }
    }

    mutating func finish(into output: inout ImportOutput) throws(ImportError) {
        try endTable(into: &output)
    }

    /// Several tables in one text are a run each.
    private mutating func endTable(into output: inout ImportOutput) throws(ImportError) {
        guard let largest else {
            throw .refused(
                format: Self.name, reason: "there is no row in it",
                advice: "Write it again: it is cut, or its histogram was empty.", place: nil)
        }
        for point in percentiles { run.reported.percentile(point.percent, ms: point.ms) }
        if lastRank < 1 {
            output.lost("the percentiles end here: those above are not in the file", at: lastPlace)
        } else {
            run.reported.add("max_ms", largest)
        }
        if let deviation, deviation <= largest {
            run.reported.add("stdev_ms", deviation)
        } else if deviation != nil {
            // The Python library scales the values, but not this.
            run.leftOut.append("a standard deviation that is larger than the maximum")
        }
        let known = HistogramBuilder.Known(
            sum: total.flatMap { UInt64(exactly: $0) == builder.count ? $0 : nil }
                .flatMap { total in mean.map { $0 * Double(total) } },
            min: smallest, max: largest)
        let distribution = builder.distribution(
            "latency_ms", at: output.source.anchor.time, lastingMs: nil, unit: "ms", known: known)
        if let distribution { output.distribution(distribution) }
        run.isRelative = true
        output.endRun(run)
        self = HdrPercentiles()
    }

    /// `#[Mean    =        6.602, StdDeviation   =        1.919]`, `#[Max = …, Total count = …]`.
    private mutating func readFooter(_ text: String) {
        // `Mean = 6,602, StdDeviation = 1,919`: a space follows the comma between the two.
        let parts = text.replacing(", ", with: "]").split { "#[]".contains($0) }
        for part in parts {
            let sides = part.split(separator: "=").map { String($0).trimmedBlanks }
            guard sides.count == 2,
                let value = DecimalText.number(sides[1].replacing(",", with: "."))
            else { continue }
            switch sides[0] {
            case "Mean":
                mean = value
                run.reported.add("avg_latency_ms", value)
            case "StdDeviation": deviation = value
            case "Max", "Max value": run.reported.add("max_ms", value)
            case "Total count", "TotalCount":
                total = Int(exactly: value)
                run.reported.add("total_requests", count: total)
            default: break
            }
        }
    }
}
