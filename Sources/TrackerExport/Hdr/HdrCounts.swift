import TrackerImport
import TrackerIndexer
import TrackerLog

/// Values as HdrHistogram counts them: whole numbers, in its own steps.
package struct HdrCounts {
    /// Of the log's unit: nanoseconds or bytes.
    let scale: Double
    private var counts: [Int: UInt64] = [:]
    /// Values that are negative or too large.
    private(set) var leftOut: UInt64 = 0
    private(set) var largest = 0.0

    init(scale: Double) { self.scale = scale }

    mutating func add(_ population: Population) {
        for entry in population.histogram.buckets {
            let middle = Bucket.middle(of: entry.bucket)
            guard entry.bucket >= 0, middle * scale < ExportLimits.maxHdrValue else {
                leftOut += entry.count
                continue
            }
            // The extremes are known better than by their buckets.
            let known = whole(min(max(middle, population.min), population.max))
            let value = isWithin(known, entry.bucket) ? known : whole(middle)
            counts[Self.place(of: value), default: 0] += entry.count
            largest = max(largest, Double(value))
        }
    }

    private func whole(_ value: Double) -> Int64 { Int64((value * scale).rounded()) }

    /// Whether the middle of the value's step, which readers take it for, is in the log's bucket.
    private func isWithin(_ value: Int64, _ bucket: Int32) -> Bool {
        guard let step = Self.steps?.range(at: Self.place(of: value)) else { return false }
        let middle = Double(step.lowest) + Double(step.highest - step.lowest + 1) / 2
        let taken = step.lowest == step.highest ? Double(step.lowest) : middle
        return Bucket.index(of: taken / scale) == bucket
    }

    private static let steps = HdrIndex(
        UInt64(ExportLimits.hdrDigits), lowest: 1, highest: UInt64(ExportLimits.maxHdrValue))

    var isEmpty: Bool { counts.isEmpty }

    /// Bits that tell the values of a power of two apart, with three digits.
    private static let halfBits = 10

    /// - Precondition: `value` is not negative.
    package static func place(of value: Int64) -> Int {
        let bits = 64 - (UInt64(value) | (1 << UInt64(halfBits + 1) - 1)).leadingZeroBitCount
        let bucket = bits - (halfBits + 1)
        let sub = Int(value >> Int64(bucket))
        return ((bucket + 1) << halfBits) + sub - (1 << halfBits)
    }

    /// The format V2, compressed, as text.
    func encoded() -> [UInt8] {
        var payload: [UInt8] = []
        var next = 0
        for (place, count) in counts.sorted(by: { $0.key < $1.key }) {
            if place > next { HdrWriter.append(zigZag: Int64(next - place), to: &payload) }
            HdrWriter.append(zigZag: Int64(clamping: count), to: &payload)
            next = place + 1
        }
        var plain: [UInt8] = []
        HdrWriter.append(UInt32(0x1C84_9313), to: &plain)
        HdrWriter.append(UInt32(payload.count), to: &plain)
        HdrWriter.append(UInt32(0), to: &plain)
        HdrWriter.append(UInt32(ExportLimits.hdrDigits), to: &plain)
        HdrWriter.append(UInt64(1), to: &plain)
        // Readers make room for values up to here.
        HdrWriter.append(UInt64(max(Self.hour, largest)), to: &plain)
        HdrWriter.append(1.0.bitPattern, to: &plain)
        plain += payload
        let packed = HdrWriter.deflated(plain)
        var whole: [UInt8] = []
        HdrWriter.append(UInt32(0x1C84_9314), to: &whole)
        HdrWriter.append(UInt32(packed.count), to: &whole)
        return HdrWriter.base64(whole + packed)
    }

    /// In nanoseconds: what loggers of HdrHistogram use.
    private static let hour = 3_600e9
}
