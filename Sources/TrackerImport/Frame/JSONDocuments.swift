import TrackerLog

/// The JSON values of a file whose formats hold each as a whole: one, or several that were appended
/// one after the other, with prompts and notes around them.
struct JSONDocuments {
    struct Found {
        /// `nil` where nothing of it can be read.
        var value: JSONValue?
        /// Where it begins.
        var place: ImportPlace
        var damage: Damage?
    }

    struct Damage {
        var reason: String
        var place: ImportPlace

        /// For a file of which nothing can be used.
        var error: ImportError {
            .refused(
                format: "JSON document", reason: reason,
                advice: "Nothing of it was imported: write the file again.", place: place)
        }
    }

    private let bytes: [UInt8]
    private var at: Int
    /// The last place that was asked for: lines are counted from there on.
    private var known = ImportPlace(line: 1, offset: 0)

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        at = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    }

    /// The next value. What stands before it, and is none, is passed over by the line.
    mutating func next() -> Found? {
        while skipToOpening() {
            let start = at
            do throws(JSONTextError) {
                let value = try JSONValue(parsingText: bytes[start...])
                at = bytes.count
                return Found(value: value, place: place(start), damage: nil)
            } catch {
                if error.reason == .trailing,
                    let value = JSONValue.parsed(bytes[start...].prefix(error.offset))
                {
                    at = start + error.offset
                    return Found(value: value, place: place(start), damage: nil)
                }
                // `[2026-01-01 10:00:00]` of a log: another line may begin a value.
                if isNote(start, failedAt: error.offset) {
                    skipLine()
                    continue
                }
                at = bytes.count
                let begin = place(start)
                let damage = Damage(
                    reason: "\(error.reason.rawValue): it is damaged or cut",
                    place: place(start + error.offset))
                let isCut = start + error.offset >= bytes.count
                let value = isCut ? JSONRepair.closed(bytes[start...]) : nil
                return Found(value: value, place: begin, damage: damage)
            }
        }
        return nil
    }

    /// Whether what begins at a bracket is prose: it ends to be JSON within its line, and there is
    /// another value behind that.
    private func isNote(_ start: Int, failedAt offset: Int) -> Bool {
        guard let end = bytes[start...].firstIndex(where: Self.endsLine), start + offset <= end
        else {
            return false
        }
        var rest = self
        rest.at = end + 1
        return rest.skipToOpening()
    }

    /// To the next line that begins with a bracket; on the line where the last value ended, to what
    /// follows it.
    private mutating func skipToOpening() -> Bool {
        while at < bytes.count {
            while at < bytes.count, [0x20, 0x09, 0x0D, 0x0A, 0x2C].contains(bytes[at]) { at += 1 }
            guard at < bytes.count else { return false }
            if bytes[at] == UInt8(ascii: "{") || bytes[at] == UInt8(ascii: "[") { return true }
            skipLine()
        }
        return false
    }

    private mutating func skipLine() {
        at = bytes[at...].firstIndex(where: Self.endsLine).map { $0 + 1 } ?? bytes.count
    }

    private static func endsLine(_ byte: UInt8) -> Bool { byte == 0x0A || byte == 0x0D }

    /// - Parameter offset: not before that of the last call.
    private mutating func place(_ offset: Int) -> ImportPlace {
        var lines = LineCounter()
        for byte in bytes[known.offset..<offset] { lines.take(byte) }
        known = ImportPlace(line: (known.line ?? 1) + lines.ends, offset: offset)
        return known
    }
}

/// A JSON text of which the end is missing, made whole: what is not complete is left out.
enum JSONRepair {
    /// - Returns: `nil` where no member and no element is complete.
    static func closed(_ text: ArraySlice<UInt8>) -> JSONValue? {
        var open: [UInt8] = []
        // Behind the last complete element or member, and what was open there.
        var last: (end: Int, open: [UInt8])?
        var (isText, isEscaped) = (false, false)
        for (index, byte) in zip(text.indices, text) {
            if isText {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isText = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): isText = true
            case UInt8(ascii: "{"): open.append(UInt8(ascii: "}"))
            case UInt8(ascii: "["): open.append(UInt8(ascii: "]"))
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                guard open.popLast() == byte else { return nil }
                last = (index + 1, open)
            case UInt8(ascii: ","): last = (index, open)
            default: break
            }
        }
        guard let last else { return nil }
        return JSONValue.parsed(Array(text[..<last.end]) + last.open.reversed())
    }
}
