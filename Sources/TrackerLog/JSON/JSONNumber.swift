/// A number as it stands in a line: its raw bytes and its value.
@safe struct NumberToken {
    let start: UnsafePointer<UInt8>
    let count: Int
    let value: Double
}

extension JSONCursor {
    /// Steps over a number of the JSON grammar.
    ///
    /// The nearest double, exactly: at most 15 or so digits with a small exponent are one
    /// multiplication or division of exact doubles; the rest goes to the standard library.
    /// - Throws: for other grammars (`01`, `.5`, `1.`, `+1`, `NaN`), and for what no finite double
    ///   is near.
    mutating func number() throws(LineError) -> NumberToken {
        let start = unsafe next
        let isNegative = take(UInt8(ascii: "-"))
        var mantissa: UInt64 = 0
        var digits = try wholeDigits(into: &mantissa)
        var exponent = 0
        if take(UInt8(ascii: ".")) {
            let fraction = try someDigits(into: &mantissa)
            digits += fraction
            exponent = -fraction
        }
        if peek | 0x20 == UInt8(ascii: "e") {
            exponent = try exponentPart(added: exponent)
        }
        let count = unsafe next - start
        guard count <= LogLimits.maxNumberBytes else { throw .number }
        // Below 2^53 the mantissa is exact; 10^0 to 10^22 are exact doubles: one rounding, the
        // right one.
        if digits <= 19, mantissa <= 1 << 53, exponent >= -22, exponent <= 22 {
            let magnitude =
                unsafe exponent < 0
                ? Double(mantissa) / powersOfTen[-exponent]
                : Double(mantissa) * powersOfTen[exponent]
            return unsafe NumberToken(
                start: start, count: count, value: isNegative ? -magnitude : magnitude)
        }
        if digits <= 19, exponent < 0, exponent >= -19, mantissa > 0 {
            let magnitude = Decimal.quotient(mantissa, byTenToThe: -exponent)
            return unsafe NumberToken(
                start: start, count: count, value: isNegative ? -magnitude : magnitude)
        }
        let value = unsafe Self.nearestDouble(start, count)
        guard value.isFinite else { throw .numberRange }
        return unsafe NumberToken(start: start, count: count, value: value)
    }

    /// The digits before the point: `0` alone, or not beginning with `0`.
    private mutating func wholeDigits(into mantissa: inout UInt64) throws(LineError) -> Int {
        if take(UInt8(ascii: "0")) {
            if peek >= 0x30 && peek <= 0x39 { throw .number }
            return 0
        }
        return try someDigits(into: &mantissa)
    }

    /// At least one digit. The mantissa is right while there are at most 19.
    private mutating func someDigits(into mantissa: inout UInt64) throws(LineError) -> Int {
        let start = unsafe next
        while unsafe next < end {
            let digit = unsafe next.pointee &- 0x30
            guard digit <= 9 else { break }
            mantissa = mantissa &* 10 &+ UInt64(digit)
            unsafe next += 1
        }
        let count = unsafe next - start
        guard count > 0 else { throw .number }
        return count
    }

    private mutating func exponentPart(added: Int) throws(LineError) -> Int {
        advance()
        var isNegative = false
        if take(UInt8(ascii: "-")) { isNegative = true } else { _ = take(UInt8(ascii: "+")) }
        var exponent: UInt64 = 0
        // Any number this long is out of the quick path's reach, whatever its value.
        let digits = try someDigits(into: &exponent)
        guard digits <= 6 else { return 1_000_000 }
        return added + (isNegative ? -Int(exponent) : Int(exponent))
    }

    /// The nearest double of a checked number. Not `strtod`: to that, the point may be a comma, as
    /// the program's locale says.
    private static func nearestDouble(_ start: UnsafePointer<UInt8>, _ count: Int) -> Double {
        let raw = unsafe UnsafeBufferPointer(start: start, count: count)
        return unsafe Double(String(decoding: raw, as: UTF8.self)) ?? .nan
    }
}

/// Decimal digits, eight at a time.
enum Decimal {
    static let zeros: UInt64 = 0x3030_3030_3030_3030

