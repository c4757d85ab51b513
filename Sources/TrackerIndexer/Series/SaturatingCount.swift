/// Adds counts read from a log: a line may claim 2^62 samples, and there may be many such lines.
///
/// Sums saturate at 2^62: well above `limit`, and far enough below 2^64 that single samples cannot
/// overflow. Reported counts are capped at `limit`, so they do not depend on the order.
package enum SaturatingCount {
    /// 2^53: larger integers are not exact in the JSON of every language.
    package static let limit = 1 << 53
    private static let stop: UInt64 = 1 << 62

    static func sum(_ a: UInt64, _ b: UInt64) -> UInt64 {
        let (sum, isOverflow) = a.addingReportingOverflow(b)
        return isOverflow ? stop : min(sum, stop)
    }

    /// A count is never negative; a negative one is taken as 0 instead of trapping.
    package static func sum(_ a: Int, _ b: Int) -> Int {
        Int(sum(UInt64(clamping: a), UInt64(clamping: b)))
    }

    static func reported(_ count: UInt64) -> UInt64 { min(count, UInt64(limit)) }
    static func reported(_ count: Int) -> Int { min(count, limit) }
}
