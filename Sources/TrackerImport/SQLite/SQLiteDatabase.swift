/// A database in memory, which becomes the bytes of a file or is made of them.
@safe package final class SQLiteDatabase {
    private let library: SQLiteLibrary
    private let handle: OpaquePointer

    /// Without a table.
    package init() throws(SQLiteError) {
        library = try SQLiteLibrary()
        var opened: OpaquePointer?
        let outcome = unsafe library.open(":memory:", &opened)
        guard outcome == SQLiteLibrary.ok, let opened = unsafe opened else {
            _ = unsafe library.close(opened)
            throw .failed("no database could be opened (\(outcome))")
        }
        unsafe handle = unsafe opened
    }

    /// A copy of a file, which can only be read.
    package convenience init(_ file: [UInt8]) throws(SQLiteError) {
        try self.init()
        guard let room = unsafe library.allocate(UInt64(max(1, file.count))) else {
            throw .failed("there is no memory for \(file.count) bytes")
        }
        unsafe file.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress else { return }
            unsafe room.copyMemory(from: start, byteCount: bytes.count)
        }
        // SQLite frees the room, also where this fails.
        let outcome = unsafe library.deserialize(
            handle, "main", room.assumingMemoryBound(to: UInt8.self), Int64(file.count),
            Int64(file.count), SQLiteLibrary.ownedAndReadOnly)
        guard outcome == SQLiteLibrary.ok else { throw failure }
    }

    deinit { _ = unsafe library.close(handle) }

    private var failure: SQLiteError {
        guard let text = unsafe library.message(handle) else { return .failed("no reason given") }
        return unsafe .failed(String(cString: text))
    }

    /// Runs one statement.
    /// - Parameters:
    ///   - values: of its question marks, in their order.
    ///   - row: receives each row of the answer; false ends the statement.
    package func run(
        _ statement: String, _ values: [SQLiteValue] = [],
        row: ([SQLiteValue]) -> Bool = { _ in true }
    ) throws(SQLiteError) {
        var prepared: OpaquePointer?
        let outcome = unsafe library.prepare(handle, statement, -1, &prepared, nil)
        guard outcome == SQLiteLibrary.ok, let prepared = unsafe prepared else { throw failure }
        defer { _ = unsafe library.finalize(prepared) }
        for (index, value) in values.enumerated() {
            let bound = unsafe bind(value, to: Int32(index + 1), of: prepared)
            guard bound == SQLiteLibrary.ok else { throw failure }
        }
        while true {
            switch unsafe library.step(prepared) {
            case SQLiteLibrary.done: return
            case SQLiteLibrary.row:
                let columns = unsafe library.columnCount(prepared)
                let values = (0..<columns).map { unsafe value($0, of: prepared) }
                guard row(values) else { return }
            default: throw failure
            }
        }
    }

    private func bind(_ value: SQLiteValue, to place: Int32, of prepared: OpaquePointer) -> Int32 {
        switch value {
        case .null: return unsafe library.bindNull(prepared, place)
        case .number(let number): return unsafe library.bindNumber(prepared, place, number)
        case .text(let text):
            return unsafe Array(text.utf8).withUnsafeBytes { bytes in
                // Never nil, which would be null.
                let start = unsafe bytes.assumingMemoryBound(to: CChar.self).baseAddress
                guard let start = unsafe start else {
                    return unsafe library.bindText(prepared, place, "", 0, SQLiteLibrary.copied)
                }
                return unsafe library.bindText(
                    prepared, place, start, Int32(clamping: bytes.count), SQLiteLibrary.copied)
            }
        }
    }

    private func value(_ column: Int32, of prepared: OpaquePointer) -> SQLiteValue {
        switch unsafe library.columnType(prepared, column) {
        case SQLiteLibrary.null: return .null
        case SQLiteLibrary.integer, SQLiteLibrary.float:
            return .number(unsafe library.columnNumber(prepared, column))
        default:
            guard let text = unsafe library.columnText(prepared, column) else { return .null }
            let count = unsafe Int(library.columnBytes(prepared, column))
            return unsafe .text(
                String(decoding: UnsafeBufferPointer(start: text, count: count), as: UTF8.self))
        }
    }

    /// The database as a file.
    package func file() throws(SQLiteError) -> [UInt8] {
        var count: Int64 = 0
        guard let bytes = unsafe library.serialize(handle, "main", &count, 0) else {
            throw .failed("the database could not be written: there is no memory for it")
        }
        defer { unsafe library.free(bytes) }
        return unsafe Array(UnsafeBufferPointer(start: bytes, count: Int(count)))
    }
}

/// A value of a row.
package enum SQLiteValue: Sendable, Hashable {
    case null
    case number(Double)
    case text(String)

    package init(_ text: String?) { self = text.map(Self.text) ?? .null }
    package init(_ number: Double?) { self = number.map(Self.number) ?? .null }

    package var textValue: String? { if case .text(let text) = self { text } else { nil } }
    package var numberValue: Double? { if case .number(let number) = self { number } else { nil } }
}
