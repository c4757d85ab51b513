import Testing
import TrackerIndexer
import TrackerLog

@testable import TrackerPages

@Suite("Missing records on a page")
struct ViewLossTests {
    private static func session(lost times: [Interval]) throws -> PublishedSession {
        var fixture = ViewFixture(seed: 5)
        var run = fixture.run("r", startMs: ViewFixture.startMs, seconds: 30)
        // The seconds of which records are missing have no samples.
        for index in run.timelines.indices {
            run.timelines[index].buckets.removeAll { bucket in
                times.contains {
                    $0.startMs <= Double(bucket.startMs)
                        && Double(bucket.startMs) + 1_000 <= $0.endMs
                }
            }
        }
        var lost = LostRecords()
        (lost.frames, lost.frameEvents, lost.presentEvents) = (3, 400, 3_600)
        lost.times = times
        run.lost = lost
        var health = ViewFixture.wholeHealth
        health.lost = lost
        return try ViewFixture.session("lossy", runs: [run], health: health)
    }

    private static let from = ViewFixture.startMs.rounded(.down)
    private static let gap = Interval(startMs: from + 10_000, endMs: from + 13_000)

    private static func text(_ session: PublishedSession) -> String {
        ViewFixture.text(
            sessionPage(
                session, catalog: ViewFixture.catalog([session]), query: SessionQuery(),
                now: session.freshness.indexedAt))
    }

    @Test("the head says how much is missing, and the throughput that it is a lower bound")
    func head() throws {
        let text = Self.text(try Self.session(lost: [Self.gap]))
        let note = "About 10% of the records of this session are missing (3 frames, about 400"
        let head = try #require(text.firstRange(of: "<header class=\"head\""))
        let shown = text[head.lowerBound...]
        let end = try #require(shown.firstRange(of: "</header>"))
        #expect(shown[..<end.lowerBound].contains(note))
        #expect(text.contains("in 1 run, at least"))
        let whole = Self.text(try ViewFixture.session("whole", runs: []))
        #expect(!whole.contains("are missing") && !whole.contains(", at least"))
    }

    @Test("while the log is read, pages say beside their numbers how much of it they are of")
    func indexing() throws {
        var fixture = ViewFixture(seed: 5)
        let part = fixture.run("r", startMs: ViewFixture.startMs, seconds: 9)
        var session = try ViewFixture.session("long", runs: [part])
        (session.foldedBytes, session.unreadBytes) = (1_000_000, 3_000_000)
        let note = "1.00 MB of 4.00 MB read, "
        func head(_ text: String) throws -> Substring {
            let head = try #require(text.firstRange(of: "<header class=\"head\""))
            let shown = text[head.lowerBound...]
            return shown[..<(try #require(shown.firstRange(of: "</header>")).lowerBound)]
        }
        #expect(try head(Self.text(session)).contains(note))
        let run = runPage(
            session, catalog: ViewFixture.catalog([session]), query: SessionQuery(run: "r"),
            now: session.freshness.indexedAt)
        #expect(try head(ViewFixture.text(run)).contains(note))
        // A few bytes are read before anyone can read that: only data health has them.
        session.unreadBytes = 100
        #expect(try !head(Self.text(session)).contains("read, "))
        #expect(Self.text(session).contains("1.00 MB of 1.00 MB read, "))
    }

    @Test("lost seconds are hatched and have no rate, and the others keep theirs")
    func hatched() throws {
        let session = try Self.session(lost: [Self.gap])
        let model = SessionModel(session.summary, query: SessionQuery())
        let columns = try #require(model.chart).columns
        #expect(columns.lost == [Self.gap])
        let lost = columns.columns.filter(\.isLost)
        #expect(lost.count == 3 && lost.allSatisfy { $0.perSecond == nil && $0.coveredMs > 0 })
        // Without the gap they would be an outage.
        let slices = model.runs.compactMap { run in model.metric.flatMap { run.slice(of: $0) } }
        #expect(TimeColumns(slices).columns.count { $0.perSecond == 0 } == 3)
        #expect(columns.columns.count { ($0.perSecond ?? 0) > 0 } == columns.columns.count - 3)
        let text = Self.text(session)
        #expect(text.contains("<path class=\"nd\" d=\"M") && text.contains("<td class=n>no data"))
        #expect(text.contains("hatched: no data"))
        #expect(!Self.text(try Self.session(lost: [])).contains("class=\"nd\""))
    }
}
