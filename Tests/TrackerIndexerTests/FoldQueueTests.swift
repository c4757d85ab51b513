import Testing
import TrackerLog
import TrackerTestSupport

@testable import TrackerIndexer

/// What the live index folds next.
@Suite("The fold queue")
struct FoldQueueTests {
    private let now = ContinuousClock.now

    private func key(_ number: Int) throws -> DataFolder.SessionKey {
        DataFolder.SessionKey(user: try UserID("u"), session: try SessionID("s\(number)"))
    }

    private func stale(_ number: Int, _ modifiedNs: Int64) throws -> FoldQueue.Stale {
        FoldQueue.Stale(key: try key(number), modifiedNs: modifiedNs)
    }

    @Test("gives wanted sessions in the order in which they were asked for, each once")
    func wanted() throws {
        var queue = FoldQueue()
        for number in [3, 1, 3, 2, 1] { queue.want(try key(number)) }
        var order: [DataFolder.SessionKey] = []
        while let next = queue.nextWanted() { order.append(next) }
        #expect(order == [try key(3), try key(1), try key(2)])
    }

    @Test("gives a scheduled session at its time, the earlier of two, and not again")
    func due() throws {
        var queue = FoldQueue()
        queue.schedule(try key(1), at: now + .seconds(3))
        queue.schedule(try key(2), at: now + .seconds(2))
        queue.schedule(try key(1), at: now + .seconds(1))
        queue.schedule(try key(1), at: now + .seconds(9))
        #expect(queue.nextInstant(now: now) == now + .seconds(1))
        #expect(queue.takeDue(at: now).isEmpty)
        #expect(!queue.isDue(at: now) && queue.isDue(at: now + .seconds(1)))
        #expect(queue.takeDue(at: now + .seconds(2)) == [try key(1), try key(2)])
        #expect(queue.takeDue(at: now + .seconds(20)).isEmpty)
        #expect(queue.nextInstant(now: now) == nil)
    }

    @Test("gives the latest modified session of the backlog first, those without a watch last")
    func backlog() throws {
        var queue = FoldQueue()
        queue.setBacklog([try stale(9, 9)], refreshes: [], unwatched: [])
        queue.setBacklog(
            [try stale(1, 10), try stale(2, 30), try stale(3, 20)], refreshes: [try key(7)],
            unwatched: [try key(4)])
        #expect(queue.hasBacklog && queue.nextInstant(now: now) == now)
        var order: [DataFolder.SessionKey] = []
        while let next = queue.nextOfBacklog(atMost: 1).first { order.append(next) }
        #expect(order == [try key(2), try key(3), try key(1), try key(4)])
        #expect(!queue.hasBacklog)
        #expect(queue.nextRefresh() == (try key(7)))
    }

    @Test("forgets sessions that are gone")
    func forgotten() throws {
        var queue = FoldQueue()
        for number in 1...2 {
            queue.want(try key(number))
            queue.schedule(try key(number), at: now)
            queue.continueLater(try key(number))
        }
        queue.forget([try key(1)])
        #expect(queue.nextWanted() == (try key(2)))
        #expect(queue.nextWanted() == nil)
        #expect(queue.takeDue(at: now) == [try key(2)])
        #expect(queue.nextPartial() == (try key(2)))
        #expect(queue.nextPartial() == nil)
    }
}
