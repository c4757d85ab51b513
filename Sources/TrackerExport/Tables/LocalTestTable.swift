import TrackerImport
import TrackerIndexer
import TrackerLog

/// The guide's table `local_test_runs`: a row for each run.
struct LocalTestTable {
    private let rows: [LocalTestRow]

    init(_ selection: ExportSelection) {
        rows = selection.runs.map { session, run in
            LocalTestRow(
                GuideRun(user: session.key.user, session: session.key.session, run: run).json)
        }
    }

    private static let units = """
        One row a run, as GET /api/track answers. value is in the unit that metric_name ends with \
        (_ms: milliseconds). run_details: duration_s in seconds, avg_latency_ms in milliseconds, \
        error_rate in percent, rps in successful requests a second. timestamp is in UTC.
        """

    /// A whole SQLite file.
    func sqlite() throws(ExportError) -> [UInt8] {
        do throws(SQLiteError) {
            let database = try SQLiteDatabase()
            let table = LocalTestRow.creation { kind in
                switch kind {
                case .number: "REAL"
                case .text, .time, .object: "TEXT"
                }
            }
            // SQLite keeps the text of the statement, comments included: it says the units.
            let name = LocalTestRow.table
            let commented = table.replacing(
                "\(name) (", with: "\(name) (\n  -- \(Self.units)", maxReplacements: 1)
            try database.run("BEGIN")
            try database.run(commented)
            let places = Array(repeating: "?", count: LocalTestRow.columns.count)
            let insertion = "INSERT INTO \(name) VALUES (\(places.joined(separator: ", ")))"
            for row in rows { try database.run(insertion, row.values) }
            try database.run("COMMIT")
            return try database.file()
        } catch {
            throw .sqlite(error)
        }
    }

    /// Statements for `psql`. What is in the table already stays.
    func writePostgreSQL(to sink: ExportSink) throws(StorageError) {
        var buffer = PieceBuffer()
        let table = LocalTestRow.creation { kind in
            switch kind {
            case .text: "TEXT"
            case .time: "TIMESTAMPTZ"
            case .number: "DOUBLE PRECISION"
            case .object: "JSONB"
            }
        }
        let head = """
            -- \(Self.units)
            SET client_encoding = 'UTF8';
            SET standard_conforming_strings = on;
            BEGIN;
            \(table);

            """
        try buffer.add({ $0 += Array(head.utf8) }, sink)
        for row in rows {
            let values = zip(LocalTestRow.columns, row.values).map(Self.literal)
                .joined(separator: ", ")
            let line =
                "INSERT INTO \(LocalTestRow.table) VALUES (\(values))"
                + " ON CONFLICT DO NOTHING;\n"
            try buffer.add({ $0 += Array(line.utf8) }, sink)
        }
        try buffer.add({ $0 += Array("COMMIT;\n".utf8) }, sink)
        try buffer.flush(sink)
    }

    /// PostgreSQL has no text with a zero byte, and no JSON with one: U+FFFD stands for it.
    private static func literal(_ column: LocalTestRow.Column, _ value: SQLiteValue) -> String {
        switch value {
        case .null: return "NULL"
        case .number(let number): return number.isFinite ? JSONValue.double(number).text : "NULL"
        case .text(let text):
            var bytes: [UInt8] = []
            for byte in text.utf8 {
                switch byte {
                case 0: bytes += Array("\u{FFFD}".utf8)
                case UInt8(ascii: "'"): bytes += [byte, byte]
                default: bytes.append(byte)
                }
            }
            let clean = column.kind == .object ? withoutEscapedZeros(bytes) : bytes
            return "'\(String(decoding: clean, as: UTF8.self))'"
        }
    }

    /// `\u0000` in JSON, unless its backslash is escaped itself.
    private static func withoutEscapedZeros(_ text: [UInt8]) -> [UInt8] {
        guard text.contains(UInt8(ascii: "\\")) else { return text }
        let zero = Array(#"\u0000"#.utf8)
        var bytes: [UInt8] = []
        var rest = text[...]
        while let byte = rest.first {
            if rest.starts(with: zero) {
                bytes += Array("\u{FFFD}".utf8)
                rest = rest.dropFirst(zero.count)
            } else if byte == UInt8(ascii: "\\") {
                bytes += rest.prefix(2)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
                rest = rest.dropFirst()
            }
        }
        return bytes
    }
}
