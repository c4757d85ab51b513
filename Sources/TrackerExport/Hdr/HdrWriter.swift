import CZlib
import TrackerLog

/// Numbers in the order of the network, and counts of V2.
enum HdrWriter {
    static func append(_ number: some FixedWidthInteger, to bytes: inout [UInt8]) {
        unsafe withUnsafeBytes(of: number.bigEndian) { unsafe bytes.append(contentsOf: $0) }
    }

    /// In groups of 7 bits, lowest first, the ninth byte whole; the sign in bit 0.
    static func append(zigZag number: Int64, to bytes: inout [UInt8]) {
        var value = UInt64(bitPattern: number << 1 ^ number >> 63)
        for _ in 0..<8 {
            guard value > 0x7F else {
                bytes.append(UInt8(value))
                return
            }
            bytes.append(UInt8(truncatingIfNeeded: value) | 0x80)
            value >>= 7
        }
        bytes.append(UInt8(value))
    }

    /// As zlib writes it.
    static func deflated(_ bytes: [UInt8]) -> [UInt8] {
        var count = compressBound(uLong(bytes.count))
        var output = [UInt8](repeating: 0, count: Int(count))
        let outcome = unsafe output.withUnsafeMutableBufferPointer { output in
            unsafe bytes.withUnsafeBufferPointer { input in
                unsafe compress2(
                    output.baseAddress, &count, input.baseAddress, uLong(input.count),
                    Z_BEST_COMPRESSION)
            }
        }
        // The room is enough for any content: there is no other reason to fail but memory.
        precondition(outcome == Z_OK, "zlib could not compress \(bytes.count) bytes: \(outcome)")
        return Array(output.prefix(Int(count)))
    }

    private static let letters = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func base64(_ bytes: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
            for place in 0...group.count {
                text.append(letters[bits >> (18 - 6 * place) & 0x3F])
            }
            for _ in group.count..<3 { text.append(UInt8(ascii: "=")) }
        }
        return text
    }
}

/// A number with a fixed count of decimals, as the formats of HdrHistogram have them.
enum FixedText {
    static func text(_ value: Double, places: Int, width: Int = 0) -> String {
        var scale: Int64 = 1
        for _ in 0..<places { scale *= 10 }
        let product = (value.magnitude * Double(scale)).rounded()
        guard let scaled = Int64(exactly: product) else {
            // So large a number has no decimals to show.
            return pad(JSONValue.double(value).text, width, " ")
        }
        let digits = String(scaled % scale)
        let fraction = places == 0 ? "" : "." + pad(digits, places, "0")
        let sign = value < 0 && scaled != 0 ? "-" : ""
        return pad(sign + String(scaled / scale) + fraction, width, " ")
    }

    static func pad(_ text: String, _ width: Int, _ filler: Character = " ") -> String {
        String(repeating: filler, count: max(0, width - text.utf8.count)) + text
    }
}
