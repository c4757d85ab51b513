/// Reads the fields of Gatling's binary records. A record that is not whole yet is read again when
/// more bytes are there.
struct GatlingFields {
    private var bytes: [UInt8] = []
    private var position = 0
    private var recordStart = 0
    /// Bytes before `bytes`.
    private var before = 0
    private var texts: [Int32: String] = [:]
    /// Numbers of texts that came with this record.
    private var added: [Int32] = []
    /// What makes no sense; `nil` where only bytes are missing.
    private(set) var problem: String?

    /// In the file, where the record begins.
    var offset: Int { before + recordStart }
    var waiting: Int { bytes.count - recordStart }

    mutating func append(_ piece: ByteView) {
        unsafe bytes.append(contentsOf: piece.raw)
    }

    mutating func beginRecord() {
        recordStart = position
        added = []
    }

    /// After a record that is not whole.
    mutating func giveBack() {
        for number in added { texts[number] = nil }
        position = recordStart
    }

    /// Drops the bytes of records that have been read.
    mutating func compact() {
        bytes.removeFirst(recordStart)
        before += recordStart
        position -= recordStart
        recordStart = 0
    }

    mutating func fail<Value>(_ problem: String) -> Value? {
        self.problem = self.problem ?? problem
        return nil
    }

    mutating func byte() -> UInt8? {
        guard position < bytes.count else { return nil }
        defer { position += 1 }
        return bytes[position]
    }

    mutating func bool() -> Bool? {
        guard let byte = byte() else { return nil }
        return byte < 2 ? byte == 1 : fail("a byte \(byte) where 0 or 1 must be")
    }

    mutating func int() -> Int32? {
        guard bytes.count - position >= 4 else { return nil }
        var value: UInt32 = 0
        for index in position..<position + 4 { value = value << 8 | UInt32(bytes[index]) }
        position += 4
        return Int32(bitPattern: value)
    }

    mutating func long() -> Int64? {
        guard let high = int(), let low = int() else { return nil }
        return Int64(high) << 32 | Int64(UInt32(bitPattern: low))
    }

    /// A number of things that follow.
    mutating func count() -> Int? {
        guard let value = int() else { return nil }
        guard (0...ImportLimits.maxLineBytes).contains(Int(value)) else {
            return fail("a length of \(value)")
        }
        return Int(value)
    }

    mutating func skip(_ length: Int) -> Bool {
        guard bytes.count - position >= length else { return false }
        position += length
        return true
    }

    /// Length, bytes and, unless it is empty, 0 for Latin-1 and 1 for UTF-16.
    mutating func text() -> String? {
        guard let length = count() else { return nil }
        if length == 0 { return "" }
        let start = position
        guard skip(length), let coder = byte() else { return nil }
        let part = bytes[start..<start + length]
        switch coder {
        case 0:
            return part.reduce(into: "") { $0.unicodeScalars.append(Unicode.Scalar($1)) }
        case 1:
            let pairs = stride(from: part.startIndex, to: part.endIndex - 1, by: 2)
            return String(
                decoding: pairs.map { UInt16(part[$0]) | UInt16(part[$0 + 1]) << 8 },
                as: UTF16.self)
        default: return fail("a text in the unknown coding \(coder)")
        }
    }

    /// A number that is new, and the text, or the negated number of a text that was before.
    mutating func knownText() -> String? {
        guard let number = int() else { return nil }
        if number > 0 {
            guard let text = text() else { return nil }
            guard texts.count < ImportLimits.maxNumberedTexts else {
                return fail("more than \(ImportLimits.maxNumberedTexts) texts")
            }
            if texts.updateValue(text, forKey: number) == nil { added.append(number) }
            return text
        }
        guard number > .min, let known = texts[-number] else {
            return fail("a text by its number \(number), which no text before has")
        }
        return known
    }

    mutating func groups() -> String? {
        guard let number = count() else { return nil }
        var names: [String] = []
        for _ in 0..<number {
            guard let name = knownText() else { return nil }
            names.append(name)
        }
        return names.joined(separator: ",")
    }
}
