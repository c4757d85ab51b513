import TrackerLog
import TrackerTestSupport

/// A first line of any bytes, with some event lines behind it.
enum HeaderTarget {
    static func complaint(about input: [UInt8]) -> String? {
        let lines = Array(#"{"ts":1,"metric":"m","value":1}"#.utf8) + [0x0A]
        let count = Int(input.first ?? 0) & 3
        let body = (0..<count).flatMap { _ in lines }
        let first = input.dropFirst().filter { $0 != 0x0A } + [0x0A]
        guard let section = sections(first + body).first, let header = section.header else {
            return nil
        }
        guard header.identity.isValid, header.dropped >= 0, header.events == section.lineCount
        else { return "a reader takes \(header)" }
        var again: [UInt8] = []
        header.write(to: &again)
        let written = sections(again + body)
        guard written.count == 1, let found = written.first?.header, found == header,
            found.session.utf8.elementsEqual(header.session.utf8)
        else { return "\(header), written and read, is \(written.map(\.header))" }
        return nil
    }

    private static func sections(_ content: [UInt8]) -> [SegmentReading.Section] {
        let name = SegmentName(writer: "shared", number: 1)
        // try? is right here: memory does not fail, and nothing read is a complaint.
        let reading = try? SegmentReading(
            SegmentBuilder.storedFrame(content), as: name, session: "s", reader: SegmentReader())
        return reading?.sections ?? []
    }
}
