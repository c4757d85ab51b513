/// The files of oha.
enum OhaFormats {
    static let all: [AnyFormat] = [
        .refused(SQLiteFile.self), .records(OhaTable.self), .lines(OhaReport.self),
        .document(OhaJSONReport.self),
    ]
}

/// What `oha --db-url` writes, and anything else in SQLite.
enum SQLiteFile: RefusedFormat {
    static let name = "SQLite database"
    static let tool = "oha"
    static let lacks: [String] = []
    static let reason = "databases are not read here"
    static let advice =
        "If oha wrote it: sqlite3 -header -csv FILE 'SELECT start AS \"request-start\","
        + " duration AS \"request-duration\", len_bytes AS bytes, status FROM oha'"
        + " | tracker import -"

    static func recognises(_ head: FileHead) -> Bool {
        head.hasPrefix(Array("SQLite format 3".utf8) + [0])
    }
}
