import TrackerLog

/// Writes rows as canonical JSON: equal values give equal text.
package struct TextColumnWriter: ColumnCoder, StateCoder {
    private var out: ColumnText
    private var isNamed = false
    private var isFirst = true

    private init(_ out: ColumnText) { self.out = out }

    /// The text of one row.
    /// - Parameter body: must not throw; only a reader can find an error.
    package static func text(
        _ style: RowStyle, _ body: (inout TextColumnWriter) throws(ColumnError) -> Void
    ) -> [UInt8] {
        unsafe withUnsafeTemporaryAllocation(
            byteCount: ColumnText.pieceBytes, alignment: 8
        ) { room in
            var writer = unsafe TextColumnWriter(ColumnText(room))
            do throws(ColumnError) {
                try writer.row("", style, body)
            } catch {
                preconditionFailure("writing columns failed: \(error)")
            }
            return writer.written
        }
    }

    /// The whole text so far.
    var written: [UInt8] { mutating get { out.text } }

    @inline(__always)
    private mutating func begin(_ name: String) {
        if isFirst { isFirst = false } else { out.raw(",") }
        if isNamed { out.name(name) }
    }

    package mutating func count(_ name: String, _ value: inout Int, upTo most: Int) {
        begin(name)
        out.integer(min(value, most))
    }

    package mutating func unsigned(_ name: String, _ value: inout UInt64) {
        begin(name)
        out.unsigned(value)
    }

    package mutating func signed(_ name: String, _ value: inout Int64) {
        begin(name)
        out.integer(Int(value))
    }

    package mutating func number(_ name: String, _ value: inout Double, empty: Double?) {
        begin(name)
        out.number(value)
    }

    package mutating func flag(_ name: String, _ value: inout Bool) {
        begin(name)
        out.raw(value ? "true" : "false")
    }

    package mutating func text(_ name: String, _ value: inout String) {
        begin(name)
        out.string(value)
    }

    package mutating func mapped<Value>(
        _ name: String, _ value: inout Value, to text: (Value) -> String,
        from: (String) -> Value?
    ) {
        begin(name)
        out.string(text(value))
    }

    package mutating func optional(
        _ name: String, _ isPresent: Bool,
        _ body: (inout TextColumnWriter) throws(ColumnError) -> Void
    ) throws(ColumnError) {
        if isPresent {
            try body(&self)
        } else if !isNamed {
            begin(name)
            out.raw("null")
        }
    }

    package mutating func list(
        _ name: String, count: Int,
        _ body: (inout TextColumnWriter, Int) throws(ColumnError) -> Void
    ) throws(ColumnError) {
        try row(name, .positional) { inner throws(ColumnError) in
            for index in 0..<count { try body(&inner, index) }
        }
    }

    package mutating func row(
        _ name: String, _ style: RowStyle,
        _ body: (inout TextColumnWriter) throws(ColumnError) -> Void
    ) throws(ColumnError) {
        begin(name)
        let outer = isNamed
        isNamed = style == .named
        isFirst = true
        out.raw(isNamed ? "{" : "[")
        try body(&self)
        out.raw(isNamed ? "}" : "]")
        isNamed = outer
        isFirst = false
    }

    package mutating func check(
        _ name: String, _ isRight: @autoclosure () -> Bool, _ reason: String
    ) {}

    mutating func key(_ known: UnsafeBufferPointer<UInt8>?) -> SeriesKey? {
        begin("run")
        unsafe out.key(known ?? UnsafeBufferPointer(start: nil, count: 0))
        return nil
    }

    mutating func event(_ name: String, _ event: inout Event?) {
        begin(name)
        out.event(event)
    }

    mutating func sum(_ name: String, _ sum: inout ExactSum) {
        begin(name)
        out.sum(sum)
    }

    mutating func buckets(_ name: String, _ buckets: inout BucketCounts) {
        begin(name)
        out.buckets(buckets)
    }

    mutating func hashes(_ name: String, _ hashes: inout [UInt32]) {
        begin(name)
        out.raw("\"")
        for (index, hash) in hashes.enumerated() {
            if index > 0 { out.raw(" ") }
            out.integer(Int(hash))
        }
        out.raw("\"")
    }

    mutating func rest(
        count: Int, _ body: (inout TextColumnWriter, Int) throws(ColumnError) -> Void
    ) throws(ColumnError) {
        for index in 0..<count { try body(&self, index) }
    }

    mutating func row(
        _ name: String, text: [UInt8], _ body: (inout TextColumnWriter) throws(ColumnError) -> Void
    ) throws(ColumnError) {
        begin(name)
        out.append(text)
    }
}
