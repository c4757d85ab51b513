package import TrackerLog

/// Lines as `LineScanner` sees them, and the check of its promise.
package struct ScannedLines {
    package let content: [UInt8]
    package let lines: [ScannedLine]
    /// Of each line, empty where it has none.
    private let keys: [[UInt8]]
    private let units: [String]
    /// For each line whose text has a number: the first line with that number, which has a key.
    private let firstOfText: [Int]

    /// - Parameters:
    ///   - content: with or without its last newline.
    ///   - capacity: lines scanned at once.
    ///   - scanner: for one that has learned already.
    package init(_ content: [UInt8], capacity: Int = 64) {
        let scanner = LineScanner()
        self.init(content, capacity: capacity, scanner)
    }

    package init(_ content: [UInt8], capacity: Int = 64, _ scanner: borrowing LineScanner) {
        let whole = content + (content.last == 0x0A ? [] : [0x0A])
        let padded = whole + [UInt8](repeating: UInt8(ascii: "\""), count: LineScanner.padding)
        var found: [ScannedLine] = []
        var keys: [[UInt8]] = []
        var units: [String] = []
        var firsts: [Int] = []
        var numbers: [Int32: Int] = [:]
        var generation = scanner.generation
        unsafe padded.withUnsafeBytes { padded in
            let content = unsafe UnsafeRawBufferPointer(rebasing: padded[..<whole.count])
            var offset = 0
            while offset < whole.count {
                var batch = [ScannedLine](repeating: ScannedLine(), count: capacity)
                let count = unsafe batch.withUnsafeMutableBufferPointer { batch in
                    unsafe scanner.scan(content, from: &offset, into: batch)
                }
                if scanner.generation != generation { numbers = [:] }
                generation = scanner.generation
                for line in batch.prefix(count) {
                    let first =
                        line.text < 0 ? found.count : numbers[line.text] ?? found.count
                    if line.text >= 0, line.key.count > 0, numbers[line.text] == nil {
                        numbers[line.text] = found.count
                    }
                    firsts.append(first)
                    let key = line.key.count > 0 ? line.key.range : 0..<0
                    let all = unsafe UnsafeBufferPointer(
                        start: scanner.keys, count: 1 << 20)
                    unsafe keys.append(Array(all[key]))
                    let unit = key.isEmpty ? key : line.unit.range
                    units.append(unsafe String(decoding: all[unit], as: UTF8.self))
                    found.append(line)
                }
            }
        }
        self.content = whole
        self.keys = keys
        self.units = units
        lines = found
        firstOfText = firsts
    }

    package func bytes(_ span: ByteSpan) -> [UInt8] { Array(content[span.range]) }

    /// The scanner's sample, as the parser would give it: its time and value, and all else from the
    /// key of the first line with the same text.
    private func sample(_ index: Int) throws(LineError) -> (Sample, isFailed: Bool) {
        let line = lines[index]
        let first = firstOfText[index]
        let texts = keys[first].dropLast()
            .split(separator: SeriesKeyBytes.separator, omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        guard texts.count >= 3, texts.count % 2 == 1 else { throw .noKind }
        func name(_ text: String) -> String? { text.isEmpty ? nil : text }
        let labels = stride(from: 3, to: texts.count, by: 2).map {
            Label(texts[$0], texts[$0 + 1])
        }
        let sample = Sample(
            timestamp: Timestamp(clamping: line.timestampMs), metric: texts[1], value: line.value,
            unit: name(units[first]),
            run: name(texts[0]), labels: labels,
            ok: lines[first].ok < 0 ? nil : lines[first].ok == 1)
        return (sample, lines[first].isFailed)
    }

    /// The rule of `docs/FORMAT.md` section 3.
    private static func isFailed(_ sample: Sample) -> Bool {
        if let ok = sample.ok { return !ok }
        let status = sample.labels.first { $0.name == "status" }
        return status.flatMap { Double($0.value) }.map { $0 >= 400 } ?? false
    }

    /// Where the scanner's promise does not hold: each line that it calls a sample must be one to
    /// the parser, and the same; and its lines are those between the newlines.
    package func disagreements() -> [String] {
        let texts = content.dropLast().split(separator: 0x0A, omittingEmptySubsequences: false)
        guard lines.map({ bytes($0.line) }) == texts.map(Array.init) else {
            return ["other lines than those between the newlines"]
        }
        return lines.indices.filter { lines[$0].kind == .sample }.compactMap { index in
            let line = lines[index]
            do throws(LineError) {
                let parsed = try EventParser.parse(bytes(line.line))
                // Learned from another content: what the text says is not known here.
                if line.key.count == 0, firstOfText[index] == index {
                    return hasNumbers(line, of: parsed) ? nil : "other numbers than \(parsed)"
                }
                let (scanned, isFailed) = try sample(index)
                guard case .sample(let sample) = parsed, Self.isSame(scanned, sample),
                    isFailed == Self.isFailed(sample)
                else { return "scanned \(scanned), parsed \(parsed)" }
                return nil
            } catch {
                let text = String(decoding: bytes(line.line), as: UTF8.self)
                return "scanned as a sample, but \(error.rawValue): \(text)"
            }
        }
    }

    private func hasNumbers(_ line: ScannedLine, of event: Event) -> Bool {
        guard case .sample(let sample) = event else { return false }
        return sample.value.bitPattern == line.value.bitPattern
            && sample.timestamp.milliseconds.bitPattern == line.timestampMs.bitPattern
    }

    /// Byte for byte: `==` of strings would take Unicode's equivalents for the same.
    private static func isSame(_ a: Sample, _ b: Sample) -> Bool {
        func same(_ a: String?, _ b: String?) -> Bool {
            a.map { Array($0.utf8) } == b.map { Array($0.utf8) }
        }
        func sorted(_ labels: [Label]) -> [Label] {
            labels.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        }
        return a.timestamp.milliseconds.bitPattern == b.timestamp.milliseconds.bitPattern
            && a.value.bitPattern == b.value.bitPattern && same(a.metric, b.metric)
            && same(a.unit, b.unit) && same(a.run, b.run) && a.ok == b.ok
            && a.labels.count == b.labels.count
            && zip(sorted(a.labels), sorted(b.labels)).allSatisfy {
                same($0.name, $1.name) && same($0.value, $1.value)
            }
    }
}
