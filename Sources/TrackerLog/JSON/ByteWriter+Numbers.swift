import Glibc

// MARK: numbers

extension ByteWriter {
    package mutating func put(integer value: Int) {
        if value < 0 { put(byte: UInt8(ascii: "-")) }
        put(whole: UInt64(value.magnitude))
    }

    /// Writes the shortest digits that read back as the same double. Same text as
    /// `Double.description`, except that whole numbers have no `.0`.
    package mutating func put(number value: Double) {
        let magnitude = value.magnitude
        guard magnitude < 1e15, magnitude >= 1e-4 || magnitude == 0 else {
            // Rare: numbers with an exponent, and values that are not finite.
            var text = value.description
            return text.withUTF8 { unsafe put(bytes: UnsafeRawBufferPointer($0)) }
        }
        if value < 0 { put(byte: UInt8(ascii: "-")) }
        let whole = UInt64(magnitude)
        if Double(whole) == magnitude { return put(whole: whole) }
        // Below 2^42 doubles are closer together than decimals with three places; decimals of up to
        // 15 digits are always further apart than doubles. So at most one such decimal reads back
        // as the value, and it is the shortest apart from trailing zeros. It reads back as the
        // quotient of two exact doubles.
        if magnitude < 0x1p42 {
            let thousandths = UInt64(magnitude * 1e3 + 0.5)
            if Double(thousandths) / 1e3 == magnitude {
                return put(whole, fraction: thousandths &- whole &* 1_000, places: 3)
            }
        }
        if magnitude < 1e9 {
            let millionths = UInt64(magnitude * 1e6 + 0.5)
            if Double(millionths) / 1e6 == magnitude {
                return put(whole, fraction: millionths &- whole &* 1_000_000, places: 6)
            }
        }
        let shortest = ShortestDecimal(magnitude)
        // A value below 1 may have more decimal places than a power of ten in `UInt64`.
        let scale = shortest.places > 19 ? .max : unsafe wholePowersOfTen[shortest.places]
        put(shortest.digits / scale, fraction: shortest.digits % scale, places: shortest.places)
    }

    /// Writes the whole part, a point and the fraction without trailing zeros.
    private mutating func put(_ whole: UInt64, fraction: UInt64, places: Int) {
        put(whole: whole)
        put(byte: UInt8(ascii: "."))
        var (fraction, places) = (fraction, places)
        while fraction % 10 == 0, places > 1 { (fraction, places) = (fraction / 10, places - 1) }
        put(digits: fraction, count: places)
    }

    package mutating func put(whole value: UInt64) {
        // 1233 / 4096 is just above log10(2): the number of digits, or one more.
        let bits = UInt64.bitWidth - (value | 1).leadingZeroBitCount
        let guess = (bits * 1233) >> 12
        let count = unsafe value < wholePowersOfTen[guess] ? guess : guess + 1
        put(digits: value, count: max(count, 1))
    }

    /// Writes the last `count` digits of the value, padded with leading zeros.
    private mutating func put(digits value: UInt64, count: Int) {
        guard let room = unsafe take(count) else { return }
        var value = value
        var at = count
        while at >= 2 {
            let pair = Int(value % 100)
            value /= 100
            at -= 2
            unsafe memcpy(room + at, digitPairs.utf8Start + 2 * pair, 2)
        }
        if at == 1 { unsafe room[0] = UInt8(ascii: "0") + UInt8(value % 10) }
    }
}

/// "00" to "99".
private let digitPairs: StaticString = """
    0001020304050607080910111213141516171819\
    2021222324252627282930313233343536373839\
    4041424344454647484950515253545556575859\
    6061626364656667686970717273747576777879\
    8081828384858687888990919293949596979899
    """

/// 10^0 to 10^19: all powers of ten in `UInt64`.
private nonisolated(unsafe) let wholePowersOfTen: UnsafePointer<UInt64> = {
    let table = UnsafeMutablePointer<UInt64>.allocate(capacity: 20)
    var power: UInt64 = 1
    for index in 0..<20 {
        unsafe (table + index).initialize(to: power)
        power = power &* 10
    }
    return unsafe UnsafePointer(table)
}()
