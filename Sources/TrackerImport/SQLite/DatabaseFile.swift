/// A whole file that is an SQLite database, gathered from pieces.
struct DatabaseFile {
    private let format: String
    private let smaller: String
    private var bytes: [UInt8] = []

    /// - Parameters:
    ///   - format: its name, for errors.
    ///   - smaller: what to do about a file that is too long.
    init(format: String, smaller: String) {
        self.format = format
        self.smaller = smaller
    }

    /// The text of `CREATE TABLE` stands at the beginning of the file.
    static func recognises(_ head: FileHead, containing texts: String...) -> Bool {
        guard head.hasPrefix(Array("SQLite format 3".utf8) + [0]) else { return false }
        let text = String(decoding: head.bytes, as: UTF8.self)
        return texts.allSatisfy { text.contains($0) }
    }

    mutating func add(_ piece: ByteView) throws(ImportError) {
        unsafe bytes.append(contentsOf: piece.raw)
        guard bytes.count <= ImportLimits.maxDocumentBytes else {
            throw refused("longer than \(ImportLimits.maxDocumentBytes >> 20) MiB", smaller)
        }
    }

    /// After the last piece: the bytes are the database's then.
    mutating func open() throws(ImportError) -> SQLiteDatabase {
        do throws(SQLiteError) {
            let database = try SQLiteDatabase(bytes)
            bytes = []
            return database
        } catch {
            throw refusal(error)
        }
    }

    func refusal(_ error: SQLiteError) -> ImportError {
        switch error {
        case .noLibrary: refused("\(error)", "Then import the file again.")
        case .failed(let reason):
            refused(reason, "The file is damaged, or its table has other columns.")
        }
    }

    private func refused(_ reason: String, _ advice: String) -> ImportError {
        .refused(format: format, reason: reason, advice: advice, place: nil)
    }
}
