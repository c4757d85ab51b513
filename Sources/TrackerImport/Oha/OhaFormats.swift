/// The files of oha.
enum OhaFormats {
    static let all: [AnyFormat] = [
        .stream(OhaDatabase.self), .refused(SQLiteFile.self), .records(OhaTable.self),
        .lines(OhaReport.self),
        .document(OhaJSONReport.self),
    ]
}

/// Any database but those of `oha --db-url` and of the guide.
enum SQLiteFile: RefusedFormat {
    static let name = "SQLite database"
    static let tool = "any"
    static let lacks: [String] = []
    static let reason = "it has neither the table of oha nor local_test_runs"
    static let advice =
        "Choose rows of it in a form that is known: sqlite3 -header -csv FILE"
        + " 'SELECT … AS \"request-start\", … AS \"request-duration\", … AS status FROM …'"
        + " | tracker import -, both in seconds"

    static func recognises(_ head: FileHead) -> Bool {
        head.hasPrefix(Array("SQLite format 3".utf8) + [0])
    }
}
