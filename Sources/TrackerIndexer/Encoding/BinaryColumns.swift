import TrackerLog

/// Writes rows as bytes, which are read about ten times as fast as text. All integers are little
/// endian.
///
///     number    8 bytes: an integer, or the bits of a double
///     flag      1 byte: 0 or 1
///     optional  1 byte: 0, or 1 | the column
///     text      byte length, 4 | UTF-8
///     list      element count, 4 | element…
///     row       column…
struct BinaryColumnWriter: ColumnCoder {
    private(set) var bytes: [UInt8] = []

    /// Appends the bytes of rows.
    /// - Parameter body: must not throw; only a reader can find an error.
    static func append(
        to bytes: inout [UInt8],
        _ body: (inout BinaryColumnWriter) throws(ColumnError) -> Void
    ) {
        var writer = BinaryColumnWriter()
        swap(&writer.bytes, &bytes)
        do throws(ColumnError) {
            try body(&writer)
        } catch {
            preconditionFailure("writing columns failed: \(error)")
        }
        bytes = writer.bytes
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

    /// Writes 0 for a number that is not finite, because a reader refuses it.
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

/// Reads rows that `BinaryColumnWriter` wrote. Trusts nothing: every length is checked against the
/// remaining bytes.
struct BinaryColumnReader: ColumnCoder {
    private let bytes: [UInt8]
    /// Offset of the next byte.
    private(set) var at: Int
    private let end: Int

    init(_ bytes: [UInt8]) { self.init(bytes, bytes.indices) }

    private init(_ bytes: [UInt8], _ range: Range<Int>) {
        self.bytes = bytes
        at = range.lowerBound
        end = range.upperBound
    }

    var isAtEnd: Bool { at == end }

    /// XXH64 of the remaining bytes.
    var hash: UInt64 {
        unsafe bytes.withUnsafeBytes { bytes in
            unsafe XXHash64.hash(UnsafeRawBufferPointer(rebasing: bytes[at..<end]))
        }
    }

    private mutating func take(_ name: String, _ count: Int) throws(ColumnError) -> Int {
        guard count <= end - at else { throw ColumnError(name, "is truncated") }
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

    /// A reader of the next `count` bytes only.
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
            throw ColumnError(name, "is not a whole number from 0 to \(most)")
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
        guard value.isFinite else { throw ColumnError(name, "is not a finite number") }
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
        guard let text else { throw ColumnError(name, "is not valid UTF-8") }
        value = text
    }

    mutating func mapped<Value>(
        _ name: String, _ value: inout Value, to: (Value) -> String,
        from read: (String) -> Value?
    ) throws(ColumnError) {
        var text = ""
        try self.text(name, &text)
        guard let result = read(text) else { throw ColumnError(name, "is not a valid value") }
        value = result
    }

    mutating func optional(
        _ name: String, _ isPresent: Bool,
        _ body: (inout BinaryColumnReader) throws(ColumnError) -> Void
    ) throws(ColumnError) {
        var hasValue = false
        try flag(name, &hasValue)
        if hasValue { try body(&self) }
    }

    /// Reserves no memory for the count, which is not trusted.
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
