import TrackerLog

/// Lists the columns of a row, for the test that compares them with `docs/INDEX_FILES.md`.
package struct ColumnList: ColumnCoder, StateCoder {
    package struct Column: Sendable, Hashable {
        /// Path from the outermost row; `[]` stands for each element of a list.
        package var name: String
        package var kind: String

        package init(name: String, kind: String) {
            self.name = name
            self.kind = kind
        }
    }

    package private(set) var columns: [Column] = []
    private var prefix = ""
    private var isOptional = false
    private var isRepeated = false

    /// - Parameter body: the schema, applied to an empty row. Must not throw.
    package static func of(_ body: (inout ColumnList) throws(ColumnError) -> Void) -> [Column] {
        var list = ColumnList()
        do throws(ColumnError) {
            try body(&list)
        } catch {
            preconditionFailure("listing columns failed: \(error)")
        }
        return list.columns
    }

    private func path(_ name: String) -> String {
        prefix.isEmpty || name.isEmpty ? prefix + name : "\(prefix).\(name)"
    }

    private mutating func add(_ name: String, _ kind: String) {
        let kind = (isRepeated ? "repeated " : "") + kind + (isOptional ? " or none" : "")
        isOptional = false
        columns.append(Column(name: path(name), kind: kind))
    }

    private mutating func inside(
        _ prefix: String, _ body: (inout ColumnList) throws(ColumnError) -> Void
    ) throws(ColumnError) {
        let (outer, wasRepeated) = (self.prefix, isRepeated)
        self.prefix = prefix
        isRepeated = false
        try body(&self)
        (self.prefix, isRepeated) = (outer, wasRepeated)
    }

    package mutating func count(_ name: String, _ value: inout Int, upTo most: Int) {
        add(name, "count")
    }

    package mutating func unsigned(_ name: String, _ value: inout UInt64) { add(name, "unsigned") }

    package mutating func signed(_ name: String, _ value: inout Int64) { add(name, "signed") }

    package mutating func number(_ name: String, _ value: inout Double, empty: Double?) {
        isOptional = isOptional || empty != nil
        add(name, "number")
    }

    package mutating func flag(_ name: String, _ value: inout Bool) { add(name, "flag") }

    package mutating func text(_ name: String, _ value: inout String) { add(name, "text") }

    package mutating func mapped<Value>(
        _ name: String, _ value: inout Value, to: (Value) -> String, from: (String) -> Value?
    ) {
        add(name, "text")
    }

    package mutating func optional(
        _ name: String, _ isPresent: Bool, _ body: (inout ColumnList) throws(ColumnError) -> Void
    ) throws(ColumnError) {
        isOptional = true
        try body(&self)
    }

    package mutating func list(
        _ name: String, count: Int, _ body: (inout ColumnList, Int) throws(ColumnError) -> Void
    ) throws(ColumnError) {
        add(name, "list")
        try inside(path(name) + "[]") { list throws(ColumnError) in try body(&list, 0) }
    }

    package mutating func row(
        _ name: String, _ style: RowStyle, _ body: (inout ColumnList) throws(ColumnError) -> Void
    ) throws(ColumnError) {
        add(name, style == .named ? "object" : "array")
        try inside(path(name), body)
    }

    package mutating func check(
        _ name: String, _ isRight: @autoclosure () -> Bool, _ reason: String
    ) {}

    mutating func event(_ name: String, _ event: inout Event?) { add(name, "event") }

    mutating func sum(_ name: String, _ sum: inout ExactSum) { add(name, "sum") }

    mutating func buckets(_ name: String, _ buckets: inout BucketCounts) { add(name, "buckets") }

    mutating func hashes(_ name: String, _ hashes: inout [UInt32]) { add(name, "hashes") }

    mutating func rest(
        count: Int, _ body: (inout ColumnList, Int) throws(ColumnError) -> Void
    ) throws(ColumnError) {
        isRepeated = true
        try body(&self, 0)
        isRepeated = false
    }

    mutating func row(
        _ name: String, text: [UInt8], _ body: (inout ColumnList) throws(ColumnError) -> Void
    ) throws(ColumnError) {
        try row(name, .named, body)
    }
}
