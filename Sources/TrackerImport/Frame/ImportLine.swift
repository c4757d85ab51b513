/// A line of a file, without its end.
package struct ImportLine {
    package let bytes: ByteView
    package let place: ImportPlace

    package init(bytes: ByteView, place: ImportPlace) {
        self.bytes = bytes
        self.place = place
    }

    package var text: String { bytes.text }
    package var isBlank: Bool { bytes.trimmed.isEmpty }

    /// Whether it is no JSON and no part of it: what a tool or a shell prints between lines of it.
    /// The rest of a line of which the beginning is missing is none.
    package var isNote: Bool {
        let text = bytes.trimmed
        guard let first = text.isEmpty ? nil : text[0], first != UInt8(ascii: "{") else {
            return false
        }
        return text[text.count - 1] != UInt8(ascii: "}")
    }

    /// The text without the codes that colour a terminal.
    package var plainText: String { TerminalCodes.removed(from: text) }
}

package enum TerminalCodes {
    /// Without `ESC [ … letter` and without clearing of the screen.
    package static func removed(from text: String) -> String {
        guard text.utf8.contains(0x1B) else { return text }
        var plain: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == 0x1B else {
                plain.append(byte)
                continue
            }
            // The name of a window, or a link: up to BEL or ESC \.
            if rest.first == UInt8(ascii: "]") {
                let end = rest.firstIndex { $0 == 0x07 || $0 == 0x1B } ?? rest.endIndex
                let isLong = end < rest.endIndex && rest[end] == 0x1B
                rest = rest[end...].dropFirst(isLong ? 2 : 1)
                continue
            }
            guard rest.first == UInt8(ascii: "[") else {
                rest = rest.dropFirst()
                continue
            }
            rest = rest.dropFirst()
            while let code = rest.popFirst(), !(0x40...0x7E).contains(code) {}
        }
        return String(decoding: plain, as: UTF8.self)
    }
}
