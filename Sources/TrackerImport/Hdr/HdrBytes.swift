import CZlib

/// Numbers in the order of the network, and counts of V2.
struct HdrBytes {
    private let bytes: [UInt8]
    private(set) var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var left: Int { bytes.count - position }

    mutating func integer(bytes count: Int) -> UInt64? {
        guard left >= count else { return nil }
        var value: UInt64 = 0
        for byte in bytes[position..<position + count] { value = value << 8 | UInt64(byte) }
        position += count
        return value
    }

    /// A signed number in groups of 7 bits, lowest first, the ninth byte whole; the sign in bit 0.
    mutating func zigZag() -> Int64? {
        var (value, shift) = (UInt64(0), UInt64(0))
        while true {
            guard left > 0 else { return nil }
            let byte = UInt64(bytes[position])
            position += 1
            if shift == 56 {
                value |= byte << 56
                break
            }
            value |= (byte & 0x7F) << shift
            if byte & 0x80 == 0 { break }
            shift += 7
        }
        return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
    }

    /// The text of a log's cell; `nil` if it is not Base64.
    static func base64(_ text: some Sequence<UInt8>) -> [UInt8]? {
        var bytes: [UInt8] = []
        var (bits, count, padding) = (UInt32(0), 0, 0)
        for letter in text {
            let value: UInt32
            switch letter {
            case 0x41...0x5A: value = UInt32(letter - 0x41)
            case 0x61...0x7A: value = UInt32(letter - 0x61) + 26
            case 0x30...0x39: value = UInt32(letter - 0x30) + 52
            case UInt8(ascii: "+"), UInt8(ascii: "-"): value = 62
            case UInt8(ascii: "/"), UInt8(ascii: "_"): value = 63
            case UInt8(ascii: "="):
                padding += 1
                continue
            default: return nil
            }
            guard padding == 0 else { return nil }
            bits = bits << 6 | value
            count += 6
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            }
        }
        return padding <= 2 ? bytes : nil
    }

    /// `nil` if it is damaged, cut, or longer than the limit.
    static func inflate(_ bytes: ArraySlice<UInt8>) -> [UInt8]? {
        var size = 64 << 10
        while size <= ImportLimits.maxHistogramBytes {
            var output = [UInt8](repeating: 0, count: size)
            var length = uLongf(size)
            let outcome = unsafe output.withUnsafeMutableBufferPointer { output in
                unsafe bytes.withUnsafeBufferPointer { input in
                    unsafe uncompress(
                        output.baseAddress, &length, input.baseAddress, uLong(input.count))
                }
            }
            if outcome == Z_OK { return Array(output.prefix(Int(length))) }
            guard outcome == Z_BUF_ERROR else { return nil }
            size *= 4
        }
        return nil
    }
}
