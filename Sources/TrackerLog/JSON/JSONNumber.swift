/// A number in a line: its raw bytes and its value.
@safe struct NumberToken {
    let start: UnsafePointer<UInt8>
    let count: Int
    let value: Double
}

extension JSONCursor {
    /// Reads a number of the JSON grammar.
    ///
    /// The result is the nearest double, correctly rounded. Numbers of up to about 15 digits with a
    /// small exponent take one multiplication or division of exact doubles; the standard library
    /// handles the rest.
    /// - Throws: for other grammars (`01`, `.5`, `1.`, `+1`, `NaN`) and for numbers beyond the
    ///   range of a double.
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
        // Up to 2^53 the mantissa is exact, and so are 10^0 to 10^22: the result is rounded once,
        // correctly.
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

    /// Reads the digits before the point: `0` alone, or digits that do not begin with `0`.
    private mutating func wholeDigits(into mantissa: inout UInt64) throws(LineError) -> Int {
        if take(UInt8(ascii: "0")) {
            if peek >= 0x30 && peek <= 0x39 { throw .number }
            return 0
        }
        return try someDigits(into: &mantissa)
    }

    /// Reads at least one digit. The mantissa does not overflow for up to 19 digits.
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
        // Any exponent this long is out of range for the fast path, whatever its value.
        let digits = try someDigits(into: &exponent)
        guard digits <= 6 else { return 1_000_000 }
        return added + (isNegative ? -Int(exponent) : Int(exponent))
    }

    /// The nearest double of a validated number. Not `strtod`, which expects the decimal separator
    /// of the program's locale.
    private static func nearestDouble(_ start: UnsafePointer<UInt8>, _ count: Int) -> Double {
        let raw = unsafe UnsafeBufferPointer(start: start, count: count)
        return unsafe Double(String(decoding: raw, as: UTF8.self)) ?? .nan
    }
}

/// Decimal digits, eight at a time.
enum Decimal {
    static let zeros: UInt64 = 0x3030_3030_3030_3030

