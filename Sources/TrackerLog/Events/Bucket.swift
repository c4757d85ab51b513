/// The bucket rule of `docs/FORMAT.md` section 5: a positive value is in bucket `bitPattern >> 45`.
///
/// Bucket 0 holds zero (and magnitudes below 2^-1029, whose index is 0). A negative value has the
/// negated index of its magnitude. The rule needs no table, so any engine can compute it.
public enum Bucket {
    /// 52 bits of fraction minus the 7 that select one of 128 buckets per power of two.
    public static let shift: UInt64 = 45
    /// The largest index of a finite double.
    public static let maxIndex: Int32 = Int32((UInt64(0x7FEF_FFFF_FFFF_FFFF)) >> 45)

    /// The bucket of a finite value.
    @inlinable
    public static func index(of value: Double) -> Int32 {
        let magnitude = Int32(truncatingIfNeeded: value.magnitude.bitPattern >> shift)
        return value < 0 ? -magnitude : magnitude
    }

    /// The smallest magnitude in a bucket.
    public static func lowerBound(of index: Int32) -> Double {
        Double(bitPattern: UInt64(index.magnitude) << shift)
    }

    /// The smallest magnitude above a bucket; infinite for the last one.
    public static func upperBound(of index: Int32) -> Double {
        Double(bitPattern: (UInt64(index.magnitude) + 1) << shift)
    }

    /// The value that represents the bucket: the middle between its bounds.
    public static func middle(of index: Int32) -> Double {
        guard index != 0 else { return 0 }
        let middle = Double(bitPattern: UInt64(index.magnitude) << shift | 1 << (shift - 1))
        return index < 0 ? -middle : middle
    }
}
