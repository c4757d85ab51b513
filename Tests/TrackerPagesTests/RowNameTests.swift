import Testing
import TrackerIndexer
import TrackerLog
import TrackerPages
import TrackerTestSupport

/// What a session's row in the list takes, whatever the session names.
@Suite("The names in a row of the list") struct RowNameTests {
    private static func entry(
        targets: [String], tags: [String] = [], name: String? = nil
    ) throws -> CatalogEntry {
        let runs = targets.enumerated().map { index, target in
            RunSummary(
                run: "r\(index)", test: "t\(index)", target: target, commit: "c\(index)",
                state: .finished, started: ViewFixture.start, finished: ViewFixture.start + 1_000,
                last: ViewFixture.start + 1_000, params: .emptyObject, environment: .emptyObject,
                series: [], timelines: [])
        }
        let session = try ViewFixture.session("s", name: name, runs: runs, tags: tags)
        return CatalogEntry(session.summary)
    }

    private static func bytes(_ names: [String]) -> Int {
        names.reduce(0) { $0 + $1.utf8.count }
    }

    @Test("an ordinary session keeps all it names")
    func ordinary() throws {
        let targets = ["http://a/", "http://b/"]
        let entry = try Self.entry(targets: targets, tags: ["x", "y"], name: "ü")
        #expect(entry.targets == targets && entry.tags == ["x", "y"] && entry.name == "ü")
        #expect(entry.commits == ["a1f3c9e", "c0", "c1"] && entry.tests == ["t0", "t1"])
        #expect(entry.unkeptNames == 0)
    }

    @Test("each list has its room, one does not take that of another, and what is left out counts")
    func bounded() throws {
        let targets = (0..<3_000).map { "http://host/\(String(repeating: "p", count: 50))/\($0)" }
        let huge = String(repeating: "z", count: 100_000)
        let tags = ["a", huge, "b"]
        let entry = try Self.entry(targets: targets, tags: tags, name: huge)
        for names in [entry.targets, entry.tags, entry.commits, entry.tests] {
            #expect(!names.isEmpty && Self.bytes(names) <= IndexLimits.maxRowNameBytes)
        }
        // A short name behind one that is too long has its place.
        #expect(entry.tags == ["a", "b"])
        let all = targets.count + tags.count + 3_001 + 3_000
        let kept =
            entry.targets.count + entry.tags.count + entry.commits.count + entry.tests.count
        #expect(entry.unkeptNames == all - kept)
        let name = try #require(entry.name)
        #expect(name.hasSuffix("…") && name.utf8.count <= IndexLimits.maxRowTextBytes + 3)
        #expect(huge.hasPrefix(name.dropLast()))
        #expect(entry.mayHave(target: targets[2_999]) && !entry.targets.contains(targets[2_999]))
    }

    @Test("the row says it, on the page and for programs")
    func told() throws {
        let targets = (0..<600).map { "target-\($0)-\(String(repeating: "x", count: 40))" }
        let entry = try Self.entry(targets: targets)
        #expect(entry.json["unkept_names"]?.intValue == entry.unkeptNames)
        let text = ViewFixture.text(
            sessionListPage(
                Catalog(
                    version: 1, entries: [entry],
                    freshness: Freshness(indexedAt: ViewFixture.start)),
                query: SessionListQuery(queryItems: []), now: ViewFixture.start + 2_000))
        let count = NumberText.count(entry.unkeptNames)
        #expect(text.contains("\(count) more names, which only its page has"))
    }
}
