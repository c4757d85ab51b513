import TrackerLog

/// Writes rows as bytes, which are read some ten times as fast as a text.
///
/// Numbers are 8 bytes, the lowest first; a flag, and whether an optional column is there, is 1
/// byte; a text or a list has its length before it, 4 bytes.
struct BinaryColumnWriter: ColumnCoder {
    private(set) var bytes: [UInt8] = []

    /// The bytes of rows. - Parameter body: throws nothing: only what is read can be wrong.
    static func bytes(
        _ body: (inout BinaryColumnWriter) throws(ColumnError) -> Void
    ) -> [UInt8] {
        var writer = BinaryColumnWriter()
        do throws(ColumnError) {
            try body(&writer)
        } catch {
            preconditionFailure("a writer was told of \(error)")
        }
        return writer.bytes
    }

    mutating func append<Number: FixedWidthInteger>(_ number: Number) {
        unsafe Swift.withUnsafeBytes(of: number.littleEndian) {
            unsafe bytes.append(contentsOf: $0)
        }
    }

    mutating func count(_ name: String, _ value: inout Int, upTo most: Int) {
        append(UInt64(clamping: value))
    }

    mutating func unsigned(_ name: String, _ value: inout UInt64) { append(value) }

    mutating func signed(_ name: String, _ value: inout Int64) { append(value) }

    /// What is no number is not read again either.
    mutating func number(_ name: String, _ value: inout Double, empty: Double?) {
        append((value.isFinite ? value : 0).bitPattern)
    }

    mutating func flag(_ name: String, _ value: inout Bool) { bytes.append(value ? 1 : 0) }

    mutating func text(_ name: String, _ value: inout String) {
        append(UInt32(clamping: value.utf8.count))
        bytes.append(contentsOf: value.utf8)
    }

    mutating func mapped<Value>(
        _ name: String, _ value: inout Value, to text: (Value) -> String, from: (String) -> Value?
    ) {
        var text = text(value)
        self.text(name, &text)
    }

    mutating func optional(
        _ name: String, _ isPresent: Bool,
        _ body: (inout BinaryColumnWriter) throws(ColumnError) -> Void
    ) throws(ColumnError) {
        bytes.append(isPresent ? 1 : 0)
        if isPresent { try body(&self) }
    }

    mutating func list(
        _ name: String, count: Int,
        _ body: (inout BinaryColumnWriter, Int) throws(ColumnError) -> Void
    ) throws(ColumnError) {
        append(UInt32(clamping: count))
        for index in 0..<count { try body(&self, index) }
    }

    mutating func row(
        _ name: String, _ style: RowStyle,
        _ body: (inout BinaryColumnWriter) throws(ColumnError) -> Void
    ) throws(ColumnError) {
        try body(&self)
    }

    mutating func check(_ name: String, _ isRight: @autoclosure () -> Bool, _ reason: String) {}
}

/// Reads such bytes, none of which it trusts: every length is held against what is there.
struct BinaryColumnReader: ColumnCoder {
    private let bytes: [UInt8]
    private(set) var at: Int
    private let end: Int

    init(_ bytes: [UInt8]) { self.init(bytes, bytes.indices) }

    private init(_ bytes: [UInt8], _ range: Range<Int>) {
        self.bytes = bytes
        at = range.lowerBound
        end = range.upperBound
    }

    var isAtEnd: Bool { at == end }

    /// Of all that is left.
    var hash: UInt64 {
        unsafe bytes.withUnsafeBytes { bytes in
            unsafe XXHash64.hash(UnsafeRawBufferPointer(rebasing: bytes[at..<end]))
        }
    }

    private mutating func take(_ name: String, _ count: Int) throws(ColumnError) -> Int {
        guard count <= end - at else { throw ColumnError(name, "ends behind the end") }
        defer { at += count }
        return at
    }

    mutating func byte(_ name: String) throws(ColumnError) -> UInt8 { bytes[try take(name, 1)] }

    mutating func integer<Number: FixedWidthInteger & BitwiseCopyable>(
        _ name: String, _ type: Number.Type
    ) throws(ColumnError) -> Number {
        let start = try take(name, Number.bitWidth / 8)
        return unsafe bytes.withUnsafeBytes { bytes in
            unsafe Number(littleEndian: bytes.loadUnaligned(fromByteOffset: start, as: type))
        }
    }

    /// The next so many bytes, to be read by themselves.
    mutating func part(_ name: String, _ count: UInt64) throws(ColumnError) -> BinaryColumnReader {
        let count = Int(clamping: count)
        let start = try take(name, count)
        return BinaryColumnReader(bytes, start..<start + count)
    }

    mutating func count(
        _ name: String, _ value: inout Int, upTo most: Int
    ) throws(ColumnError) {
        let number = try integer(name, UInt64.self)
        guard number <= UInt64(most) else {
            throw ColumnError(name, "is no whole number from 0 to \(most)")
        }
        value = Int(number)
    }

    mutating func unsigned(_ name: String, _ value: inout UInt64) throws(ColumnError) {
        value = try integer(name, UInt64.self)
    }

    mutating func signed(_ name: String, _ value: inout Int64) throws(ColumnError) {
        value = try integer(name, Int64.self)
    }

    mutating func number(
        _ name: String, _ value: inout Double, empty: Double?
    ) throws(ColumnError) {
        value = Double(bitPattern: try integer(name, UInt64.self))
        guard value.isFinite else { throw ColumnError(name, "is no finite number") }
    }

    mutating func flag(_ name: String, _ value: inout Bool) throws(ColumnError) {
        let byte = try byte(name)
        guard byte <= 1 else { throw ColumnError(name, "is neither 0 nor 1") }
        value = byte == 1
    }

    mutating func text(_ name: String, _ value: inout String) throws(ColumnError) {
        let count = Int(try integer(name, UInt32.self))
        let start = try take(name, count)
        let text = String(validating: bytes[start..<start + count], as: UTF8.self)
        guard let text else { throw ColumnError(name, "is no UTF-8") }
        value = text
    }

    mutating func mapped<Value>(
        _ name: String, _ value: inout Value, to: (Value) -> String,
        from read: (String) -> Value?
    ) throws(ColumnError) {
        var text = ""
        try self.text(name, &text)
        guard let result = read(text) else { throw ColumnError(name, "is no text of a known form") }
        value = result
    }

    mutating func optional(
        _ name: String, _ isPresent: Bool,
        _ body: (inout BinaryColumnReader) throws(ColumnError) -> Void
    ) throws(ColumnError) {
        var isThere = false
        try flag(name, &isThere)
        if isThere { try body(&self) }
    }

    /// No room is made before its elements are there.
    mutating func list(
        _ name: String, count: Int,
        _ body: (inout BinaryColumnReader, Int) throws(ColumnError) -> Void
    ) throws(ColumnError) {
        let count = Int(try integer(name, UInt32.self))
        for index in 0..<count {
            do throws(ColumnError) {
                try body(&self, index)
            } catch {
                throw error.within("\(name)[\(index)]")
            }
        }
    }

    mutating func row(
        _ name: String, _ style: RowStyle,
        _ body: (inout BinaryColumnReader) throws(ColumnError) -> Void
    ) throws(ColumnError) {
        do throws(ColumnError) { try body(&self) } catch { throw error.within(name) }
    }

    mutating func check(
        _ name: String, _ isRight: @autoclosure () -> Bool, _ reason: String
    ) throws(ColumnError) {
        guard isRight() else { throw ColumnError(name, reason) }
    }
}
