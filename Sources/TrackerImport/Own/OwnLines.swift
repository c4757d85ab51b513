import TrackerLog

/// Lines of the log (`docs/FORMAT.md`): what `tracker export --format ndjson` and `tracker cat`
/// print, and what `zstdcat` makes of a segment.
struct OwnLines: LineFormat {
    static let name = "Local Tracker events"
    static let tool = "tracker"
    static let lacks: [String] = []

    static func recognises(_ head: FileHead) -> Bool {
        let line = Array(head.firstLine.utf8)
        if isHeader(line) { return true }
        do throws(LineError) {
            _ = try EventParser.parse(line)
            return true
        } catch {
            return false
        }
    }

    private static func isHeader(_ line: [UInt8]) -> Bool {
        String(decoding: line.prefix(12), as: UTF8.self).filter { !" \t".contains($0) }
            .hasPrefix("{\"frame\":")
    }

    private var scratch: [UInt8] = []

    mutating func read(
        _ line: ImportLine, into output: inout ImportOutput
    ) throws(ImportError) {
        if line.isBlank { return }
        let bytes = line.bytes.array
        if Self.isHeader(bytes) { return try check(bytes, line.place) }
        do throws(LineError) {
            let event = try EventParser.parse(bytes)
            scratch.removeAll(keepingCapacity: true)
            guard EventEncoder.append(event, to: &scratch) else {
                return output.lost("longer than a line of the log may be", at: line.place)
            }
            output.event(event)
        } catch {
            output.lost(error.rawValue, at: line.place)
        }
    }

    mutating func finish(into output: inout ImportOutput) throws(ImportError) {
        output.endEvents(announcing: false)
    }

    /// A header counts for nothing here, but its number says whether the lines are understood.
    private func check(_ bytes: [UInt8], _ place: ImportPlace) throws(ImportError) {
        let header: JSONValue
        do throws(LineError) { header = try JSONValue(parsing: bytes) } catch { return }
        guard let frame = header["frame"]?.doubleValue, frame > 1 else { return }
        throw .refused(
            format: Self.name,
            reason: "the lines are of a newer format, \(header["frame"]?.text ?? "")",
            advice: "Import them with a newer tracker.", place: place)
    }
}
