import TrackerLog

/// The functions of the system's SQLite. It is opened when a database is read or written: nothing
/// else needs it (see `docs/decisions/0027-export.md`).
@safe struct SQLiteLibrary: @unchecked Sendable {
    // Pointers to functions that never change: any thread may read them.
    typealias Pointer = OpaquePointer

    let open: @convention(c) (UnsafePointer<CChar>, UnsafeMutablePointer<Pointer?>) -> Int32
    let close: @convention(c) (Pointer?) -> Int32
    let message: @convention(c) (Pointer?) -> UnsafePointer<CChar>?
    let prepare:
        @convention(c) (
            Pointer, UnsafePointer<CChar>, Int32, UnsafeMutablePointer<Pointer?>,
            UnsafeMutablePointer<UnsafePointer<CChar>?>?
        ) -> Int32
    let step: @convention(c) (Pointer) -> Int32
    let finalize: @convention(c) (Pointer?) -> Int32
    let bindNull: @convention(c) (Pointer, Int32) -> Int32
    let bindNumber: @convention(c) (Pointer, Int32, Double) -> Int32
    /// The last argument says that SQLite copies the text.
    let bindText:
        @convention(c) (Pointer, Int32, UnsafePointer<CChar>?, Int32, UnsafeRawPointer?) -> Int32
    let columnCount: @convention(c) (Pointer) -> Int32
    let columnType: @convention(c) (Pointer, Int32) -> Int32
    let columnNumber: @convention(c) (Pointer, Int32) -> Double
    let columnText: @convention(c) (Pointer, Int32) -> UnsafePointer<UInt8>?
    let columnBytes: @convention(c) (Pointer, Int32) -> Int32
    let serialize:
        @convention(c) (Pointer, UnsafePointer<CChar>, UnsafeMutablePointer<Int64>, UInt32) ->
            UnsafeMutablePointer<UInt8>?
    let deserialize:
        @convention(c) (
            Pointer, UnsafePointer<CChar>, UnsafeMutablePointer<UInt8>, Int64, Int64, UInt32
        ) -> Int32
    let allocate: @convention(c) (UInt64) -> UnsafeMutableRawPointer?
    let free: @convention(c) (UnsafeMutableRawPointer?) -> Void

    /// The plain name comes with the development files.
    static let names = ["libsqlite3.so.0", "libsqlite3.so"]

    init(names: [String] = names) throws(SQLiteError) {
        do throws(SharedLibrary.Failure) {
            let library = try SharedLibrary(names: names)
            try unsafe open = library.function("sqlite3_open")
            try unsafe close = library.function("sqlite3_close")
            try unsafe message = library.function("sqlite3_errmsg")
            try unsafe prepare = library.function("sqlite3_prepare_v2")
            try unsafe step = library.function("sqlite3_step")
            try unsafe finalize = library.function("sqlite3_finalize")
            try unsafe bindNull = library.function("sqlite3_bind_null")
            try unsafe bindNumber = library.function("sqlite3_bind_double")
            try unsafe bindText = library.function("sqlite3_bind_text")
            try unsafe columnCount = library.function("sqlite3_column_count")
            try unsafe columnType = library.function("sqlite3_column_type")
            try unsafe columnNumber = library.function("sqlite3_column_double")
            try unsafe columnText = library.function("sqlite3_column_text")
            try unsafe columnBytes = library.function("sqlite3_column_bytes")
            try unsafe serialize = library.function("sqlite3_serialize")
            try unsafe deserialize = library.function("sqlite3_deserialize")
            try unsafe allocate = library.function("sqlite3_malloc64")
            try unsafe free = library.function("sqlite3_free")
        } catch {
            throw .noLibrary(reason: error.reason)
        }
    }

    static let ok: Int32 = 0
    static let row: Int32 = 100
    static let done: Int32 = 101
    static let integer: Int32 = 1
    static let float: Int32 = 2
    static let null: Int32 = 5
    /// SQLITE_DESERIALIZE_FREEONCLOSE and SQLITE_DESERIALIZE_READONLY.
    static let ownedAndReadOnly: UInt32 = 1 | 4
    /// SQLITE_TRANSIENT.
    static var copied: UnsafeRawPointer? { unsafe UnsafeRawPointer(bitPattern: -1) }
}

/// Why a database could not be read or written.
package enum SQLiteError: Error, Sendable, Hashable, CustomStringConvertible {
    case noLibrary(reason: String)
    /// In SQLite's words.
    case failed(String)

    package var description: String {
        switch self {
        case .noLibrary(let reason):
            "SQLite files need the system's SQLite library, which cannot be loaded (\(reason)):"
                + " install libsqlite3-0"
        case .failed(let reason): "SQLite: \(reason)"
        }
    }
}
