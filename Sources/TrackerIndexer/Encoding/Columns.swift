package import TrackerLog

/// Goes through the columns of a row in the order in which they stand in a file.
///
/// The schema of a row is one function over its columns, written once for both directions. A coder
/// that writes takes the values that are there; one that reads puts others into their place; one
/// that lists (`ColumnList`) takes the names, which a test compares with `docs/INDEX_FILES.md`.
package protocol ColumnCoder {
    /// A whole number from 0 to `most`.
    mutating func count(_ name: String, _ value: inout Int, upTo most: Int) throws(ColumnError)
    /// Any 64 bits: hashes, device and inode numbers.
    mutating func unsigned(_ name: String, _ value: inout UInt64) throws(ColumnError)
    mutating func signed(_ name: String, _ value: inout Int64) throws(ColumnError)
    /// - Parameter empty: a number that is not finite and is written as none; `nil` where there is
    ///   always one.
    mutating func number(
        _ name: String, _ value: inout Double, empty: Double?
    ) throws(ColumnError)
    mutating func flag(_ name: String, _ value: inout Bool) throws(ColumnError)
    mutating func text(_ name: String, _ value: inout String) throws(ColumnError)
    /// A value that has a text: an identifier, a word of an enumeration.
    mutating func mapped<Value>(
        _ name: String, _ value: inout Value, to text: (Value) -> String,
        from read: (String) -> Value?
    ) throws(ColumnError)
    /// A column that may be missing.
    /// - Parameter body: codes the column, under the same name.
    mutating func optional(
        _ name: String, _ isPresent: Bool, _ body: (inout Self) throws(ColumnError) -> Void
    ) throws(ColumnError)
    /// - Parameters:
    ///   - count: how many elements are written; who reads takes as many as there are.
    ///   - body: codes one element, under the empty name.
    mutating func list(
        _ name: String, count: Int, _ body: (inout Self, Int) throws(ColumnError) -> Void
    ) throws(ColumnError)
    mutating func row(
        _ name: String, _ style: RowStyle, _ body: (inout Self) throws(ColumnError) -> Void
    ) throws(ColumnError)
    /// What must hold of values that were read.
    mutating func check(
        _ name: String, _ isRight: @autoclosure () -> Bool, _ reason: String
    ) throws(ColumnError)
}

/// How a row stands in a text; in binary both are the same.
package enum RowStyle {
    /// `{"name":value,…}`. A missing column is left out.
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
        // What was read is finite.
        value = Timestamp(clamping: milliseconds)
    }

    package mutating func time(_ name: String, _ value: inout Timestamp?) throws(ColumnError) {
        try optional(name, &value, empty: .epoch) { coder, time throws(ColumnError) in
            try coder.time(name, &time)
        }
    }

    /// A time that can be shown, in Unix milliseconds.
    mutating func shownTime(
        _ name: String, _ value: inout Double, empty: Double? = nil
    ) throws(ColumnError) {
        try number(name, &value, empty: empty)
        try check(
            name, value == empty || (0...IndexLimits.maxTimestampMs).contains(value),
            "is no time from 1970 to 9999")
    }

    /// A value that has a text, and without which there is no row: a reader has none before it.
    package mutating func mapped<Value>(
        _ name: String, required value: inout Value?, to text: (Value) -> String,
        from read: (String) -> Value?
    ) throws(ColumnError) {
        try mapped(
            name, &value, to: { $0.map(text) ?? "" }, from: { read($0).map(Optional.some) })
    }

    /// - Parameter empty: what a reader begins with, where there is a value.
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

    package mutating func unsigned(_ name: String, _ value: inout UInt64?) throws(ColumnError) {
        try optional(name, &value, empty: 0) { coder, number throws(ColumnError) in
            try coder.unsigned(name, &number)
        }
    }

    /// - Parameter empty: what a reader begins each element with.
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

    /// A list of rows that are no array here: of the row with a number.
    mutating func rows(
        _ name: String, count: Int, _ body: (inout Self, Int) throws(ColumnError) -> Void
    ) throws(ColumnError) {
        try list(name, count: count) { coder, index throws(ColumnError) in
            try coder.row("", .positional) { coder throws(ColumnError) in try body(&coder, index) }
        }
    }
}

/// A column that does not hold what it should.
package struct ColumnError: Error, Sendable, Hashable, CustomStringConvertible {
    /// From the outermost row on, as `series[12].count`.
    package private(set) var column: String
    package private(set) var line: Int?
    package let reason: String

    package init(_ column: String, _ reason: String) {
        self.column = column
        self.reason = reason
    }

    /// The same, seen from the row around.
    func within(_ outer: String) -> ColumnError {
        guard !outer.isEmpty else { return self }
        var error = self
        error.column = column.isEmpty ? outer : "\(outer).\(column)"
        return error
    }

    /// The same, of this line of a file.
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
