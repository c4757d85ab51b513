/// Reads times that differ from the last in their last places only: texts of RFC 3339 exactly as
/// `Timestamp.parseRFC3339`, numbers exactly as `Decimal`.
@safe struct TimestampCache {
    /// `YYYY-MM-DDThh:mm` of the last.
    private var minute: (UInt64, UInt64) = (0, 0)
    /// Its zone behind the seconds: one byte or six.
    private var zone: UInt64 = 0
    private var zoneCount = 0
    /// Unix seconds of the minute's beginning.
    private var minuteSeconds = 0

    /// The first eight digits of the last number that had thirteen before its point, and what they
    /// stand for in thousandths. Always right: at first `10000000`.
    private var digits: UInt64 = Decimal.zeros | 1
    private var digitsValue: UInt64 = 10_000_000 * 100_000_000

    private static let minuteBytes = 16
    private static let zoneBytes = 6

    init() {}

    /// - Parameter start: behind the opening quote. - Parameter tens: 10^0 to 10^19.
    /// - Returns: the length of the text before the closing quote; 0 when another reader has to
    ///   look.
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
            // Nine digits are nanoseconds; more are for the other reader.
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

    /// Remembers the minute and zone of a text that was read in full.
    mutating func learn(_ text: UnsafeRawBufferPointer) {
        let plain = Self.minuteBytes + 3
        guard text.count > plain, let base = text.baseAddress else { return }
        let bytes = unsafe base.assumingMemoryBound(to: UInt8.self)
        let last = unsafe bytes[text.count - 1]
        let isUTC = last == UInt8(ascii: "Z") || last == UInt8(ascii: "z")
        let zoneCount = isUTC ? 1 : Self.zoneBytes
        guard text.count >= plain + zoneCount else { return }
        // The same minute at its beginning, read by the one who knows how.
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

    /// A number of milliseconds: one of today has thirteen digits, and most have none or three
    /// places.
    /// - Returns: its length; 0 when another reader has to look.
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

    /// Behind the first eight digits. Of what ends the number only digits are told: see
    /// `Decimal.readShort`.
    /// - Returns: the length of all; 0 when it is of another form.
    @inline(__always)
    private func readRest(_ start: UnsafePointer<UInt8>, _ timestampMs: inout Double) -> Int {
        let rest = unsafe Word.load(start + 8)
        let point = UInt8(truncatingIfNeeded: rest &>> 40)
        let places: UInt64
        let length: Int
        if point == UInt8(ascii: ".") {
            places = unsafe Word.load(start + Self.wholeDigits + 1)
            length = Self.wholeDigits + 4
        } else {
            places = Decimal.zeros
            length = Self.wholeDigits
        }
        let all = (Word.first(Self.restDigits, of: rest) | places &<< 40) ^ Decimal.zeros
        guard Decimal.otherBytes(all) == 0, unsafe start[length] &- 0x30 > 9 else { return 0 }
        let mantissa = digitsValue &+ Decimal.eightDigits(all)
        timestampMs = Double(Int64(truncatingIfNeeded: mantissa)) / 1_000
        return length
    }

    private mutating func learnDigits(_ start: UnsafePointer<UInt8>) {
        let word = unsafe Word.load(start)
        // Below, all sixteen digits are a whole number that a double holds: 2^53 has sixteen.
        guard Decimal.digitCount(word ^ Decimal.zeros) == 8,
            unsafe (UInt8(ascii: "1")...UInt8(ascii: "8")).contains(start.pointee)
        else { return }
        digits = word
        digitsValue = Decimal.eightDigits(word ^ Decimal.zeros) &* 100_000_000
    }
}
