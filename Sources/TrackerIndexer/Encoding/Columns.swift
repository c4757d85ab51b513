package import TrackerLog

/// Codes the columns of a row in the order of the file.
///
/// The schema of a row is one function that passes each column to a coder, for both directions. A
/// writer encodes the values; a reader replaces them; a `ColumnList` collects the names, which a
/// test compares with `docs/INDEX_FILES.md`.
package protocol ColumnCoder {
    /// A whole number from 0 to `most`.
    mutating func count(_ name: String, _ value: inout Int, upTo most: Int) throws(ColumnError)
    /// Any 64-bit value: a hash, a device or inode number.
    mutating func unsigned(_ name: String, _ value: inout UInt64) throws(ColumnError)
    mutating func signed(_ name: String, _ value: inout Int64) throws(ColumnError)
    /// - Parameter empty: the infinite value that text encodes as `null`; `nil` if the number is
    ///   always finite.
    mutating func number(
        _ name: String, _ value: inout Double, empty: Double?
    ) throws(ColumnError)
    mutating func flag(_ name: String, _ value: inout Bool) throws(ColumnError)
    mutating func text(_ name: String, _ value: inout String) throws(ColumnError)
    /// A value that is encoded as text: an identifier, a case of an enumeration.
    mutating func mapped<Value>(
        _ name: String, _ value: inout Value, to text: (Value) -> String,
        from read: (String) -> Value?
    ) throws(ColumnError)
    /// A column that may be missing.
    /// - Parameter body: codes the column, with the same name.
    mutating func optional(
        _ name: String, _ isPresent: Bool, _ body: (inout Self) throws(ColumnError) -> Void
    ) throws(ColumnError)
    /// - Parameters:
    ///   - count: elements to write. A reader reads all elements of the file.
    ///   - body: codes one element, with an empty name.
    mutating func list(
        _ name: String, count: Int, _ body: (inout Self, Int) throws(ColumnError) -> Void
    ) throws(ColumnError)
    mutating func row(
        _ name: String, _ style: RowStyle, _ body: (inout Self) throws(ColumnError) -> Void
    ) throws(ColumnError)
    /// A condition on values that were read. Only readers check it.
    mutating func check(
        _ name: String, _ isRight: @autoclosure () -> Bool, _ reason: String
    ) throws(ColumnError)
}

/// How text encodes a row. In binary both are the same.
package enum RowStyle {
    /// `{"name":value,…}`. A missing column is omitted.
    case named
    /// `[value,…]`. A missing column is `null`.
    case positional
}

extension ColumnCoder {
    /// A whole number from 0 to 2^53.
    package mutating func count(_ name: String, _ value: inout Int) throws(ColumnError) {
        try count(name, &value, upTo: SaturatingCount.limit)
    }

    package mutating func number(_ name: String, _ value: inout Double) throws(ColumnError) {
        try number(name, &value, empty: nil)
    }

    /// In Unix milliseconds.
    package mutating func time(_ name: String, _ value: inout Timestamp) throws(ColumnError) {
        var milliseconds = value.milliseconds
        try number(name, &milliseconds)
        // The number that was read is finite.
        value = Timestamp(clamping: milliseconds)
    }

    package mutating func time(_ name: String, _ value: inout Timestamp?) throws(ColumnError) {
        try optional(name, &value, empty: .epoch) { coder, time throws(ColumnError) in
            try coder.time(name, &time)
        }
    }

    /// A time from 1970 to 9999, in Unix milliseconds.
    mutating func timeInRange(
        _ name: String, _ value: inout Double, empty: Double? = nil
    ) throws(ColumnError) {
        try number(name, &value, empty: empty)
        try check(
            name, value == empty || (0...IndexLimits.maxTimestampMs).contains(value),
            "is not a time from 1970 to 9999")
    }

    /// A column that every row has, but whose value is `nil` until it has been read.
    package mutating func mapped<Value>(
        _ name: String, required value: inout Value?, to text: (Value) -> String,
        from read: (String) -> Value?
    ) throws(ColumnError) {
        try mapped(
            name, &value, to: { $0.map(text) ?? "" }, from: { read($0).map(Optional.some) })
    }

    /// - Parameter empty: the value that a reader replaces.
    package mutating func optional<Value>(
        _ name: String, _ value: inout Value?, empty: @autoclosure () -> Value,
        _ body: (inout Self, inout Value) throws(ColumnError) -> Void
    ) throws(ColumnError) {
        try optional(name, value != nil) { coder throws(ColumnError) in
            var present = value ?? empty()
            try body(&coder, &present)
            value = present
        }
    }

