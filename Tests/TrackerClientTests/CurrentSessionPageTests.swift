import FoundationEssentials
import Testing
import TrackerClient
import TrackerLog
import TrackerTestSupport

@Suite("docs/INDEX_FILES.md on the current session")
struct CurrentSessionPageTests {
    @Test("the file that is written has the columns of its table, in their order")
    func columns() throws {
        let storage = MemoryStorage()
        let user = try UserID("u")
        try CurrentSession(user: user, session: try SessionID("s"), started: 1)
            .save(storage: storage)
        let bytes = try storage.readAll(StoragePath("current", "u.json"), limit: 1_000)
        let members = try #require(JSONValue.parsed(bytes)?.objectValue)
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
        let page = String(
            decoding: try Data(contentsOf: root.appending(path: "docs/INDEX_FILES.md")),
            as: UTF8.self)
        let start = try #require(page.firstRange(of: "## `current/<user>.json`")).upperBound
        let rows = page[start...].prefix { $0 != "#" }.split(separator: "\n").filter {
            $0.hasPrefix("| `")
        }
        #expect(rows.map { $0.split(separator: "`")[1] } == members.map { Substring($0.key) })
    }
}
