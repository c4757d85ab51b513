import TrackerLog
import TrackerTestSupport

/// A segment of any bytes.
///
/// The first byte says how the rest is a segment: its lowest two bits are the encoding, and with
/// the third bit set the rest is not the file but what its frames hold, a frame for each stretch
/// between bytes of 0xFF: a fuzzer does not find checksums. The next three bytes say where the file
/// ends at the first looks at it.
enum FramesTarget {
    static let prefixBytes = 4

    static func complaint(about input: [UInt8]) -> String? {
        guard input.count >= prefixBytes else { return nil }
        let rest = Array(input[prefixBytes...])
        let encodings = SegmentName.Encoding.allCases
        let encoding = encodings[Int(input[0] & 3) % encodings.count]
        let bytes = input[0] & 4 == 0 ? rest : framed(rest, encoding, input[0])
        let sizes = input[1..<prefixBytes].map { bytes.count * Int($0) / 255 }.sorted()
        let name = SegmentName(writer: "shared", number: 1, encoding: encoding)
        do {
            let reader = SegmentReader()
            let atOnce = try SegmentReading(bytes, as: name, session: "s", reader: reader)
            let inSteps = try SegmentReading(
                bytes, as: name, session: "s", sizes: sizes + [bytes.count], reader: reader)
            if atOnce != inSteps {
                return "at once \(text(atOnce)), in steps \(sizes) \(text(inSteps))"
            }
            return complaint(about: atOnce, of: bytes)
        } catch {
            return "memory does not fail: \(error)"
        }
    }

    private static func framed(
        _ contents: [UInt8], _ encoding: SegmentName.Encoding, _ choice: UInt8
    ) -> [UInt8] {
        contents.split(separator: 0xFF, omittingEmptySubsequences: false).flatMap { content in
            switch encoding {
            case .zstd:
                choice & 8 == 0
                    ? SegmentBuilder.frame(Array(content))
                    : SegmentBuilder.storedFrame(Array(content), hasChecksum: choice & 16 == 0)
            case .gzip: SegmentBuilder.gzipMember(Array(content))
            case .plain: Array(content)
            }
        }
    }

    private static func text(_ reading: SegmentReading) -> String {
        let regions = reading.badRegions.map { "\($0.reason) \($0.offset)+\($0.length)" }
        let sections = reading.sections.map {
            "\($0.offset) line \($0.firstLine), \($0.lineCount) lines, \($0.bytes.count) bytes"
        }
        return "\(regions) \(sections) up to \(reading.offset), \(reading.pendingBytes) pending"
    }

    /// Every byte is read, damage with a place, or pending; and regions do not overlap.
    private static func complaint(about reading: SegmentReading, of bytes: [UInt8]) -> String? {
        guard reading.offset + reading.pendingBytes == bytes.count else {
            return "\(reading.offset) read, \(reading.pendingBytes) pending of \(bytes.count)"
        }
        var end = 0
        for region in reading.badRegions where region.length > 0 {
            // Those of sections are the whole frame each, which may hold good ones as well.
            let isPart = [.count, .misplaced, .header].contains(region.reason)
            if region.offset < end, !isPart { return "a region at \(region.offset) before \(end)" }
            end = max(end, region.offset + region.length)
        }
        if end > reading.offset { return "a region ends at \(end), behind \(reading.offset)" }
        for section in reading.sections {
            let lines = section.bytes.count { $0 == 0x0A }
            guard lines == section.lineCount, section.bytes.isEmpty || section.bytes.last == 0x0A
            else { return "a section of \(section.lineCount) lines has \(lines)" }
            if let header = section.header, header.events != lines {
                return "a section of \(header.events) events has \(lines) lines"
            }
        }
        return nil
    }
}
