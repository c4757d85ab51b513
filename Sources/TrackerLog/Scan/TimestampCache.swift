/// A fast path for times that share their leading digits with the last one. Reads RFC 3339 text
/// exactly as `Timestamp.parseRFC3339`, numbers exactly as `Decimal`.
@safe struct TimestampCache {
    /// `YYYY-MM-DDThh:mm` of the last text.
    private var minute: (UInt64, UInt64) = (0, 0)
    /// Its zone: `Z`, or `±hh:mm`.
    private var zone: UInt64 = 0
    private var zoneCount = 0
    /// Unix seconds at the start of the minute.
    private var minuteSeconds = 0

    /// The first eight digits of the last number with thirteen integer digits, and their value in
    /// thousandths. Always consistent: initially `10000000`.
    private var digits: UInt64 = Decimal.zeros | 1
    private var digitsValue: UInt64 = 10_000_000 * 100_000_000

    private static let minuteBytes = 16
    private static let zoneBytes = 6

    init() {}

    /// - Parameter start: just after the opening quote. - Parameter tens: 10^0 to 10^19.
    /// - Returns: the length of the text before the closing quote; 0 when another reader has to
    ///   read it.
    @inline(__always)
    func read(
        _ start: UnsafePointer<UInt8>, tens: UnsafePointer<UInt64>, _ timestampMs: inout Double
    ) -> Int {
        guard zoneCount > 0, unsafe Word.load(start) == minute.0,
            unsafe Word.load(start + 8) == minute.1, unsafe start[16] == UInt8(ascii: ":")
        else { return 0 }
        let high = unsafe start[17] &- 0x30
        let low = unsafe start[18] &- 0x30
        guard high <= 5, low <= 9 else { return 0 }
        var at = unsafe start + 19
        var fractionMs = 0.0
        if unsafe at.pointee == UInt8(ascii: ".") {
            var value: UInt64 = 0
            var digits = 0
            // Nine digits are nanoseconds; the other reader takes more.
            while digits <= 9, unsafe at[1 &+ digits] &- 0x30 <= 9 {
                unsafe value = value &* 10 &+ UInt64(at[1 &+ digits] &- 0x30)
                digits &+= 1
            }
            guard digits > 0, digits <= 9 else { return 0 }
            fractionMs = unsafe Double(value) * 1_000 / Double(tens[digits])
            unsafe at += 1 &+ digits
        }
        guard unsafe Word.first(zoneCount, of: Word.load(at) ^ zone) == 0,
            unsafe at[zoneCount] == UInt8(ascii: "\"")
        else { return 0 }
        let seconds = minuteSeconds &+ 10 &* Int(high) &+ Int(low)
        timestampMs = Double(seconds &* 1_000) + fractionMs
        return unsafe at + zoneCount - start
    }

    /// Remembers the minute and zone of a text that was parsed in full.
    mutating func learn(_ text: UnsafeRawBufferPointer) {
        let plain = Self.minuteBytes + 3
        guard text.count > plain, let base = text.baseAddress else { return }
        let bytes = unsafe base.assumingMemoryBound(to: UInt8.self)
        let last = unsafe bytes[text.count - 1]
        let isUTC = last == UInt8(ascii: "Z") || last == UInt8(ascii: "z")
        let zoneCount = isUTC ? 1 : Self.zoneBytes
        guard text.count >= plain + zoneCount else { return }
        // The start of that minute, from the full parser.
        var beginning = unsafe Array(text.prefix(Self.minuteBytes))
        beginning += Array(":00".utf8)
        unsafe beginning += text.suffix(zoneCount)
        let ms = unsafe beginning.withUnsafeBytes { unsafe Timestamp.parseRFC3339($0) }
        guard let ms else { return }
        minute = unsafe (Word.load(bytes), Word.load(bytes + 8))
        zone = 0
        for index in 0..<zoneCount {
            let byte = unsafe text[text.count - zoneCount + index]
            zone |= UInt64(byte) << UInt64(8 * index)
        }
        self.zoneCount = zoneCount
        minuteSeconds = Int(ms) / 1_000
    }

    /// A number of milliseconds. Today's have thirteen integer digits, and usually zero or three
    /// decimals.
    /// - Returns: its length; 0 when another reader has to read it.
    @inline(__always)
    mutating func readNumber(
        _ start: UnsafePointer<UInt8>, tens: UnsafePointer<UInt64>, _ timestampMs: inout Double
    ) -> Int {
        if unsafe Word.load(start) == digits {
            let length = unsafe readRest(start, &timestampMs)
            if length > 0 { return length }
        }
        let length = unsafe Decimal.read(start, tens: tens, &timestampMs)
        if length >= Self.wholeDigits { unsafe learnDigits(start) }
        return length
    }

    private static let wholeDigits = 13
    private static let restDigits = 5

    /// Reads the rest after the first eight digits. The byte after the number is only checked not
    /// to be a digit: see `Decimal.readShort`.
    /// - Returns: the length of the whole number; 0 when it has another form.
    @inline(__always)
    private func readRest(_ start: UnsafePointer<UInt8>, _ timestampMs: inout Double) -> Int {
        let rest = unsafe Word.load(start + 8)
        let point = UInt8(truncatingIfNeeded: rest &>> 40)
        let decimals: UInt64
        let length: Int
        if point == UInt8(ascii: ".") {
            decimals = unsafe Word.load(start + Self.wholeDigits + 1)
            length = Self.wholeDigits + 4
        } else {
            decimals = Decimal.zeros
            length = Self.wholeDigits
        }
        let all = (Word.first(Self.restDigits, of: rest) | decimals &<< 40) ^ Decimal.zeros
        guard Decimal.otherBytes(all) == 0, unsafe start[length] &- 0x30 > 9 else { return 0 }
        let mantissa = digitsValue &+ Decimal.eightDigits(all)
        timestampMs = Double(Int64(truncatingIfNeeded: mantissa)) / 1_000
        return length
    }

    private mutating func learnDigits(_ start: UnsafePointer<UInt8>) {
        let word = unsafe Word.load(start)
        // Up to a leading 8, all sixteen digits form an integer below 2^53, which is exact in a
        // double.
        guard Decimal.digitCount(word ^ Decimal.zeros) == 8,
            unsafe (UInt8(ascii: "1")...UInt8(ascii: "8")).contains(start.pointee)
        else { return }
        digits = word
        digitsValue = Decimal.eightDigits(word ^ Decimal.zeros) &* 100_000_000
    }
}