    /// Reads a number without exponent: at most 15 digits before the point, 15 after it and 19 in
    /// all. May read up to 24 bytes past the last digit.
    ///
    /// The same nearest double as `JSONCursor.number()`.
    /// - Parameter tens: see `makeTens`.
    /// - Returns: its length; 0 when `JSONCursor.number()` has to decide.
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
        let after = (others & (others &- 1)).trailingZeroBitCount &>> 3
        if after < 8, after > count &+ 1, unsafe at[count] == UInt8(ascii: "."),
            unsafe at[after] | 0x20 != UInt8(ascii: "e")
        {
            // The whole number is within the first eight bytes: remove the point and convert the
            // digits at once. No byte before `after` carries into the mark of the next one.
            let places = after &- count &- 1
            let whole = Word.first(count, of: first)
            let both = whole | ((first &>> 8) ^ Word.first(count, of: first &>> 8))
            let mantissa = digits(both, after &- 1)
            let magnitude = unsafe double(mantissa) / double(tens, places)
            value = isNegative ? -magnitude : magnitude
            return unsafe at + after - start
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

    /// The same for the usual form of a value: at most seven bytes, with a point and without a
    /// sign. Reads eight bytes.
    ///
    /// The caller must check that the number ends with its digits: `1.5e3` gives 1.5 here.
    /// - Returns: its length; 0 when it has another form.
    @inline(__always)
    static func readShort(
        _ start: UnsafePointer<UInt8>, tens: UnsafePointer<UInt64>, _ value: inout Double
    ) -> Int {
        let word = unsafe Word.load(start)
        let digits = word ^ zeros
        let others = otherBytes(digits)
        let afterPoint = others & (others &- 1)
        // In bits: the position of the point, and the end of the number.
        let point = others.trailingZeroBitCount & 0x38
        let end = afterPoint.trailingZeroBitCount & 0x38
        guard afterPoint != 0, point > 0, end > point &+ 8,
            (word &>> UInt64(truncatingIfNeeded: point)) & 0xFF == UInt64(UInt8(ascii: ".")),
            digits & 0xFF != 0 || point == 8
        else { return 0 }
        // Remove the point and shift the digits to the upper end of the word. No byte before `end`
        // carries into the mark of the next one.
        let after = ~0 &<< UInt64(truncatingIfNeeded: point)
        let whole = (digits & ~after) | ((digits &>> 8) & after)
        let mantissa = eightDigits(whole &<< UInt64(truncatingIfNeeded: 72 &- end))
        let places = (end &- point) &>> 3 &- 1
        value = unsafe double(mantissa) / double(tens, places)
        return end &>> 3
    }

    /// Like `read`, for a caller that then compares the following bytes with text that followed a
    /// number before: such text cannot continue a number.
    @inline(__always)
    static func readBeforeText(
        _ start: UnsafePointer<UInt8>, tens: UnsafePointer<UInt64>, _ value: inout Double
    ) -> Int {
        let length = unsafe readShort(start, tens: tens, &value)
        return unsafe length > 0 ? length : readAny(start, tens: tens, &value)
    }

    /// `read`, kept out of line.
    @inline(never)
    private static func readAny(
        _ start: UnsafePointer<UInt8>, tens: UnsafePointer<UInt64>, _ value: inout Double
    ) -> Int {
        unsafe read(start, tens: tens, &value)
    }

    /// A table of 10^0 to 10^19 as integers, then as doubles. The owner deallocates it.
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

    /// Sets the high bit of each byte that is not a digit. Each byte of `word` has `0` subtracted
    /// (by XOR). Exact up to the first byte that is not ASCII.
    @inline(__always)
    static func otherBytes(_ word: UInt64) -> UInt64 {
        ((word &+ 0x7676_7676_7676_7676) | word) & Word.highBits
    }

    /// The number of leading digits among the eight bytes, each with `0` subtracted.
    @inline(__always)
    static func digitCount(_ word: UInt64) -> Int {
        otherBytes(word).trailingZeroBitCount &>> 3
    }

    /// The value of the first `count` digits, 0 to 7.
    @inline(__always)
    private static func digits(_ word: UInt64, _ count: Int) -> UInt64 {
        let shift = UInt64(truncatingIfNeeded: 56 &- 8 &* count)
        return eightDigits((word &<< shift) &<< 8)
    }

    /// The value of eight digits in three multiplications: pairs, then fours, then all.
    @inline(__always)
    static func eightDigits(_ word: UInt64) -> UInt64 {
        let pairs = ((word & 0x0F0F_0F0F_0F0F_0F0F) &* 2_561) &>> 8
        let fours = ((pairs & 0x00FF_00FF_00FF_00FF) &* 6_553_601) &>> 16
        return ((fours & 0x0000_FFFF_0000_FFFF) &* 42_949_672_960_001) &>> 32
    }

    /// The double nearest to `mantissa / 10^places`; ties round to even.
    /// - Parameter places: 1 to 19. - Precondition: the mantissa is not zero.
    static func quotient(_ mantissa: UInt64, byTenToThe places: Int) -> Double {
        quotient(mantissa, by: (0..<places).reduce(UInt64(1)) { power, _ in power * 10 })
    }

    /// The same for a given divisor. One division gives 63 to 64 bits of the quotient; the lowest
    /// bit is set when there is a remainder (a sticky bit), so the result rounds like the exact
    /// quotient.
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

/// 10^0 to 10^22: all powers of ten that are exact in a double.
nonisolated(unsafe) let powersOfTen: UnsafePointer<Double> = {
    let table = UnsafeMutablePointer<Double>.allocate(capacity: 23)
    var power = 1.0
    for index in 0..<23 {
        unsafe (table + index).initialize(to: power)
        power *= 10
    }
    return unsafe UnsafePointer(table)
}()
