import TrackerLog
import TrackerTestSupport

/// Lines of any bytes: the scanner and the parser agree, and what is taken can be written again.
enum LineTarget {
    static func complaint(about input: [UInt8]) -> String? {
        let scanned = ScannedLines(input, capacity: 1 + Int(input.first ?? 0) % 8)
        if let disagreement = scanned.disagreements().first { return disagreement }
        for line in input.split(separator: 0x0A) {
            if let complaint = roundTrip(Array(line)) { return complaint }
        }
        return nil
    }

    static func roundTrip(_ line: [UInt8]) -> String? {
        // try? is right here: a refused line has nothing to be written again.
        guard let event = try? EventParser.parse(line) else { return nil }
        var written: [UInt8] = []
        guard EventEncoder.append(event, to: &written) else { return "not written: \(event)" }
        do {
            let again = try EventParser.parse(Array(written.dropLast()))
            var twice: [UInt8] = []
            guard EventEncoder.append(again, to: &twice), twice == written else {
                return "written as \(text(written)), and then as \(text(twice))"
            }
            return again == event ? nil : "\(event), written and read, is \(again)"
        } catch {
            return "what was written is \(error.rawValue): \(text(written))"
        }
    }

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
