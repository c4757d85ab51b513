/// Adding counts that a log claims: a line may say that it stands for 2^62 samples, and there may
/// be many.
///
/// What is told is at most `most`. Inside, sums stop well above it and far below where one more
/// sample could overflow: so what is told does not depend on the order.
package enum SaturatingCount {
    /// 2^53: whole numbers beyond it are not exact in the JSON of every language.
    package static let most = 1 << 53
    private static let stop: UInt64 = 1 << 62

    static func sum(_ a: UInt64, _ b: UInt64) -> UInt64 {
        let (sum, isTooMuch) = a.addingReportingOverflow(b)
        return isTooMuch ? stop : min(sum, stop)
    }

    /// Of counts, which are never negative; one that is counts as 0 and does not end the program.
    package static func sum(_ a: Int, _ b: Int) -> Int {
        Int(sum(UInt64(clamping: a), UInt64(clamping: b)))
    }

    static func told(_ count: UInt64) -> UInt64 { min(count, UInt64(most)) }
    static func told(_ count: Int) -> Int { min(count, most) }
}
