/// How a file begins: what formats are recognised by.
package struct FileHead {
    package let bytes: [UInt8]
    /// Whether this is the whole file.
    package let isWhole: Bool
    /// Its lines, without line ends and byte order mark. The last one may be cut.
    package let lines: [String]

    package init(_ bytes: [UInt8], isWhole: Bool) {
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        self.bytes = bytes.starts(with: mark) ? Array(bytes.dropFirst(mark.count)) : bytes
        self.isWhole = isWhole
        lines = self.bytes.split(separator: 0x0A, omittingEmptySubsequences: false).flatMap {
            var line = $0
            while line.last == 0x0D { line = line.dropLast() }
            return line.split(separator: 0x0D, omittingEmptySubsequences: false)
                .map { String(decoding: $0, as: UTF8.self) }
        }
    }

    /// Its lines without colours, indentation and blanks at their ends.
    var plainLines: [String] { lines.map { TerminalCodes.removed(from: $0).trimmedBlanks } }

    /// The first line that is not empty.
    package var firstLine: String { lines.first { !$0.trimmedBlanks.isEmpty } ?? "" }

    /// Whether it begins as an object or a list of JSON does.
    package var isJSON: Bool {
        firstByte == UInt8(ascii: "{") || firstByte == UInt8(ascii: "[")
    }

    /// Whether one of its lines begins an object or a list of JSON.
    package var beginsJSON: Bool {
        lines.contains { $0.trimmedBlanks.hasPrefix("{") || $0.trimmedBlanks.hasPrefix("[") }
    }

    /// The first line that is a JSON object, or its beginning; `nil` where the objects are a list.
    package var firstObject: String? {
        isList ? nil : lines.first { $0.trimmedBlanks.hasPrefix("{\"") }
    }

    /// Whether it begins as a list of objects does.
    private var isList: Bool {
        let marks = bytes.lazy.filter { !ByteView.isBlank($0) && $0 != 0x0A }.prefix(2)
        return marks.elementsEqual("[{".utf8)
    }

    package func hasPrefix(_ prefix: [UInt8]) -> Bool { bytes.starts(with: prefix) }

    /// Whether a line begins with the text, after spaces.
    package func hasLine(beginning text: String) -> Bool {
        lines.contains { $0.trimmedBlanks.hasPrefix(text) }
    }

    /// The first byte that is no space.
    package var firstByte: UInt8? {
        bytes.first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
    }

    /// For an error: the first line, shortened, without what does not print.
    package var quoted: String {
        let line = firstLine.prefix(ImportLimits.maxQuotedBytes)
        return String(line.map { $0.asciiValue.map { $0 < 32 } == true ? "." : $0 })
    }
}
