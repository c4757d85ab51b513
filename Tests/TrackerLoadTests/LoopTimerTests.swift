import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import TrackerLoad

@Suite("Timers of an event loop")
struct LoopTimerTests {
    /// What the timers did, by name, when both were due before the loop came to look.
    private func calls(
        _ first: @escaping @Sendable (LoopTimer) -> Void, waitMs: Int64 = 50
    ) async throws -> [String] {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        let log = Mutex<[String]>([])
        try await loop.submit {
            let second = LoopTimer(eventLoop: loop) { log.withLock { $0.append("second") } }
            let one = LoopTimer(eventLoop: loop) {
                log.withLock { $0.append("first") }
                first(second)
            }
            one.set(.now())
            second.set(.now() + .nanoseconds(1))
            // Both are due: the loop takes them together.
            let due = NIODeadline.now() + .milliseconds(1)
            while NIODeadline.now() < due {}
            loop.assumeIsolated().scheduleTask(in: .milliseconds(waitMs)) { _ = (one, second) }
        }.get()
        try await loop.scheduleTask(in: .milliseconds(2 * waitMs)) {}.futureResult.get()
        try await group.shutdownGracefully()
        return log.withLock { $0 }
    }

    @Test("one that another cancels while both are due does nothing")
    func cancelled() async throws {
        #expect(try await calls { $0.cancel() } == ["first"])
    }

    @Test("one that another sets to a later time does not go off before")
    func setLater() async throws {
        #expect(try await calls { $0.set(.now() + .hours(1)) } == ["first"])
    }

    @Test("else both go off, once each")
    func both() async throws {
        #expect(try await calls { _ in } == ["first", "second"])
        #expect(try await calls { $0.set(.now()) } == ["first", "second"])
    }
}
