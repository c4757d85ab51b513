import Testing
import TrackerIndexTestSupport
import TrackerIndexer
import TrackerLog
import TrackerTestSupport

/// What can never become a frame is damage at once; what still may is waited for.
@Suite("Refused ends in the index")
struct RefusedEndIndexTests {
    private static let name = "shared.000001.jsonl.zst"
    private static let line = Array("{\"ts\":1,\"metric\":\"m\",\"value\":1}\n".utf8)
    private static let frame = SegmentBuilder.frame(line)
    /// Long after the files were written: all are closed.
    private static let later: Timestamp = 1e13

    private let harness: FoldHarness

    init() throws { harness = try FoldHarness() }

    private func region(_ offset: Int, _ length: Int, _ reason: BadRegion.Reason) -> BadRegion {
        BadRegion(file: Self.name, offset: offset, length: length, reason: reason)
    }

    @Test("plain lines among frames are damage while the file is open, and the same when closed")
    func atOnce() throws {
        try harness.append(Self.frame + Self.line, to: Self.name)
        let index = try harness.rebuilt()
        let expected = region(Self.frame.count, Self.line.count, .notAFrame)
        for now in [Timestamp.epoch, Self.later] {
            let health = harness.summary(index, now: now).health
            #expect(health.badRegions == [expected] && health.badRegionCount == 1)
            #expect(health.badRegionBytes == Self.line.count)
            #expect(health.pendingBytes == 0 && !health.isWhole)
        }
    }

    @Test("the damage grows with the file, ends where a good frame begins, and counts once")
    func growing() throws {
        let index = harness.newIndex()
        try harness.append(Self.frame, to: Self.name)
        for count in 1...3 {
            try harness.append(Self.line, to: Self.name)
            #expect(try harness.update(index))
            let health = harness.summary(index).health
            let length = count * Self.line.count
            #expect(health.badRegions == [region(Self.frame.count, length, .notAFrame)])
        }
        try harness.append(Self.frame + Self.frame.dropLast(3), to: Self.name)
        #expect(try harness.update(index))
        let summary = harness.summary(index)
        let length = 3 * Self.line.count
        #expect(summary.health.badRegions == [region(Self.frame.count, length, .notAFrame)])
        #expect(summary.health.pendingBytes == Self.frame.count - 3)
        #expect(summary.eventCount == 2)
        try harness.append(Array(Self.frame.suffix(3)), to: Self.name)
        #expect(try harness.update(index))
        #expect(harness.summary(index).eventCount == 3)
        #expect(harness.summary(index).health.badRegionCount == 1)
    }

    @Test("a frame whose content becomes too large is waited for until it shows")
    func tooLargeByAndBy() throws {
        let bytes = SegmentBuilder.runLengthFrame(blocks: 216)
        let index = harness.newIndex()
        let shown = 6 + 129 * 4
        var written = 0
        for end in [100, shown - 4, shown, bytes.count] {
            try harness.append(Array(bytes[written..<end]), to: Self.name)
            written = end
            try harness.update(index)
            let health = harness.summary(index).health
            #expect(health.badRegions == (end < shown ? [] : [region(0, end, .tooLarge)]))
            #expect(health.pendingBytes == (end < shown ? end : 0))
        }
    }

    @Test("a torn end waits, and is a tail once the file is closed")
    func torn() throws {
        let torn = Self.frame.dropLast(3)
        try harness.append(Self.frame + torn, to: Self.name)
        let index = try harness.rebuilt()
        let open = harness.summary(index).health
        #expect(open.isWhole && open.pendingBytes == torn.count)
        let closed = harness.summary(index, now: Self.later).health
        #expect(closed.badRegions == [region(Self.frame.count, torn.count, .tail)])
    }

    @Test("after a restart the reason is the same")
    func restarted() throws {
        try harness.append(Self.frame + Self.line, to: Self.name)
        let index = try harness.rebuilt()
        let again = try harness.restarted(index)
        #expect(harness.summary(again).health == harness.summary(index).health)
        #expect(try !harness.update(again))
        let parallel = try harness.restarted(index)
        ParallelFold(threads: 2).fold(
            parallel, try SessionListing(harness.user, harness.session, in: harness.storage),
            in: harness.storage
        ) { _, _ in }
        #expect(harness.summary(parallel).health == harness.summary(index).health)
    }

    @Test("an index run counts it, and does not open the session again")
    func indexRun() throws {
        try harness.append(Self.frame + Self.line, to: Self.name)
        let report = try Indexer(storage: harness.storage, threads: 1).run(rebuild: false)
        #expect(report.badRegions == 1 && report.events == 1)
        let counting = FaultyStorage(harness.storage)
        let again = try Indexer(storage: counting, threads: 1).run(rebuild: false)
        #expect(again.badRegions == 1)
        #expect(!counting.calls.contains { $0.path.hasSuffix(Self.name) })
    }
}
