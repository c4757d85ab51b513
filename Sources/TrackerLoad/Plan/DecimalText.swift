/// A decimal number as it was typed, without rounding: `1.25` is 125 with a scale of 2.
struct DecimalText: Hashable {
    var digits: UInt64
    /// Number of digits after the point.
    var scale: Int

    /// Parses `12`, `0.5` or `.5`; at most 18 digits.
    init?(_ text: some StringProtocol) {
        digits = 0
        scale = 0
        var seenPoint = false
        var count = 0
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                count += 1
                guard count <= 18 else { return nil }
                digits = digits * 10 + UInt64(byte - UInt8(ascii: "0"))
                scale += seenPoint ? 1 : 0
            case UInt8(ascii: ".") where !seenPoint: seenPoint = true
            default: return nil
            }
        }
        guard count > 0 else { return nil }
    }

    /// The number times `factor`; `nil` unless that is a whole number of 64 bits.
    func multiplied(by factor: UInt64) -> UInt64? {
        let (product, overflow) = digits.multipliedReportingOverflow(by: factor)
        guard !overflow else { return nil }
        let divisor = powerOfTen(scale)
        return product % divisor == 0 ? product / divisor : nil
    }
}

/// 10 to the power of `exponent`, for exponents up to 19.
func powerOfTen(_ exponent: Int) -> UInt64 {
    (0..<exponent).reduce(UInt64(1)) { power, _ in power * 10 }
}
