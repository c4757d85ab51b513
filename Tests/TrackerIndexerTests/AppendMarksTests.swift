import Testing
import TrackerLog

@testable import TrackerIndexer

@Suite("What was appended and what is folded", .timeLimit(.minutes(10)))
struct AppendMarksTests {
    let one: DataFolder.SessionKey
    let two: DataFolder.SessionKey

    init() throws {
        let user = try UserID("ann")
        one = DataFolder.SessionKey(user: user, session: try SessionID("one"))
        two = DataFolder.SessionKey(user: user, session: try SessionID("two"))
    }

    /// Longer than any test may take: a reader that returns was served.
    static let never = Duration.seconds(100_000)

    @Test("the index is told of a session once until it has folded it")
    func told() {
        let marks = AppendMarks()
        #expect(marks.add(one))
        #expect(!marks.add(one))
        #expect(marks.add(two))
        #expect(!marks.folded(one, upTo: marks.mark(one)))
        #expect(marks.add(one))
        #expect(marks.unfolded(one) == 1 && marks.unfolded(two) == 1)
    }

    @Test("what was appended during a fold is not folded by it")
    func during() {
        let marks = AppendMarks()
        _ = marks.add(one)
        let mark = marks.mark(one)
        _ = marks.add(one)
        #expect(marks.folded(one, upTo: mark))
        #expect(marks.unfolded(one) == 1)
        #expect(marks.behind { _ in true } == [one])
        #expect(!marks.folded(one, upTo: marks.mark(one)))
        #expect(marks.behind { _ in true }.isEmpty)
    }

    @Test("a reader waits for its own session, as it was when the reader came")
    func own() async {
        let marks = AppendMarks()
        _ = (marks.add(one), marks.add(two))
        let mark = marks.mark(one)
        async let served: Void = marks.wait(for: [one], atMost: Self.never)
        while marks.waiting == 0 { await Task.yield() }
        _ = marks.add(one)
        #expect(marks.folded(one, upTo: mark))
        await served
        #expect(marks.unfolded(one) == 1 && marks.unfolded(two) == 1)
    }

    @Test("a reader of two sessions waits for both; one of neither waits for none")
    func both() async {
        let marks = AppendMarks()
        _ = (marks.add(one), marks.add(two))
        async let served: Void = marks.wait(for: [one, two], atMost: Self.never)
        while marks.waiting == 0 { await Task.yield() }
        _ = marks.folded(two, upTo: marks.mark(two))
        #expect(marks.waiting == 1)
        await marks.wait(for: [two], atMost: Self.never)
        _ = marks.folded(one, upTo: marks.mark(one))
        await served
        #expect(marks.waiting == 0)
    }

    @Test("a reader waits for a limited time, and not for an index that ends")
    func limited() async {
        let marks = AppendMarks()
        _ = marks.add(one)
        await marks.wait(for: [one], atMost: .milliseconds(1))
        #expect(marks.unfolded(one) == 1 && marks.waiting == 0)
        async let served: Void = marks.wait(for: [one], atMost: Self.never)
        while marks.waiting == 0 { await Task.yield() }
        marks.end()
        await served
    }
}
