import Glibc
import Testing
import TrackerIndexer
import TrackerLog
import TrackerPages
import TrackerTestSupport

/// Writes pages to the folder named by `TRACKER_VIEW_PAGES`, to be looked at in a browser.
@Suite("Gallery of pages") struct ViewGalleryTests {
    static let folder = unsafe getenv("TRACKER_VIEW_PAGES").map { unsafe String(cString: $0) }

    @Test("each page of the gallery is whole, and is written where it was asked for")
    func gallery() throws {
        var fixture = ViewFixture(seed: 41)
        let six = try fixture.sixRuns()
        let nowMs = ViewFixture.startMs + 5_460_000
        let now = Timestamp(clamping: nowMs)
        let soak = try ViewFixture.session(
            "soak", name: "Soak, pool of 64",
            runs: [
                fixture.run(
                    "soak-1", startMs: nowMs - 1_400_000, seconds: 1_200, perSecond: 30,
                    state: .running)
            ],
            tags: ["soak", "pool"])
        let one = try ViewFixture.session(
            "one",
            runs: [
                fixture.run(
                    "", startMs: nowMs - 90_000_000, seconds: 1, perSecond: 1, state: .unannounced)
            ])
        let smoke = try ViewFixture.session(
            "smoke", name: "Smoke after rebase",
            runs: [fixture.run("smoke", startMs: nowMs - 170_000_000, seconds: 20, perSecond: 20)],
            tags: ["smoke"])
        let empty = try ViewFixture.session("20261117-150000-00c0ffee", runs: [])
        let sessions = [six, soak, one, smoke, empty]
        let catalog = ViewFixture.catalog(sessions)
        var pages: [(String, [UInt8])] = [
            ("list", sessionListPage(catalog, query: SessionListQuery(), now: now)),
            (
                "none",
                sessionListPage(ViewFixture.catalog([]), query: SessionListQuery(), now: now)
            ),
            (
                "nomatch",
                sessionListPage(catalog, query: SessionListQuery(text: "tag:none"), now: now)
            ),
            (
                "error",
                errorPage(
                    status: 404, title: "There is no such session",
                    advice: "It may have been removed, or its id is misspelt.")
            ),
        ]
        for (name, session) in [
            ("six", six), ("soak", soak), ("one", one), ("smoke", smoke), ("empty", empty),
        ] {
            pages.append(
                (name, sessionPage(session, catalog: catalog, query: SessionQuery(), now: now)))
        }
        pages.append(
            (
                "single",
                sessionPage(
                    six, catalog: catalog, query: SessionQuery(run: "after-lunch"), now: now)
            ))
        for (name, bytes) in pages {
            let text = ViewFixture.text(bytes)
            #expect(text.hasPrefix("<!doctype html>") && text.hasSuffix("</html>\n"), "\(name)")
            #expect(text.contains("Not the official scoring system: a private sandbox"), "\(name)")
            guard let folder = ViewGalleryTests.folder else { continue }
            try ViewFile.write(bytes, to: "\(folder)/\(name).html")
        }
    }
}