    package mutating func text(_ name: String, _ value: inout String?) throws(ColumnError) {
        try optional(name, &value, empty: "") { coder, text throws(ColumnError) in
            try coder.text(name, &text)
        }
    }

    package mutating func number(_ name: String, _ value: inout Double?) throws(ColumnError) {
        try optional(name, &value, empty: 0) { coder, number throws(ColumnError) in
            try coder.number(name, &number)
        }
    }

    package mutating func signed(_ name: String, _ value: inout Int64?) throws(ColumnError) {
        try optional(name, &value, empty: 0) { coder, number throws(ColumnError) in
            try coder.signed(name, &number)
        }
    }

    package mutating func unsigned(_ name: String, _ value: inout UInt64?) throws(ColumnError) {
        try optional(name, &value, empty: 0) { coder, number throws(ColumnError) in
            try coder.unsigned(name, &number)
        }
    }

    /// - Parameter empty: the element that a reader replaces.
    package mutating func list<Value>(
        _ name: String, _ values: inout [Value], empty: @autoclosure () -> Value,
        _ body: (inout Self, inout Value) throws(ColumnError) -> Void
    ) throws(ColumnError) {
        let count = values.count
        try list(name, count: count) { coder, index throws(ColumnError) in
            var value = index < count ? values[index] : empty()
            try body(&coder, &value)
            if index >= count { values.append(value) }
        }
    }

    package mutating func texts(_ name: String, _ values: inout [String]) throws(ColumnError) {
        try list(name, &values, empty: "") { coder, text throws(ColumnError) in
            try coder.text("", &text)
        }
    }

    package mutating func numbers(_ name: String, _ values: inout [Double]) throws(ColumnError) {
        try list(name, &values, empty: 0) { coder, number throws(ColumnError) in
            try coder.number("", &number)
        }
    }

    /// A row that may be missing.
    mutating func optionalRow(
        _ name: String, _ style: RowStyle, _ isPresent: Bool,
        _ body: (inout Self) throws(ColumnError) -> Void
    ) throws(ColumnError) {
        try optional(name, isPresent) { coder throws(ColumnError) in
            try coder.row(name, style, body)
        }
    }

    /// - Parameter empty: the value that a reader replaces.
    package mutating func optionalRow<Value>(
        _ name: String, _ value: inout Value?, _ style: RowStyle,
        empty: @autoclosure () -> Value,
        _ body: (inout Self, inout Value) throws(ColumnError) -> Void
    ) throws(ColumnError) {
        try optional(name, &value, empty: empty()) { coder, value throws(ColumnError) in
            try coder.row(name, style) { coder throws(ColumnError) in try body(&coder, &value) }
        }
    }

    /// A list of rows.
    package mutating func rows<Value>(
        _ name: String, _ values: inout [Value], _ style: RowStyle,
        empty: @autoclosure () -> Value,
        _ body: (inout Self, inout Value) throws(ColumnError) -> Void
    ) throws(ColumnError) {
        try list(name, &values, empty: empty()) { coder, value throws(ColumnError) in
            try coder.row("", style) { coder throws(ColumnError) in try body(&coder, &value) }
        }
    }

    /// A list of rows that are not stored in an array: `body` codes the row with this index.
    mutating func rows(
        _ name: String, count: Int, _ body: (inout Self, Int) throws(ColumnError) -> Void
    ) throws(ColumnError) {
        try list(name, count: count) { coder, index throws(ColumnError) in
            try coder.row("", .positional) { coder throws(ColumnError) in try body(&coder, index) }
        }
    }
}

/// A column with an invalid value.
package struct ColumnError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Path from the outermost row, like `series[12].count`; empty for the row itself.
    package private(set) var column: String
    package private(set) var line: Int?
    /// Continues the sentence "column `x` …".
    package let reason: String

    package init(_ column: String, _ reason: String) {
        self.column = column
        self.reason = reason
    }

    /// The same error with the column's path from the enclosing row.
    func within(_ outer: String) -> ColumnError {
        guard !outer.isEmpty else { return self }
        var error = self
        error.column = column.isEmpty ? outer : "\(outer).\(column)"
        return error
    }

    /// The same error with a line number of the file.
    package func atLine(_ line: Int) -> ColumnError {
        var error = self
        error.line = line
        return error
    }

    package var description: String {
        let what = column.isEmpty ? "the row \(reason)" : "column `\(column)` \(reason)"
        return line.map { "line \($0): \(what)" } ?? what
    }
}
