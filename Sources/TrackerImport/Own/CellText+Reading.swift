import TrackerLog

extension CellText {
    /// The text of a cell without its outer quotes; `nil` if it is empty.
    package static func text(_ cell: ByteView?) -> String? {
        guard let cell, !cell.isEmpty else { return nil }
        var bytes: [UInt8] = []
        var at = cell[0] == UInt8(ascii: "'") ? 1 : 0
        while at < cell.count {
            let (byte, next) = (cell[at], at + 1 < cell.count ? cell[at + 1] : nil)
            switch (byte, next) {
            case (UInt8(ascii: "\""), UInt8(ascii: "\"")), (UInt8(ascii: "\\"), UInt8(ascii: "\\")):
                bytes.append(byte)
                at += 2
            case (UInt8(ascii: "\\"), UInt8(ascii: "n")):
                bytes.append(0x0A)
                at += 2
            case (UInt8(ascii: "\\"), UInt8(ascii: "r")):
                bytes.append(0x0D)
                at += 2
            default:
                bytes.append(byte)
                at += 1
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
