/// A histogram as HdrHistogram writes it: V0, V1 and V2, compressed and not.
package struct HdrHistogram {
    /// Whole numbers of the recorder's unit, with the bounds of what counts as the same.
    package struct Step: Sendable, Hashable {
        package var lowest: Int64
        package var highest: Int64
        package var count: UInt64
    }

    package enum Failure: String, Error {
        case notBase64 = "the histogram is not Base64: cut or damaged"
        case notDeflated = "the histogram cannot be decompressed: cut or damaged"
        case cut = "the histogram ends too early"
        case unknown = "the histogram has no known version"
        case double = "a histogram of fractions (DoubleHistogram) is not read"
        case shifted = "a histogram with a moved index is not read"
        case damaged = "the histogram is damaged: its numbers contradict each other"
    }

    package private(set) var steps: [Step] = []

    package init(base64 text: some Sequence<UInt8>) throws(Failure) {
        guard let bytes = HdrBytes.base64(text) else { throw .notBase64 }
        var reader = HdrBytes(bytes)
        guard let cookie = reader.integer(bytes: 4) else { throw .cut }
        switch cookie & ~0xF0 {
        case 0x1C84_9304, 0x1C84_9302, 0x1C84_9309:
            guard let length = reader.integer(bytes: 4), length <= reader.left else { throw .cut }
            let packed = bytes[reader.position..<reader.position + Int(length)]
            guard let plain = HdrBytes.inflate(packed) else { throw .notDeflated }
            try self.init(plain: plain)
        default: try self.init(plain: bytes)
        }
    }

    private struct Layout {
        var digits: UInt64
        var lowest: UInt64
        var highest: UInt64
        /// Bytes of a count; `nil`: of any length, as V2 writes them.
        var countBytes: Int?
        var payload: Int
        /// By how many places the counts are moved: whole powers of two, or none. The JavaScript
        /// library always writes 1, and means none.
        var offset: Int32
    }

    private init(plain: [UInt8]) throws(Failure) {
        var reader = HdrBytes(plain)
        let layout = try Self.layout(&reader)
        guard let index = HdrIndex(layout.digits, lowest: layout.lowest, highest: layout.highest)
        else { throw .damaged }
        guard layout.offset.magnitude <= 1 || layout.offset.magnitude < index.halfCount else {
            throw .shifted
        }
        let end = min(plain.count, reader.position + layout.payload)
        var place = 0
        while reader.position < end {
            if let bytes = layout.countBytes {
                // Zeros at the end may be left out, and half a count is none.
                guard let count = reader.integer(bytes: bytes) else { return }
                try add(count, at: place, index)
                place += 1
            } else {
                guard let number = reader.zigZag() else { throw .cut }
                if number < 0 {
                    guard -number <= Int64(index.count) else { throw .damaged }
                    place += Int(-number)
                } else {
                    try add(UInt64(number), at: place, index)
                    place += 1
                }
            }
        }
    }

    private static func layout(_ reader: inout HdrBytes) throws(Failure) -> Layout {
        guard let cookie = reader.integer(bytes: 4) else { throw .cut }
        // The size of a count is in bits 4 to 7; the lowest of them is set since V1.
        let countBytes = Int(cookie >> 4 & 0xE)
        switch cookie & ~0xF0 {
        case 0x1C84_9303, 0x1C84_9301:
            guard let payload = reader.integer(bytes: 4), let offset = reader.integer(bytes: 4),
                let digits = reader.integer(bytes: 4), let lowest = reader.integer(bytes: 8),
                let highest = reader.integer(bytes: 8), reader.integer(bytes: 8) != nil
            else { throw .cut }
            // What came last is a ratio that says nothing about whole numbers.
            guard payload <= reader.left else { throw .cut }
            let isV2 = cookie & 0xF == 3
            guard isV2 || [2, 4, 8].contains(countBytes) else { throw .damaged }
            return Layout(
                digits: digits, lowest: lowest, highest: highest,
                countBytes: isV2 ? nil : countBytes, payload: Int(payload),
                offset: Int32(truncatingIfNeeded: offset))
        case 0x1C84_9308:
            guard let digits = reader.integer(bytes: 4), let lowest = reader.integer(bytes: 8),
                let highest = reader.integer(bytes: 8), reader.integer(bytes: 8) != nil
            else { throw .cut }
            guard [2, 4, 8].contains(countBytes) else { throw .damaged }
            return Layout(
                digits: digits, lowest: lowest, highest: highest, countBytes: countBytes,
                payload: reader.left, offset: 0)
        case 0x0C72_124E, 0x0C72_124F: throw .double
        default: throw .unknown
        }
    }

    private mutating func add(
        _ count: UInt64, at place: Int, _ index: HdrIndex
    ) throws(Failure) {
        guard count > 0 else { return }
        guard count <= UInt64(Int64.max), let range = index.range(at: place) else { throw .damaged }
        steps.append(Step(lowest: range.lowest, highest: range.highest, count: count))
    }
}

/// Which values stand at which place of HdrHistogram's counts.
package struct HdrIndex {
    private let halfBits: Int
    private let unitBits: Int
    /// Places that there are.
    package let count: Int
    /// Places of a power of two.
    var halfCount: UInt32 { 1 << UInt32(halfBits) }

    package init?(_ digits: UInt64, lowest: UInt64, highest: UInt64) {
        guard digits <= 5, lowest >= 1, highest >= lowest, highest <= UInt64(Int64.max) else {
            return nil
        }
        var single = 2
        for _ in 0..<digits { single *= 10 }
        // Half the values of a power of two are told apart: bits for that many.
        var bits = 0
        while 1 << bits < single { bits += 1 }
        halfBits = max(bits, 1) - 1
        unitBits = 63 - lowest.leadingZeroBitCount
        guard unitBits + halfBits + 1 <= 62 else { return nil }
        var (buckets, limit) = (1, UInt64(1) << UInt64(unitBits + halfBits + 1))
        while limit <= highest, limit < 1 << 62 {
            limit <<= 1
            buckets += 1
        }
        // A bucket more where the whole range of 63 bits is asked for.
        if limit <= highest { buckets += 1 }
        count = (buckets + 1) << halfBits
    }

    package func range(at place: Int) -> (lowest: Int64, highest: Int64)? {
        guard place >= 0, place < count else { return nil }
        var bucket = (place >> halfBits) - 1
        var sub = place & ((1 << halfBits) - 1)
        if bucket < 0 { bucket = 0 } else { sub += 1 << halfBits }
        let shift = bucket + unitBits
        guard shift + halfBits + 1 <= 63 else { return nil }
        let lowest = Int64(sub) << Int64(shift)
        return (lowest, lowest + ((1 << Int64(shift)) - 1))
    }
}
