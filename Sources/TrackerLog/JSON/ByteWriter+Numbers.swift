import Glibc

// MARK: numbers

extension ByteWriter {
    package mutating func put(integer value: Int) {
        if value < 0 { put(byte: UInt8(ascii: "-")) }
        put(whole: UInt64(value.magnitude))
    }

    /// The shortest digits that read back as the same double; whole numbers have no `.0`. The same
    /// text as `Double.description` but for those.
    package mutating func put(number value: Double) {
        let magnitude = value.magnitude
        guard magnitude < 1e15, magnitude >= 1e-4 || magnitude == 0 else {
            // Exponents, and what is not finite: rare.
            var text = value.description
            return text.withUTF8 { unsafe put(bytes: UnsafeRawBufferPointer($0)) }
        }
        if value < 0 { put(byte: UInt8(ascii: "-")) }
        let whole = UInt64(magnitude)
        if Double(whole) == magnitude { return put(whole: whole) }
        // Decimals of up to three places lie further apart than doubles do below 2^42, and those of
        // up to 15 digits everywhere: one that reads back as the value is the only one, and so the
        // shortest but for its zeros. The quotient of two exact doubles is what it reads back as.
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
        // Of a value below 1 there may be more places than a power of ten can have here.
        let scale = shortest.places > 19 ? .max : unsafe wholePowersOfTen[shortest.places]
        put(shortest.digits / scale, fraction: shortest.digits % scale, places: shortest.places)
    }

    /// The whole part, a point and so many decimal places, without zeros at the end.
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

    /// The last `count` digits of the value, with zeros before it.
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

/// 10^0 to 10^19: all that a `UInt64` holds.
private nonisolated(unsafe) let wholePowersOfTen: UnsafePointer<UInt64> = {
    let table = UnsafeMutablePointer<UInt64>.allocate(capacity: 20)
    var power: UInt64 = 1
    for index in 0..<20 {
        unsafe (table + index).initialize(to: power)
        power = power &* 10
    }
    return unsafe UnsafePointer(table)
}()