    /// Reads a number without exponent, of at most 15 digits before its point, 15 behind and 19 in
    /// all. Looks at 24 bytes beyond the last digit at most.
    ///
    /// The nearest double, exactly as `JSONCursor.number()`.
    /// - Parameter tens: see `makeTens`.
    /// - Returns: its length; 0 when that reader has to decide.
    @inline(__always)
    static func read(
        _ start: UnsafePointer<UInt8>, tens: UnsafePointer<UInt64>, _ value: inout Double
    ) -> Int {
        var at = unsafe start
        let isNegative = unsafe at.pointee == UInt8(ascii: "-")
        if isNegative { unsafe at += 1 }
        let leads = unsafe at.pointee == UInt8(ascii: "0")
        let first = unsafe Word.load(at) ^ zeros
        let others = otherBytes(first)
        var count = others.trailingZeroBitCount &>> 3
        guard count > 0, !leads || count == 1 else { return 0 }
        let behind = (others & (others &- 1)).trailingZeroBitCount &>> 3
        if behind < 8, behind > count &+ 1, unsafe at[count] == UInt8(ascii: "."),
            unsafe at[behind] | 0x20 != UInt8(ascii: "e")
        {
            // All of it is in the first eight bytes: the point is taken out, and the rest is one
            // whole number. No byte before `behind` carries into the next one's mark.
            let places = behind &- count &- 1
            let whole = Word.first(count, of: first)
            let both = whole | ((first &>> 8) ^ Word.first(count, of: first &>> 8))
            let mantissa = digits(both, behind &- 1)
            let magnitude = unsafe double(mantissa) / double(tens, places)
            value = isNegative ? -magnitude : magnitude
            return unsafe at + behind - start
        }
        var mantissa: UInt64
        if count < 8 {
            mantissa = digits(first, count)
        } else {
            let second = unsafe Word.load(at + 8) ^ zeros
            let more = digitCount(second)
            guard more < 8 else { return 0 }
            mantissa = unsafe eightDigits(first) &* tens[more] &+ digits(second, more)
            count &+= more
        }
        unsafe at += count
        var places = 0
        if unsafe at.pointee == UInt8(ascii: ".") {
            let first = unsafe Word.load(at + 1) ^ zeros
            places = digitCount(first)
            if places < 8 {
                guard places > 0 else { return 0 }
                mantissa = unsafe mantissa &* tens[places] &+ digits(first, places)
            } else {
                let second = unsafe Word.load(at + 9) ^ zeros
                let more = digitCount(second)
                guard more < 8, count &+ more <= 11 else { return 0 }
                mantissa =
                    unsafe (mantissa &* 100_000_000 &+ eightDigits(first)) &* tens[more]
                    &+ digits(second, more)
                places = 8 &+ more
            }
            guard count &+ places <= 19 else { return 0 }
            unsafe at += 1 &+ places
        }
        guard unsafe at.pointee | 0x20 != UInt8(ascii: "e") else { return 0 }
        let magnitude: Double
        if mantissa <= 1 << 53 {
            magnitude = unsafe double(mantissa) / double(tens, places)
        } else {
            magnitude = unsafe quotient(mantissa, by: tens[places])
        }
        value = isNegative ? -magnitude : magnitude
        return unsafe at - start
    }

    /// The same for a number as nearly all values are: of at most seven bytes with a point among
    /// them, and no sign. Looks at eight bytes.
    ///
    /// The caller makes sure that the number ends where its digits do: `1.5e3` gives 1.5 here.
    /// - Returns: its length; 0 when it is of another form.
    @inline(__always)
    static func readShort(
        _ start: UnsafePointer<UInt8>, tens: UnsafePointer<UInt64>, _ value: inout Double
    ) -> Int {
        let word = unsafe Word.load(start)
        let digits = word ^ zeros
        let others = otherBytes(digits)
        let afterPoint = others & (others &- 1)
        // In bits: where the point stands, and where the number ends.
        let point = others.trailingZeroBitCount & 0x38
        let end = afterPoint.trailingZeroBitCount & 0x38
        guard afterPoint != 0, point > 0, end > point &+ 8,
            (word &>> UInt64(truncatingIfNeeded: point)) & 0xFF == UInt64(UInt8(ascii: ".")),
            digits & 0xFF != 0 || point == 8
        else { return 0 }
        // Without the point it is a whole number; its digits go to the upper end of the word. No
        // byte before `end` carries into the next one's mark.
        let behind = ~0 &<< UInt64(truncatingIfNeeded: point)
        let whole = (digits & ~behind) | ((digits &>> 8) & behind)
        let mantissa = eightDigits(whole &<< UInt64(truncatingIfNeeded: 72 &- end))
        let places = (end &- point) &>> 3 &- 1
        value = unsafe double(mantissa) / double(tens, places)
        return end &>> 3
    }

