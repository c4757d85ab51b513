import TrackerLog

/// A sum of doubles without rounding: the same total in any order of addition.
///
/// A double is an integer of at most 53 bits times a power of two. Values of 32 neighbouring
/// exponents share a band, in which they are added as 128-bit integers: 2^42 values fit before one
/// could overflow. The sum is rounded once, when `value` is read. See
/// `docs/decisions/0002-order-free-fold.md`.
package struct ExactSum: Sendable, Hashable {
    /// The band that most values fall into. Its `total` is in units of 2^(32 · band − 1,091).
    private var band: Int32
    private var total: Int128
    /// Other bands, ascending; nearly always empty.
    private var others: [Part]

    struct Part: Sendable, Hashable {
        var band: Int32
        var total: Int128
    }

    package init() {
        band = Self.usualBand
        total = 0
        others = []
    }

    /// 2^-15 to 2^17: in milliseconds, 30 microseconds to two minutes.
    private static let usualBand: Int32 = 32

    /// A value split into band and integer, to be added to several sums.
    struct Addend {
        fileprivate let band: Int32
        fileprivate let amount: Int128

        /// - Parameter value: finite.
        @inline(__always)
        init(_ value: Double) {
            let bits = value.bitPattern
            let exponent = Int32(truncatingIfNeeded: bits &>> 52 & 0x7FF)
            // Zero and subnormal numbers have no hidden bit and the exponent of the smallest
            // normal ones.
            let mantissa = bits & 0xF_FFFF_FFFF_FFFF | (exponent > 0 ? 1 &<< 52 : 0)
            let position = max(exponent, 1) &+ 16
            let shift = UInt64(truncatingIfNeeded: position & 31)
            let magnitude = Int128(
                truncatingIfNeeded: UInt128((mantissa &>> 1) &>> (63 &- shift)) &<< 64
                    | UInt128(mantissa &<< shift))
            band = position &>> 5
            amount = value.sign == .minus ? 0 &- magnitude : magnitude
        }
    }

    /// Adds a finite value.
    @inline(__always)
    package mutating func add(_ value: Double) { add(Addend(value)) }

    @inline(__always)
    mutating func add(_ addend: Addend) {
        if addend.band == band {
            total &+= addend.amount
        } else if addend.amount != 0 {
            addElsewhere(addend.amount, band: addend.band)
        }
    }

    private mutating func addElsewhere(_ amount: Int128, band: Int32) {
        if let index = others.firstIndex(where: { $0.band >= band }) {
            if others[index].band == band {
                others[index].total &+= amount
            } else {
                others.insert(Part(band: band, total: amount), at: index)
            }
        } else {
            others.append(Part(band: band, total: amount))
        }
    }

    /// Adds another sum, as if its values had been added one by one.
    package mutating func merge(_ other: ExactSum) {
        if other.total != 0 { add(Part(band: other.band, total: other.total)) }
        for part in other.others { add(part) }
    }

    private mutating func add(_ part: Part) {
        if part.band == band {
            total &+= part.total
        } else {
            addElsewhere(part.total, band: part.band)
        }
    }

    /// The nearest double.
    package var value: Double {
        guard !others.isEmpty else { return Self.scaled(Double(total), band: Int(band)) }
        let parts = parts
        guard let lowest = parts.first?.band, let highest = parts.last?.band else { return 0 }
        // Bands may cancel each other, so they are combined before rounding. Each word is a signed
        // sum of 32-bit parts, at most one per band:
        //
        //   band k       w0  w1  w2  w3
        //   band k + 1       w0  w1  w2  w3
        //   words        ├───┼───┼───┼───┼───┤  lowest first, then carried and rounded
        var words = [Int64](repeating: 0, count: Int(highest - lowest) + 5)
        for part in parts {
            for offset in 0..<4 {
                let word = Int64(
                    truncatingIfNeeded: part.total.magnitude &>> (32 * offset) & 0xFFFF_FFFF)
                words[Int(part.band - lowest) + offset] += part.total < 0 ? -word : word
            }
        }
        return Self.nearest(&words, lowest: Int(lowest))
    }

    /// - Parameter words: of 32 bits, lowest first, before carrying; the last one is zero.
    private static func nearest(_ words: inout [Int64], lowest: Int) -> Double {
        carry(&words)
        let isNegative = words[words.count - 1] < 0
        if isNegative {
            for index in words.indices { words[index].negate() }
            carry(&words)
        }
        guard let top = words.lastIndex(where: { $0 != 0 }) else { return 0 }
        // The highest 128 bits, and a sticky bit for everything below.
        var bits: UInt128 = 0
        for index in stride(from: top, through: top - 3, by: -1) {
            bits = bits &<< 32 | (index >= 0 ? UInt128(words[index]) : 0)
        }
        if words.prefix(max(0, top - 3)).contains(where: { $0 != 0 }) { bits |= 1 }
        let nearest = scaled(Double(bits), band: lowest + top - 3)
        return isNegative ? -nearest : nearest
    }

    /// Carries, so that each word but the last, which has the sign, has 32 bits.
    private static func carry(_ words: inout [Int64]) {
        for index in words.indices.dropLast() {
            words[index + 1] += words[index] >> 32
            words[index] &= 0xFFFF_FFFF
        }
    }

    /// An amount in units of a band as a double. The unit of the lowest is below any double.
    private static func scaled(_ amount: Double, band: Int) -> Double {
        Double(sign: .plus, exponent: band * 32 - 16 - 1_075, significand: amount)
    }

    package static func == (a: ExactSum, b: ExactSum) -> Bool { a.parts == b.parts }

    package func hash(into hasher: inout Hasher) { hasher.combine(parts) }

    /// The bands that are not zero, ascending.
    private var parts: [Part] {
        var parts = others
        let own = Part(band: band, total: total)
        parts.insert(own, at: parts.firstIndex { $0.band > band } ?? parts.endIndex)
        return parts.filter { $0.total != 0 }
    }
}

