package import TrackerLog

/// A row of the guide's table `local_test_runs`: a run as `GET /api/track/<user>` gives it, with
/// the same names.
package struct LocalTestRow: Sendable, Hashable {
    package static let table = "local_test_runs"

    package enum Kind: Sendable {
        case text, time, number, object
    }

    package struct Column: Sendable {
        package let name: String
        package let kind: Kind
        /// Together they name a row.
        package let isKey: Bool
    }

    package static let columns = [
        Column(name: "user_id", kind: .text, isKey: true),
        Column(name: "session_id", kind: .text, isKey: true),
        Column(name: "id", kind: .text, isKey: true),
        Column(name: "schema_version", kind: .text, isKey: false),
        Column(name: "challenge_type", kind: .text, isKey: false),
        Column(name: "metric_name", kind: .text, isKey: false),
        Column(name: "value", kind: .number, isKey: false),
        Column(name: "timestamp", kind: .time, isKey: false),
        Column(name: "labels", kind: .object, isKey: false),
        Column(name: "run_details", kind: .object, isKey: false),
        Column(name: "commit_hash", kind: .text, isKey: false),
        Column(name: "target_app", kind: .text, isKey: false),
    ]

    /// In the order of the columns.
    package let values: [SQLiteValue]

    package init?(_ values: [SQLiteValue]) {
        guard values.count == Self.columns.count else { return nil }
        self.values = values
    }

    /// - Parameter run: an object with the names of the columns.
    package init(_ run: JSONValue) {
        values = Self.columns.map { column in
            switch (column.kind, run[column.name]) {
            case (_, nil), (_, .null?): .null
            case (.number, let value?): SQLiteValue(value.doubleValue)
            case (.object, let value?): .text(value.text)
            case (_, .string(let text)?): .text(text)
            case (_, let value?): .text(value.text)
            }
        }
    }

    package subscript(name: String) -> SQLiteValue {
        Self.columns.firstIndex { $0.name == name }.map { values[$0] } ?? .null
    }

    /// `CREATE TABLE`, for SQLite or PostgreSQL.
    /// - Parameter type: the name of a kind of column in the language of the database.
    package static func creation(_ type: (Kind) -> String) -> String {
        let lines = columns.map { "  \($0.name) \(type($0.kind))\($0.isKey ? " NOT NULL" : "")" }
        let keys = columns.filter(\.isKey).map(\.name).joined(separator: ", ")
        return "CREATE TABLE IF NOT EXISTS \(table) (\n" + lines.joined(separator: ",\n")
            + ",\n  PRIMARY KEY (\(keys))\n)"
    }
}
