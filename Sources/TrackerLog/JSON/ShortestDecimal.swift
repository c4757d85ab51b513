/// The shortest decimal that reads back as the double, and the nearest of several: Raffaello
/// Giulietti, "The Schubfach way to render doubles" (2020).
///
/// Only for doubles from 2^-14 to 2^50 that are not integers: in this range the powers of ten that
/// the method needs are exact in 128 bits.
struct ShortestDecimal {
    /// The value is `digits / 10^places`. `digits` may end in zeros.
    let digits: UInt64
    let places: Int

    init(_ value: Double) {
        let exponent = Int(value.exponentBitPattern) - 1075
        let fraction = value.significandBitPattern
        let significand = fraction | 1 << 52
        // Just below a power of two, doubles are twice as close.
        let isLowerCloser = fraction == 0
        let isOdd: UInt64 = significand & 1
        let power = (exponent * 1_262_611 - (isLowerCloser ? 524_031 : 0)) >> 22
        let shift = UInt64(exponent + ((-power * 1_741_647) >> 19) + 1)
        let factor = unsafe exactPowersOfTen[-power]

        // All in quarters of the last decimal, rounded so that the comparisons stay exact.
        let lower =
            Self.product(factor, (4 * significand - (isLowerCloser ? 1 : 2)) << shift) + isOdd
        let middle = Self.product(factor, (4 * significand) << shift)
        let upper = Self.product(factor, (4 * significand + 2) << shift) - isOdd

        let down = middle / 4
        let tens = down / 10
        let isTenBelowIn = lower <= 40 * tens
        let isTenAboveIn = 40 * tens + 40 <= upper
        if down >= 10, isTenBelowIn != isTenAboveIn {
            (digits, places) = (tens + (isTenAboveIn ? 1 : 0), -(power + 1))
            return
        }
        let isBelowIn = lower <= 4 * down
        let isAboveIn = 4 * down + 4 <= upper
        let half = 4 * down + 2
        let isAboveNearer = middle > half || (middle == half && down & 1 == 1)
        let goesUp = isBelowIn != isAboveIn ? isAboveIn : isAboveNearer
        (digits, places) = (down + (goesUp ? 1 : 0), -power)
    }

    /// The upper 64 bits of the 192-bit product, with the lowest bit set when any below it was.
    private static func product(_ factor: UInt128, _ value: UInt64) -> UInt64 {
        let low = UInt64(truncatingIfNeeded: factor).multipliedFullWidth(by: value)
        let high = UInt64(truncatingIfNeeded: factor >> 64).multipliedFullWidth(by: value)
        let (middle, carries) = high.low.addingReportingOverflow(low.high)
        return (high.high + (carries ? 1 : 0)) | (middle > 1 ? 1 : 0)
    }
}

/// 10^0 to 10^38, each normalised to 128 bits.
private nonisolated(unsafe) let exactPowersOfTen: UnsafePointer<UInt128> = {
    let table = UnsafeMutablePointer<UInt128>.allocate(capacity: 39)
    var power: UInt128 = 1
    for index in 0..<39 {
        unsafe (table + index).initialize(to: power << power.leadingZeroBitCount)
        power = power &* 10
    }
    return unsafe UnsafePointer(table)
}()
