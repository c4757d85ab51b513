import Testing
import TrackerAnalysis
import TrackerIndexer
import TrackerLog
import TrackerTestSupport

/// Holds `docs/INDEX_FILES.md` to the code: the columns of its tables are those of the schemas, by
/// name, kind and order, and none is missing on either side.
@Suite("The page docs/INDEX_FILES.md")
struct IndexFilesPageTests {
    private let text: String
    /// The tables of columns, by the heading of their section.
    private var tables: [(section: String, columns: [ColumnList.Column])] = []

    init() throws {
        text = try repositoryText("docs/INDEX_FILES.md")
        var section = ""
        var isTable = false
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("## ") { section = String(line.dropFirst(3)) }
            if line.hasPrefix("| column | kind |") {
                tables.append((section, []))
                isTable = true
            } else if isTable, line.hasPrefix("|") {
                let cells = line.split(separator: "|").map { $0.trimmed }
                if cells[0].hasPrefix("`") {
                    tables[tables.count - 1].columns.append(
                        .init(name: cells[0].filter { $0 != "`" }, kind: cells[1]))
                }
            } else {
                isTable = false
            }
        }
    }

    @Test("every column of every file is in its table, in its place, and no other")
    func columns() {
        let state = StateFile.columns
        let target = TargetRunCache.columns
        let expected: [(String, [ColumnList.Column])] = [
            ("`index/<user>/<session>.snap`", Snapshot.columns),
            ("`index/catalog.snap`", CatalogContent.columns),
            ("`index/target-<hash>.snap`", target.head),
            ("`index/target-<hash>.snap`", target.row),
            ("State files", state.session), ("State files", state.segment),
        ]
        #expect(tables.count == expected.count + 2)
        for (table, (section, columns)) in zip(tables, expected) {
            #expect(table.section == section)
            #expect(columns.count > 3)
            for (of, code) in zip(table.columns, columns) {
                #expect(of == code, "the page has \(of.name), \(of.kind)")
            }
            #expect(table.columns.count == columns.count, "\(section)")
        }
    }

    @Test("the numbers of the files are those of the code")
    func versions() {
        #expect(text.contains("the version of the fold: \(Snapshot.version) |"))
        #expect(text.contains("`{\"snapshot\":\(Snapshot.version),"))
        #expect(text.contains("The version is \(CatalogFile.version)."))
        #expect(text.contains("| the version of this file: \(TargetRunCache.version) |"))
        #expect(text.contains("| the version of this file: \(StateFile.version) |"))
    }

    @Test("the limits of a small session are those of the code")
    func smallSessions() {
        let kibibytes = IndexLimits.maxBytesWithoutSnapshot / 1_024
        #expect(IndexLimits.maxBytesWithoutSnapshot % 1_024 == 0)
        let events = NumberFormat.grouped.count(IndexLimits.maxEventsWithoutSnapshot)
        #expect(
            text.contains(
                "more than \(kibibytes) KiB, more than \(IndexLimits.maxFilesWithoutSnapshot), "
                    + "or hold more than \(events) events (`IndexLimits`)"))
    }

    @Test("a new `tracker.json` has the columns of its table")
    func formatFile() throws {
        let storage = MemoryStorage()
        try DataFolder.prepare(storage)
        let bytes = try storage.readAll(DataLayout.formatFile, limit: 1_000)
        let table = try #require(tables.first { $0.section == "`tracker.json`" })
        let members = try #require(JSONValue.parsed(bytes)?.objectValue)
        #expect(members.map(\.key) == table.columns.map(\.name))
        #expect(members.first?.value.intValue == DataFolder.currentFormat)
    }

    @Test("the paths of the page are those of the code")
    func paths() throws {
        for path in [
            DataLayout.catalog, DataLayout.indexLock, DataLayout.formatFile,
            DataLayout.maintenanceLock, DataLayout.prunedSessions, DataLayout.compactedInputs,
        ] {
            #expect(text.contains("`\(path)"), "\(path)")
        }
        #expect(text.contains("`index/\(DataLayout.targetFilePrefix)<hash>.snap`"))
        let snapshot = DataLayout.snapshot(try UserID("user"), try SessionID("session"))
        #expect("\(snapshot)" == "index/user/session.snap")
    }
}

extension Substring {
    fileprivate var trimmed: String {
        var text = self
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