    /// Like `read`, for a caller that compares what stands behind with a text that stood behind a
    /// number before: such a text goes on no number.
    @inline(__always)
    static func readBeforeText(
        _ start: UnsafePointer<UInt8>, tens: UnsafePointer<UInt64>, _ value: inout Double
    ) -> Int {
        let length = unsafe readShort(start, tens: tens, &value)
        return unsafe length > 0 ? length : readAny(start, tens: tens, &value)
    }

    /// `read`, not made part of its caller.
    @inline(never)
    private static func readAny(
        _ start: UnsafePointer<UInt8>, tens: UnsafePointer<UInt64>, _ value: inout Double
    ) -> Int {
        unsafe read(start, tens: tens, &value)
    }

    /// A table of 10^0 to 10^19, then of the same as doubles. The owner deallocates it.
    static func makeTens() -> UnsafeMutablePointer<UInt64> {
        let table = UnsafeMutablePointer<UInt64>.allocate(capacity: 2 * tenCount)
        var power: UInt64 = 1
        for index in 0..<tenCount {
            unsafe (table + index).initialize(to: power)
            unsafe (table + tenCount + index).initialize(to: Double(power).bitPattern)
            power = power &* 10
        }
        return unsafe table
    }

    private static let tenCount = 20

    @inline(__always)
    private static func double(_ tens: UnsafePointer<UInt64>, _ places: Int) -> Double {
        unsafe Double(bitPattern: tens[tenCount &+ places])
    }

    /// Below 2^63.
    @inline(__always)
    private static func double(_ whole: UInt64) -> Double {
        Double(Int64(truncatingIfNeeded: whole))
    }

    /// The high bit of each byte, less `0`, that is no digit. Exact up to the first that is not
    /// ASCII.
    @inline(__always)
    static func otherBytes(_ word: UInt64) -> UInt64 {
        ((word &+ 0x7676_7676_7676_7676) | word) & Word.highBits
    }

    /// How many of the eight bytes, each less `0`, are digits before the first that is none.
    @inline(__always)
    static func digitCount(_ word: UInt64) -> Int {
        otherBytes(word).trailingZeroBitCount &>> 3
    }

    /// The number that the first `count` digits are, 0 to 7 of them.
    @inline(__always)
    private static func digits(_ word: UInt64, _ count: Int) -> UInt64 {
        let shift = UInt64(truncatingIfNeeded: 56 &- 8 &* count)
        return eightDigits((word &<< shift) &<< 8)
    }

    /// Pairs, then fours, then all: three multiplications for eight digits.
    @inline(__always)
    static func eightDigits(_ word: UInt64) -> UInt64 {
        let pairs = ((word & 0x0F0F_0F0F_0F0F_0F0F) &* 2_561) &>> 8
        let fours = ((pairs & 0x00FF_00FF_00FF_00FF) &* 6_553_601) &>> 16
        return ((fours & 0x0000_FFFF_0000_FFFF) &* 42_949_672_960_001) &>> 32
    }

    /// The double nearest to `mantissa / 10^places`; of two equally near the even one.
    /// - Parameter places: 1 to 19. - Precondition: the mantissa is not zero.
    static func quotient(_ mantissa: UInt64, byTenToThe places: Int) -> Double {
        quotient(mantissa, by: (0..<places).reduce(UInt64(1)) { power, _ in power * 10 })
    }

    /// The same with the divisor itself: 63 to 64 bits of the quotient by one division, and a last
    /// bit that says whether something remained. That rounds as the whole quotient would.
    static func quotient(_ mantissa: UInt64, by divisor: UInt64) -> Double {
        let lift = mantissa.leadingZeroBitCount
        let divisorLift = divisor.leadingZeroBitCount
        let dividend = UInt128(mantissa) << UInt128(63 + lift)
        let (quotient, remainder) = (divisor << UInt64(divisorLift)).dividingFullWidth(
            (UInt64(truncatingIfNeeded: dividend >> 64), UInt64(truncatingIfNeeded: dividend)))
        let exponent = divisorLift - 63 - lift
        return Double(quotient | (remainder == 0 ? 0 : 1))
            * Double(bitPattern: UInt64(1_023 + exponent) << 52)
    }
}

/// 10^0 to 10^22: all the powers of ten that are exact doubles.
nonisolated(unsafe) let powersOfTen: UnsafePointer<Double> = {
    let table = UnsafeMutablePointer<Double>.allocate(capacity: 23)
    var power = 1.0
    for index in 0..<23 {
        unsafe (table + index).initialize(to: power)
        power *= 10
    }
    return unsafe UnsafePointer(table)
}()
