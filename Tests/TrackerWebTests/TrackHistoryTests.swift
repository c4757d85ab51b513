import Synchronization
import Testing
import TrackerIndexer
import TrackerLog

@testable import TrackerWeb

/// Which sessions are read for the runs of a user, and which runs are answered.
@Suite("The runs of a user")
struct TrackHistoryTests {
    /// Notes which sessions are read.
    private final class ReadHistory: IndexReader {
        let base = FakeHistory()
        let read = Mutex([String]())

        func catalog() -> Catalog { base.catalog() }

        func session(user: UserID, session: SessionID) -> PublishedSession? {
            read.withLock { $0.append(session.value) }
            return base.session(user: user, session: session)
        }

        func appended(to key: DataFolder.SessionKey) {}
        func catchUp(_ scope: ReadScope) async {}
        func digest() -> String? { base.digest() }
        func changes() -> AsyncStream<Int> { base.changes() }
    }

    private static let startMs = 1_763_899_200_000.0

    /// Sessions that begin one after the other, with runs one after the other.
    private static func history(sessions: Int, runs: Int, bytes: Int) throws -> ReadHistory {
        let history = ReadHistory()
        let text = JSONValue.string(String(repeating: "x", count: bytes))
        for session in 0..<sessions {
            let all = (0..<runs).map { number in
                var run = RunSummary(
                    run: "r\(number)", target: "api", state: .finished, params: .emptyObject,
                    environment: .emptyObject, series: [], timelines: [])
                let ms = startMs + Double(session * runs + number)
                run.finished = Timestamp(milliseconds: ms)
                run.reported = .object([.init("text", text)])
                return run
            }
            var summary = emptySummary(
                user: try UserID("u"), session: try SessionID("s\(session)"), runs: all)
            summary.last = all.last?.finished
            history.base.publish(summary)
        }
        return history
    }

    /// Each run as `SESSION#RUN`, as it is answered.
    private static func names(_ answer: TrackHistory.Answer) -> [String] {
        (answer.json["api"]?.objectValue ?? []).flatMap { session in
            (session.value.arrayValue ?? []).map {
                session.key + "#" + ($0["id"]?.stringValue ?? "")
            }
        }
    }

    @Test("sessions without one of the newest runs that fit are counted, and not read")
    func unread() throws {
        let (sessions, runs) = (20, 40)
        // 32 of a session fill the answer.
        let bytes = WebLimits.maxTrackBytes / 32
        let history = try Self.history(sessions: sessions, runs: runs, bytes: bytes)
        let answer = TrackHistory(history: history).runs(of: try UserID("u"))
        let names = Self.names(answer)
        #expect(names == (9..<runs).reversed().map { "s19#r\($0)" })
        #expect(answer.missing == sessions * runs - names.count)
        let read = history.read.withLock(\.self)
        #expect(read.first == "s19" && read.count <= 3, "\(read)")
    }

    @Test("with room for all, all are answered")
    func all() throws {
        let history = try Self.history(sessions: 30, runs: 20, bytes: 10)
        let answer = TrackHistory(history: history).runs(of: try UserID("u"))
        #expect(Self.names(answer).count == 600 && answer.missing == 0)
        #expect(Self.names(answer).first == "s29#r19")
        #expect(TrackHistory(history: history).runs(of: try UserID("v")).missing == 0)
    }

    @Test("a report of 2099 has its place by when it was written")
    func ahead() throws {
        let history = ReadHistory()
        let runs = [("a", 0.0, nil), ("odd", 2.4e12, 1.0), ("b", 2.0, nil)].map {
            (name: String, ms: Double, writtenMs: Double?) in
            var run = RunSummary(
                run: name, target: "api", state: .finished, params: .emptyObject,
                environment: .emptyObject, series: [], timelines: [])
            run.finished = Timestamp(milliseconds: Self.startMs + ms)
            if let written = writtenMs.flatMap({ Timestamp(milliseconds: Self.startMs + $0) }) {
                run.undated = .init(span: written...written)
            }
            return run
        }
        var summary = emptySummary(
            user: try UserID("u"), session: try SessionID("s"), runs: runs)
        summary.last = Timestamp(milliseconds: Self.startMs + 2)
        history.base.publish(summary)
        let answer = TrackHistory(history: history).runs(of: try UserID("u"))
        #expect(Self.names(answer) == ["s#b", "s#odd", "s#a"])
    }
}
