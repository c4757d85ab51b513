package import TrackerLog

/// Lines as `LineScanner` sees them, and the check of its promise.
package struct ScannedLines {
    package let content: [UInt8]
    package let lines: [ScannedLine]

    /// - Parameter content: with or without its last newline.
    package init(_ content: [UInt8], capacity: Int = 64) {
        let whole = content + (content.last == 0x0A ? [] : [0x0A])
        let padded = whole + [UInt8](repeating: UInt8(ascii: "\""), count: LineScanner.padding)
        var found: [ScannedLine] = []
        let scanner = LineScanner()
        unsafe padded.withUnsafeBytes { padded in
            let content = unsafe UnsafeRawBufferPointer(rebasing: padded[..<whole.count])
            var offset = 0
            while offset < whole.count {
                var batch = [ScannedLine](repeating: ScannedLine(), count: capacity)
                let count = unsafe batch.withUnsafeMutableBufferPointer { batch in
                    unsafe scanner.scan(content, from: &offset, into: batch)
                }
                found += batch.prefix(count)
            }
        }
        self.content = whole
        lines = found
    }

    package func bytes(_ span: ByteSpan) -> [UInt8] { Array(content[span.range]) }

    /// The scanner's sample, its texts decoded, as the parser would give it.
    private func sample(_ line: ScannedLine) throws(LineError) -> Sample {
        func text(_ span: ByteSpan) throws(LineError) -> String {
            let quoted = [UInt8(ascii: "\"")] + bytes(span) + [UInt8(ascii: "\"")]
            guard let text = try JSONValue(parsing: quoted).stringValue else { throw .syntax }
            return text
        }
        func name(_ span: ByteSpan) throws(LineError) -> String? {
            span.count == 0 ? nil : try text(span)
        }
        var labels: [Label] = []
        if line.labels.count > 0 {
            for member in try JSONValue(parsing: bytes(line.labels)).objectValue ?? [] {
                switch member.value {
                case .string(let text), .number(let text): labels.append(Label(member.key, text))
                default: labels.append(Label(member.key, member.value.text))
                }
            }
        }
        return Sample(
            timestampMs: line.timestampMs, metric: try text(line.metric), value: line.value,
            unit: try name(line.unit), run: try name(line.run), labels: labels.sorted(),
            ok: line.ok < 0 ? nil : line.ok == 1)
    }

    /// Where the scanner's promise does not hold: each line that it calls a sample must be one to
    /// the parser, and the same; and its lines are those between the newlines.
    package func disagreements() -> [String] {
        let texts = content.dropLast().split(separator: 0x0A, omittingEmptySubsequences: false)
        guard lines.map({ bytes($0.line) }) == texts.map(Array.init) else {
            return ["other lines than those between the newlines"]
        }
        return lines.filter { $0.kind == .sample }.compactMap { line in
            do throws(LineError) {
                let scanned = try sample(line)
                let parsed = try EventParser.parse(bytes(line.line))
                guard case .sample(let sample) = parsed, Self.isSame(scanned, sample) else {
                    return "scanned \(scanned), parsed \(parsed)"
                }
                return nil
            } catch {
                let text = String(decoding: bytes(line.line), as: UTF8.self)
                return "scanned as a sample, but \(error.rawValue): \(text)"
            }
        }
    }

    /// Byte for byte: `==` of strings would take Unicode's equivalents for the same.
    private static func isSame(_ a: Sample, _ b: Sample) -> Bool {
        func same(_ a: String?, _ b: String?) -> Bool {
            a.map { Array($0.utf8) } == b.map { Array($0.utf8) }
        }
        return a.timestampMs.bitPattern == b.timestampMs.bitPattern
            && a.value.bitPattern == b.value.bitPattern && same(a.metric, b.metric)
            && same(a.unit, b.unit) && same(a.run, b.run) && a.ok == b.ok
            && a.labels.count == b.labels.count
            && zip(a.labels, b.labels).allSatisfy {
                same($0.name, $1.name) && same($0.value, $1.value)
            }
    }
}
