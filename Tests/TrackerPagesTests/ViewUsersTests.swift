import Testing
import TrackerIndexer
import TrackerLog
import TrackerTestSupport

@testable import TrackerPages

@Suite("Users, and the list of one") struct ViewUsersTests {
    private static func entry(
        _ user: String, _ session: String, atSeconds: Double, targets: [String] = [],
        isArchived: Bool = false
    ) throws -> CatalogEntry {
        let first = ViewFixture.start.advanced(byMilliseconds: atSeconds * 1_000)
        return CatalogEntry(
            user: try UserID(user), session: try SessionID(session), tags: ["pool"],
            isArchived: isArchived, isRunning: false, targets: targets, runCount: 2, first: first,
            last: first.advanced(byMilliseconds: 5_000), eventCount: 9, badRegionCount: 0,
            badLineCount: 0, missingFrames: 0)
    }

    private static func catalog(_ entries: [CatalogEntry]) -> Catalog {
        Catalog(
            version: 3, entries: entries.sorted { ($0.first ?? 0) > ($1.first ?? 0) },
            freshness: Freshness(indexedAt: ViewFixture.start))
    }

    private static func list(_ entries: [CatalogEntry], _ items: [(String, String)]) -> String {
        ViewFixture.text(
            sessionListPage(
                catalog(entries), query: SessionListQuery(queryItems: items),
                now: ViewFixture.start))
    }

    private static func team() throws -> [CatalogEntry] {
        [
            try entry("ann", "a1", atSeconds: 10, targets: ["http://b/", "http://a/"]),
            try entry("ann", "a2", atSeconds: 30, targets: ["http://a/"]),
            try entry("ann", "a3", atSeconds: 90, targets: ["http://c/"], isArchived: true),
            try entry("Ann", "other", atSeconds: 50),
            try entry("q\"<b> x", "odd", atSeconds: 20, isArchived: true),
        ]
    }

    @Test("each user has what is in their own notebook, the one who measured last first")
    func rows() throws {
        let users = CatalogUser.all(in: Self.catalog(try Self.team()).entries)
        #expect(users.map(\.user.value) == ["ann", "Ann", "q\"<b> x"])
        let ann = users[0]
        #expect((ann.sessions, ann.archived, ann.runs) == (2, 1, 4))
        #expect(ann.targets == ["http://a/", "http://b/"])
        #expect(ann.newest?.value == "a2")
        // An archived session was measured all the same.
        #expect(ann.last == ViewFixture.start.advanced(byMilliseconds: 95_000))
        #expect(users[2].newest == nil && users[2].sessions == 0 && users[2].archived == 1)
        #expect(CatalogUser.all(in: []).isEmpty)
    }

    @Test("a row of the page leads to the list of that user alone, whatever the name")
    func page() throws {
        let team = try Self.team()
        let text = ViewFixture.text(usersPage(Self.catalog(team), now: ViewFixture.start))
        #expect(text.contains("<a href=\"/?user=ann\">ann</a>"))
        #expect(text.contains("<a href=\"/?user=q%22%3Cb%3E%20x\">q&quot;&lt;b&gt; x</a>"))
        #expect(text.contains("href=\"/?q=target%3Ahttp%3A%2F%2Fa%2F&amp;user=ann\""))
        #expect(text.contains("<a href=\"/sessions/ann/a2\">a2</a>"))
        #expect(text.contains("<a href=\"/users\" aria-current=\"page\">"))
        let none = ViewFixture.text(usersPage(Self.catalog([]), now: ViewFixture.start))
        #expect(none.contains("No users yet"))
        for user in CatalogUser.all(in: Self.catalog(team).entries) {
            let query = SessionListQuery(queryItems: [("user", user.user.value)])
            #expect(query.select(team).count == user.sessions, "\(user.user)")
            #expect(query.all(team).count == user.sessions + user.archived, "\(user.user)")
            #expect(query.path == user.path)
        }
    }

    @Test("the list of one user stays theirs, sorted or filtered; others are a click away")
    func own() throws {
        let team = try Self.team()
        let text = Self.list(team, [("user", "ann"), ("sort", "p99")])
        #expect(text.contains("<h1>Sessions of ann <small>2 of 5</small></h1>"))
        #expect(text.contains("<input type=\"hidden\" name=\"user\" value=\"ann\">"))
        #expect(text.contains("href=\"/?user=ann&amp;sort=-p99\""))
        #expect(
            text.contains(
                "<a class=\"tag\" href=\"/?q=tag%3Apool&amp;user=ann\"><small>tag</small> pool</a>")
        )
        #expect(
            text.contains(
                "<a class=\"tag on\" aria-current=\"true\" href=\"/?user=ann\">ann</a>"))
        #expect(text.contains("<a class=\"tag\" href=\"/?user=Ann\">Ann</a>"))
        #expect(text.contains("<a class=\"tag\" href=\"/\">Everybody</a>"))
        #expect(text.contains("<a class=\"link\" href=\"/users\">All 3 users</a>"))
        // One user has nobody to switch to.
        let alone = Self.list([team[0], team[1]], [])
        #expect(!alone.contains("Everybody") && alone.contains("<h1>Sessions <small>2</small>"))
        // Nobody, and what is no id, have no sessions; nothing of others is shown.
        let tooLong = String(repeating: "x", count: ViewLimits.shownNameCharacters + 1)
        #expect(UserID(valid: tooLong) == nil)
        for name in ["nobody", tooLong] {
            let none = Self.list(team, [("user", name)])
            #expect(none.contains("No session matches"))
            #expect(none.contains("Only sessions of \(name) are listed."))
            #expect(!none.contains("<code></code>"))
        }
        #expect(Self.list(team, [("user", "")]).contains("<small>3, and 2 archived</small>"))
    }

    @Test("so many users are offered, and whose list it is among them")
    func offered() throws {
        let many = try (0..<40).map { try Self.entry("u\($0 + 10)", "s", atSeconds: Double($0)) }
        let model = SessionListModel(
            Self.catalog(many), query: SessionListQuery(queryItems: [("user", "u49")]))
        #expect(model.users.count == ViewLimits.offeredUsers + 1 && model.userCount == 40)
        #expect(model.users.first?.value == "u10" && model.users.last?.value == "u49")
    }
}