extension ExactSum {
    /// No sum of this program reaches it: a text with more is refused.
    private static let maxMagnitude: UInt128 = 1 << 126

    /// `band:total` of each band, ascending, separated by spaces: `32:81920 33:-5`. Exact; equal
    /// sums have equal texts.
    func write(to cursor: inout ByteWriter) {
        if others.isEmpty {
            if total != 0 { Self.write(band, total, to: &cursor) }
            return
        }
        for (index, part) in parts.enumerated() {
            if index > 0 { cursor.put(byte: 0x20) }
            Self.write(part.band, part.total, to: &cursor)
        }
    }

    /// The longest text: each of the 65 bands once, with 128 bits.
    static let maxTextBytes = 65 * 48

    private static func write(_ band: Int32, _ total: Int128, to cursor: inout ByteWriter) {
        cursor.put(integer: Int(band))
        cursor.put(byte: UInt8(ascii: ":"))
        if total < 0 { cursor.put(byte: UInt8(ascii: "-")) }
        write(total.magnitude, to: &cursor)
    }

    /// Nineteen digits at a time: 64-bit division is fast, 128-bit division is not.
    private static func write(_ value: UInt128, to cursor: inout ByteWriter) {
        if let short = UInt64(exactly: value) { return cursor.put(whole: short) }
        let (rest, last) = value.quotientAndRemainder(dividingBy: tenToThe19)
        write(rest, to: &cursor)
        let digits = UInt64(last)
        var power = UInt64(tenToThe19 / 10)
        while power > max(digits, 1) {
            cursor.put(byte: UInt8(ascii: "0"))
            power /= 10
        }
        cursor.put(whole: digits)
    }

    private static let tenToThe19: UInt128 = 10_000_000_000_000_000_000

    /// What `write` writes.
    var text: String {
        unsafe withUnsafeTemporaryAllocation(byteCount: Self.maxTextBytes, alignment: 1) {
            var cursor = unsafe ByteWriter($0)
            write(to: &cursor)
            return unsafe String(decoding: cursor.written, as: UTF8.self)
        }
    }

    /// The sum that a distribution states without rounding; `nil` when it states none, or another
    /// one than its `sum`.
    init?(of distribution: Distribution) {
        guard let text = distribution.exactSum, text.utf8.count <= Self.maxTextBytes,
            let exact = ExactSum(text: text[...]), exact.value == distribution.sum
        else { return nil }
        self = exact
    }

    /// - Returns: `nil` when `write` could not have written the text.
    init?(text: Substring) {
        self.init()
        for field in text.split(separator: " ") {
            let halves = field.split(separator: ":")
            guard halves.count == 2, let band = Int32(halves[0]), (0...64).contains(band),
                let total = Int128(halves[1]), total.magnitude < Self.maxMagnitude
            else { return nil }
            add(Part(band: band, total: total))
        }
    }
}
