import Testing
import TrackerImport
import TrackerLog

@Suite("Import: oha's database")
struct OhaDatabaseTests {
    /// - Parameter rows: of the table, each in parentheses.
    private func file(hasRun: Bool, _ rows: [String]) throws -> [UInt8] {
        let database = try SQLiteDatabase()
        try database.run(
            "CREATE TABLE oha (url TEXT NOT NULL, start REAL NOT NULL,"
                + " start_latency_correction REAL, end REAL NOT NULL, duration REAL NOT NULL,"
                + " status INTEGER NOT NULL, len_bytes INTEGER NOT NULL"
                + (hasRun ? ", run INTEGER NOT NULL)" : ")"))
        for row in rows { try database.run("INSERT INTO oha VALUES \(row)") }
        return try database.file()
    }

    @Test("each test is a run, from the times at which requests were due where they were corrected")
    func runs() throws {
        let imported = Imported(
            try file(
                hasRun: true,
                [
                    "('http://a:1/x', 0.5, NULL, 0.75, 0.25, 200, 10, 1795442400)",
                    "('http://a:1/y', 0.25, NULL, 0.375, 0.125, 503, 10, 1795442400)",
                    "('http://a:1/x', 1.5, 1.0, 2.0, 1.0, 200, 10, 1795442500)",
                ]))
        #expect(imported.error == nil)
        #expect(imported.format == "oha SQLite")
        #expect(imported.runs.map(\.samples) == [2, 1])
        #expect(imported.samples.map(\.value) == [125, 250, 1_000])
        #expect(
            imported.samples.map(\.timestamp.milliseconds) == [
                1_795_442_400_250, 1_795_442_400_500, 1_795_442_501_000,
            ])
        #expect(imported.samples.map(\.ok) == [false, true, true])
        #expect(imported.lines.contains { $0.contains(#""latency":"uncorrected""#) })
        #expect(imported.lines.contains { $0.contains(#""latency":"corrected""#) })
    }

    @Test("before the column run there is one test, without its start")
    func older() throws {
        let row = "('http://a:1/', 0.5, NULL, 0.75, 0.25, 200, 10)"
        let imported = Imported(try file(hasRun: false, [row]))
        #expect(imported.samples.map(\.value) == [250])
        #expect(imported.lines.contains { $0.contains("the start of the test") })
    }

    @Test("a table without a row is refused, and so is another one")
    func refusals() throws {
        let empty = Imported(try file(hasRun: true, []))
        #expect(empty.error.map { "\($0)" }?.contains("no row") == true)
        let database = try SQLiteDatabase()
        try database.run("CREATE TABLE other (a TEXT)")
        let other = Imported(try database.file())
        #expect(other.error.map { "\($0)" }?.contains("neither the table of oha") == true)
    }
}
