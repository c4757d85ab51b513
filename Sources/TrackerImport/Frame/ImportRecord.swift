import TrackerLog

/// A row of a table.
package struct ImportRecord {
    package let fields: [ByteView]
    /// Of its first line.
    package let place: ImportPlace
    private let line: ByteView
    /// Whether cells are separated by commas: else one may stand before the fraction of a number.
    let hasCommas: Bool

    package init(_ line: ByteView, separator: UInt8, place: ImportPlace) {
        self.place = place
        self.line = line
        hasCommas = separator == UInt8(ascii: ",")
        fields =
            line.firstIndex(of: UInt8(ascii: "\"")) == nil
            ? line.split(by: separator) : Self.quotedFields(line, separator)
    }

    package var count: Int { fields.count }

    /// The row from a field on, with its separators.
    package func tail(from index: Int) -> ByteView {
        let before = fields.prefix(index).reduce(0) { $0 + $1.count + 1 }
        return line.dropFirst(before)
    }

    /// The bytes of a field, without outer quotes, but with quotes within it still doubled.
    package func bytes(_ index: Int) -> ByteView? {
        guard fields.indices.contains(index) else { return nil }
        let field = fields[index]
        guard field.count >= 2, field[0] == UInt8(ascii: "\""),
            field[field.count - 1] == UInt8(ascii: "\"")
        else { return field }
        return field[1..<field.count - 1]
    }

    /// The text of a field; `nil` where the row has no such field.
    package func text(_ index: Int?) -> String? {
        guard let index, let field = bytes(index) else { return nil }
        let text = field.text
        return text.utf8.contains(UInt8(ascii: "\"")) ? text.replacing("\"\"", with: "\"") : text
    }

    /// `nil` where the row has no such field, or it is empty.
    package func filled(_ index: Int?) -> String? {
        text(index).flatMap { $0.isEmpty ? nil : $0 }
    }

    package func number(_ index: Int?) -> Double? {
        guard let cell = index.flatMap(bytes)?.trimmed else { return nil }
        if let value = DecimalText.number(cell) { return value }
        // A table that was saved again in a person's language, as spreadsheets do.
        guard !hasCommas, cell.firstIndex(of: UInt8(ascii: ".")) == nil,
            let comma = cell.firstIndex(of: UInt8(ascii: ",")),
            cell.firstIndex(of: UInt8(ascii: ","), from: comma + 1) == nil
        else { return nil }
        return DecimalText.number(cell.text.replacing(",", with: "."))
    }

    package func whole(_ index: Int?) -> Int? { number(index).flatMap { Int(exactly: $0) } }

    /// As `TimeText.cell`, also with a decimal comma.
    func time(_ index: Int) -> Timestamp? {
        bytes(index).flatMap(TimeText.cell) ?? number(index).flatMap(TimeText.seconds)
    }

    package var texts: [String] { fields.indices.map { text($0) ?? "" } }

    private static func quotedFields(_ line: ByteView, _ separator: UInt8) -> [ByteView] {
        var fields: [ByteView] = []
        var (start, isQuoted) = (0, false)
        for index in 0..<line.count {
            let byte = line[index]
            if byte == UInt8(ascii: "\"") {
                isQuoted.toggle()
            } else if byte == separator, !isQuoted {
                fields.append(line[start..<index])
                start = index + 1
            }
        }
        return fields + [line[start..<line.count]]
    }
}

/// Which column has which name.
package struct ColumnNames: Sendable, Hashable {
    private let indices: [String: Int]
    package let names: [String]

    package init(_ names: [String]) {
        self.names = names.map(\.trimmedBlanks)
        var indices: [String: Int] = [:]
        for (index, name) in self.names.enumerated() where indices[name.lowercased()] == nil {
            indices[name.lowercased()] = index
        }
        self.indices = indices
    }

    /// In any case: tools have changed that of some columns.
    package subscript(name: String) -> Int? { indices[name.lowercased()] }
}
