package import TrackerLog

/// Reads rows that `TextColumnWriter` wrote. Nothing is trusted: an invalid value is an error that
/// names the column.
package struct TextColumnReader: ColumnCoder, StateCoder {
    private let row: JSONValue
    /// The columns of a positional row.
    private let elements: [JSONValue]?
    /// Index of the next column in `elements`.
    private var at = 0

    private init(_ row: JSONValue, _ style: RowStyle) throws(ColumnError) {
        self.row = row
        switch style {
        case .named:
            guard case .object = row else { throw ColumnError("", "is not an object") }
            elements = nil
        case .positional:
            guard case .array(let elements) = row else { throw ColumnError("", "is not an array") }
            self.elements = elements
        }
    }

    /// Reads one row.
    package static func read(
        _ row: JSONValue, _ style: RowStyle,
        _ body: (inout TextColumnReader) throws(ColumnError) -> Void
    ) throws(ColumnError) {
        var reader = try TextColumnReader(row, style)
        try body(&reader)
        try reader.finish()
    }

    private func finish() throws(ColumnError) {
        guard let elements, at < elements.count else { return }
        throw ColumnError("", "has \(elements.count) columns, not \(at)")
    }

    /// The next column; `nil` if it is missing.
    private func peek(_ name: String) -> JSONValue? {
        guard let elements else { return row[name] }
        return at < elements.count ? elements[at] : nil
    }

    private mutating func next(_ name: String) throws(ColumnError) -> JSONValue {
        guard let value = peek(name) else { throw ColumnError(name, "is missing") }
        at += 1
        return value
    }

    private mutating func next<Value>(
        _ name: String, _ kind: String, _ read: (JSONValue) -> Value?
    ) throws(ColumnError) -> Value {
        let value = try next(name)
        guard let result = read(value) else { throw ColumnError(name, "is not \(kind)") }
        return result
    }

    package mutating func count(
        _ name: String, _ value: inout Int, upTo most: Int
    ) throws(ColumnError) {
        value = try next(name, "a whole number from 0 to \(most)") {
            $0.intValue.flatMap { (0...most).contains($0) ? $0 : nil }
        }
    }

    package mutating func unsigned(
        _ name: String, _ value: inout UInt64
    ) throws(ColumnError) {
        value = try next(name, "an unsigned 64-bit number") {
            guard case .number(let text) = $0 else { return nil }
            return UInt64(text)
        }
    }

    package mutating func signed(_ name: String, _ value: inout Int64) throws(ColumnError) {
        value = try next(name, "a whole number") { $0.intValue.map(Int64.init) }
    }

    package mutating func number(
        _ name: String, _ value: inout Double, empty: Double?
    ) throws(ColumnError) {
        value = try next(name, "a finite number") {
            if case .null = $0 { return empty }
            return $0.doubleValue.flatMap { $0.isFinite ? $0 : nil }
        }
    }

    package mutating func flag(_ name: String, _ value: inout Bool) throws(ColumnError) {
        value = try next(name, "`true` or `false`", \.boolValue)
    }

    package mutating func text(_ name: String, _ value: inout String) throws(ColumnError) {
        value = try next(name, "a string", \.stringValue)
    }

    package mutating func mapped<Value>(
        _ name: String, _ value: inout Value, to: (Value) -> String,
        from read: (String) -> Value?
    ) throws(ColumnError) {
        value = try next(name, "a valid value") { $0.stringValue.flatMap(read) }
    }

    package mutating func optional(
        _ name: String, _ isPresent: Bool,
        _ body: (inout TextColumnReader) throws(ColumnError) -> Void
    ) throws(ColumnError) {
        switch peek(name) {
        case nil:
            // A positional row has `null` for a missing column.
            if elements != nil { throw ColumnError(name, "is missing") }
        case .null?: at += 1
        case _?: try body(&self)
        }
    }

    package mutating func list(
        _ name: String, count: Int,
        _ body: (inout TextColumnReader, Int) throws(ColumnError) -> Void
    ) throws(ColumnError) {
        let value = try next(name)
        guard case .array(let elements) = value else { throw ColumnError(name, "is not an array") }
        var inner = try TextColumnReader(value, .positional)
        for index in elements.indices {
            do throws(ColumnError) {
                try body(&inner, index)
            } catch {
                throw error.within("\(name)[\(index)]")
            }
        }
    }

    package mutating func row(
        _ name: String, _ style: RowStyle,
        _ body: (inout TextColumnReader) throws(ColumnError) -> Void
    ) throws(ColumnError) {
        let value = try next(name)
        do throws(ColumnError) {
            try Self.read(value, style, body)
        } catch {
            throw error.within(name)
        }
    }

    package mutating func check(
        _ name: String, _ isRight: @autoclosure () -> Bool, _ reason: String
    ) throws(ColumnError) {
        guard isRight() else { throw ColumnError(name, reason) }
    }

    mutating func event(_ name: String, _ event: inout Event?) throws(ColumnError) {
        let value = try next(name)
        if case .null = value {
            event = nil
            return
        }
        do throws(LineError) {
            event = try EventParser.parse(Array(value.text.utf8))
        } catch {
            throw ColumnError(name, "is not an event: \(error.rawValue)")
        }
    }

    mutating func sum(_ name: String, _ sum: inout ExactSum) throws(ColumnError) {
        sum = try next(name, "an exact sum") { $0.stringValue.flatMap { ExactSum(text: $0[...]) } }
    }

    mutating func buckets(_ name: String, _ buckets: inout BucketCounts) throws(ColumnError) {
        let text = try next(name, "a string", \.stringValue)
        var bucket = 0
        for field in text.utf8.split(separator: 0x20) {
            var gap = 1
            var digits = field
            if let colon = field.firstIndex(of: UInt8(ascii: ":")) {
                guard let number = Int(Substring(field[..<colon])),
                    number.magnitude <= 2 * UInt(Bucket.maxIndex)
                else { throw ColumnError(name, "has an invalid gap") }
                gap = number
                digits = field[field.index(after: colon)...]
            }
            bucket += gap
            guard abs(bucket) <= Int(Bucket.maxIndex), let count = Int(Substring(digits)),
                (1...SaturatingCount.limit).contains(count)
            else { throw ColumnError(name, "has an invalid bucket") }
            buckets.add(Int32(bucket), count: UInt64(count))
        }
    }

    mutating func hashes(_ name: String, _ hashes: inout [UInt32]) throws(ColumnError) {
        hashes = try next(name, "a list of 32-bit numbers") {
            guard let parts = $0.stringValue?.split(separator: " ") else { return nil }
            let numbers = parts.compactMap { UInt32($0) }
            return numbers.count == parts.count ? numbers : nil
        }
    }

    mutating func rest(
        count: Int, _ body: (inout TextColumnReader, Int) throws(ColumnError) -> Void
    ) throws(ColumnError) {
        var index = 0
        while let elements, at < elements.count {
            try body(&self, index)
            index += 1
        }
    }

    mutating func row(
        _ name: String, text: [UInt8],
        _ body: (inout TextColumnReader) throws(ColumnError) -> Void
    ) throws(ColumnError) {
        try row(name, .named, body)
    }
}
