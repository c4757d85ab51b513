/// A style sheet as text.
enum StyleSheet {
    /// Bytes beside which a blank means nothing, on either side.
    private static let separators = Set("{};,>".utf8)

    /// The sheet without comments, and with one blank at most where there were several: none beside
    /// what separates anyway, and none behind the colon of a declaration. A blank before a colon
    /// stays, because it stands between two selectors.
    static func compact(_ sheet: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(sheet.count)
        var (at, hasBlank) = (0, false)
        while at < sheet.count {
            let byte = unsafe sheet[at]
            let next = at + 1 < sheet.count ? unsafe sheet[at + 1] : 0
            if byte == UInt8(ascii: "/"), next == UInt8(ascii: "*") {
                unsafe at = endOfComment(sheet, at)
                hasBlank = true
                continue
            }
            if byte == 0x20 || byte == 0x0A {
                hasBlank = true
                at += 1
                continue
            }
            if hasBlank, !separators.contains(byte), let last = out.last,
                !separators.contains(last), last != UInt8(ascii: ":")
            {
                out.append(0x20)
            }
            hasBlank = false
            let end =
                byte == UInt8(ascii: "\"") ? unsafe endOfQuote(sheet, at) : at + 1
            unsafe out += sheet[at..<end]
            at = end
        }
        return out
    }

    private static func endOfComment(_ sheet: UnsafeBufferPointer<UInt8>, _ begin: Int) -> Int {
        var at = begin + 2
        while at + 1 < sheet.count {
            if unsafe sheet[at] == UInt8(ascii: "*"), unsafe sheet[at + 1] == UInt8(ascii: "/") {
                return at + 2
            }
            at += 1
        }
        return sheet.count
    }

    private static func endOfQuote(_ sheet: UnsafeBufferPointer<UInt8>, _ begin: Int) -> Int {
        var at = begin + 1
        while at < sheet.count, unsafe sheet[at] != UInt8(ascii: "\"") { at += 1 }
        return min(at + 1, sheet.count)
    }
}
