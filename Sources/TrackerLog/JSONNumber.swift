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
