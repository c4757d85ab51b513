/// Text in UTF-16, as PowerShell writes it with `>`, made into UTF-8.
final class UTF16Decoder: Inflater {
    private let isLittleEndian: Bool
    /// Bytes that are no whole character yet.
    private var rest: [UInt8] = []
    private var output: [UInt8] = []

    init(isLittleEndian: Bool) { self.isLittleEndian = isLittleEndian }

    var isWhole: Bool { rest.isEmpty }
    var count: Int { output.count }

    func give(_ bytes: ByteView) { rest += bytes.array }

    func next() -> InflateStep {
        var units = UTF16Units.of(rest[...], isLittleEndian: isLittleEndian)
        // The first half of a pair waits for the second one.
        if let last = units.last, (0xD800..<0xDC00).contains(last) { units.removeLast() }
        guard !units.isEmpty else { return .needsInput }
        rest.removeFirst(2 * units.count)
        output = Array(String(decoding: units, as: UTF16.self).utf8)
        return .piece
    }

    func withPiece(_ body: (ByteView) throws(ImportError) -> Void) throws(ImportError) {
        let result = unsafe output.withUnsafeBytes { buffer in
            Result { () throws(ImportError) in try unsafe body(ByteView(buffer)) }
        }
        try result.get()
    }
}

/// The units of a text in UTF-16.
package enum UTF16Units {
    /// A last byte that is no whole unit is left out.
    package static func of(_ bytes: ArraySlice<UInt8>, isLittleEndian: Bool) -> [UInt16] {
        stride(from: bytes.startIndex, to: bytes.endIndex - 1, by: 2).map { at in
            let (low, high) = isLittleEndian ? (at, at + 1) : (at + 1, at)
            return UInt16(bytes[high]) << 8 | UInt16(bytes[low])
        }
    }
}
