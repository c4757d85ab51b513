import TrackerLog

/// The text that Criterion.rs prints, in its own form and in that of libtest (`bencher`).
struct CriterionReport: LineFormat {
    static let name = "criterion text"
    static let tool = "criterion"
    static let lacks = ["single times", "when it was measured", "the standard deviation"]

    static func recognises(_ head: FileHead) -> Bool {
        head.lines.contains { line in
            let text = TerminalCodes.removed(from: line).trimmedBlanks
            return bencher(text) != nil || estimate(text, after: "time:") != nil
        }
    }

    /// The last line that may be a name: a long name stands above its time.
    private var above: String?
    private var current: ImportedRun?
    private var isCompared = false

    mutating func read(
        _ line: ImportLine, into output: inout ImportOutput
    ) throws(ImportError) {
        let text = line.plainText.trimmedBlanks
        if let row = Self.bencher(text) {
            end(into: &output)
            var run = Self.run(row.name)
            run.reported.add("mean_ms", row.ms)
            run.reported.add("spread_ms", row.spreadMs)
            run.latency = .unknown
            output.endRun(run)
        } else if let time = Self.estimate(text, after: "time:") {
            readTime(text, time, into: &output)
        } else if let rate = Self.thresholds(text, after: "thrpt:") {
            readRate(rate)
        } else if text.hasPrefix("change:") {
            isCompared = true
        } else if text.contains("... bench:")
            || text.contains("time:   [") && !text.contains("%")
        {
            end(into: &output)
            output.lost("a benchmark whose time is no number", at: line.place)
        } else if !text.isEmpty, !text.hasPrefix("time:"), !text.hasPrefix("thrpt:") {
            above = Self.isName(text) ? text : nil
        }
    }

    mutating func finish(into output: inout ImportOutput) throws(ImportError) {
        end(into: &output)
    }

    private static func isName(_ text: String) -> Bool {
        let noise = [
            "Benchmarking", "Warning", "WARNING", "Found ", "Gnuplot", "Performance has",
            "No change", "Change within", "Compiling", "Running", "Finished", "change:", "```",
        ]
        return !noise.contains { text.hasPrefix($0) }
    }

    private static func run(_ name: String) -> ImportedRun {
        var run = ImportedRun()
        run.test = "criterion"
        run.target = name
        return run
    }

    private mutating func readTime(
        _ text: String, _ time: [Double], into output: inout ImportOutput
    ) {
        // Below `change:` stands the difference to an earlier run, in percent.
        guard time.count == 3 else { return }
        end(into: &output)
        let before = text.firstRange(of: "time:").map { String(text[..<$0.lowerBound]) } ?? ""
        let name = before.trimmedBlanks.isEmpty ? above : before.trimmedBlanks
        var run = Self.run(name ?? "unnamed")
        run.reported.add("mean_ms", time[1])
        run.reported.add("mean_low_ms", time[0])
        run.reported.add("mean_high_ms", time[2])
        current = run
        isCompared = false
        above = nil
    }

    /// `[1.2 Kelem/s 1.3 Kelem/s 1.4 Kelem/s]`: the middle one.
    private mutating func readRate(_ words: [String]) {
        guard !isCompared, words.count == 6, let value = DecimalText.number(words[2]) else {
            return
        }
        let unit = words[3]
        let steps: [String: Double] = [
            "elem/s": 1, "Kelem/s": 1e3, "Melem/s": 1e6, "Gelem/s": 1e9, "B/s": 1,
            "KiB/s": 1024, "MiB/s": 1_048_576, "GiB/s": 1_073_741_824,
        ]
        guard let step = steps[unit] else { return }
        current?.reported.add(
            unit.hasSuffix("elem/s") ? "elements_per_second" : "bytes_per_second", value * step)
    }

    private mutating func end(into output: inout ImportOutput) {
        guard let run = current else { return }
        current = nil
        output.endRun(run)
    }

    /// `test NAME ... bench:         329 ns/iter (+/- 4)`; thousands may have commas.
    static func bencher(_ text: String) -> (name: String, ms: Double, spreadMs: Double?)? {
        guard text.hasPrefix("test "), let dots = text.firstRange(of: " ... bench:") else {
            return nil
        }
        let name = String(text[..<dots.lowerBound].dropFirst(5)).trimmedBlanks
        let rest = String(text[dots.upperBound...]).replacing(",", with: "").trimmedBlanks
        let words = rest.split(whereSeparator: { " ()".contains($0) }).map(String.init)
        guard words.count >= 2, let value = DecimalText.number(words[0]),
            words[1].hasSuffix("/iter"), let unit = DurationText.unitMs(words[1].dropLast(5))
        else { return nil }
        // Without its bracket it may have lost digits.
        let hasSpread = words.count >= 4 && words[2] == "+/-" && rest.contains(")")
        let spread = hasSpread ? DecimalText.number(words[3]) : nil
        return (name, value * unit, spread.map { $0 * unit })
    }

    private static func thresholds(_ text: String, after key: String) -> [String]? {
        guard let found = text.firstRange(of: key) else { return nil }
        let rest = String(text[found.upperBound...]).trimmedBlanks
        guard rest.hasPrefix("["), let close = rest.firstIndex(of: "]") else { return nil }
        return rest[..<close].dropFirst().split(separator: " ").map(String.init)
    }

    /// `time:   [1.2345 us 1.2456 us 1.2567 us]`, in milliseconds: each has its own unit.
    static func estimate(_ text: String, after key: String) -> [Double]? {
        guard let words = thresholds(text, after: key), words.count == 6 else { return nil }
        var values: [Double] = []
        for index in stride(from: 0, to: 6, by: 2) {
            let unit = words[index + 1] == "ps" ? 1e-9 : DurationText.unitMs(words[index + 1])
            guard let unit, let value = DecimalText.number(words[index]) else { return nil }
            values.append(value * unit)
        }
        return values
    }
}
