/// How a text stands in a cell of a table that the tracker writes: in one line, and never a formula
/// for the program that opens it.
///
/// An apostrophe stands before a text that is empty or begins as formulas do; backslashes and line
/// breaks are `\\`, `\n` and `\r`. An empty cell is no text.
package enum CellText {
    /// What a spreadsheet takes for the beginning of a formula, also in its wide forms; and the
    /// apostrophe itself.
    private static let dangerous: [[UInt8]] =
        ["=", "+", "-", "@", "\t", "'", "＝", "＋", "－", "＠"].map { Array($0.utf8) }

    package static func append(_ text: String?, to bytes: inout [UInt8]) {
        guard let text else { return }
        var cell: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\\"): cell += [byte, byte]
            case 0x0A: cell += Array(#"\n"#.utf8)
            case 0x0D: cell += Array(#"\r"#.utf8)
            default: cell.append(byte)
            }
        }
        if cell.isEmpty || dangerous.contains(where: cell.starts) {
            cell.insert(UInt8(ascii: "'"), at: 0)
        }
        guard needsQuotes(cell) else {
            bytes += cell
            return
        }
        bytes.append(UInt8(ascii: "\""))
        for byte in cell {
            if byte == UInt8(ascii: "\"") { bytes.append(byte) }
            bytes.append(byte)
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// A semicolon separates cells where the comma is the decimal point.
    private static func needsQuotes(_ cell: [UInt8]) -> Bool {
        cell.first == 0x20 || cell.last == 0x20
            || cell.contains { byte in
                byte == UInt8(ascii: ",") || byte == UInt8(ascii: "\"")
                    || byte == UInt8(ascii: ";") || byte < 0x20
            }
    }
}
