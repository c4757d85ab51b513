import Glibc
import Synchronization
import Testing
import TrackerIndexTestSupport
import TrackerIndexer
import TrackerLog
import TrackerTestSupport

@Suite("One session, folded by several threads")
struct LargeSessionTests {
    private static func fill(_ harness: FoldHarness, seed: UInt64) throws {
        for file in GeneratedLog(seed: seed).files { try harness.append(file.bytes, to: file.name) }
    }

    private static func writer(_ segment: Int) -> String { "00000000000\(10_000 + segment)" }

    private static func fill(_ harness: FoldHarness, segment: Int, _ numbers: Range<Int>) throws {
        for seq in numbers {
            let line =
                #"{"ts":\#(segment * 700 + seq),"metric":"m\#(seq)","value":0.\#(segment)}"#
            try harness.appendFrame(
                [line, line], writer: writer(segment), seq: seq,
                file: "\(writer(segment)).000001.jsonl.zst")
        }
    }

    private static func foldAll(
        _ index: SessionIndex, _ harness: FoldHarness, in storage: any Storage
    ) throws {
        let listing = try SessionListing(harness.user, harness.session, in: storage)
        try foldAll(index, listing, in: storage, threads: 3)
    }

    /// - Returns: how often it folded.
    @discardableResult
    private static func foldAll(
        _ index: SessionIndex, _ listing: SessionListing, in storage: any Storage, threads: Int,
        folded: @Sendable (Int, Int) -> Void = { _, _ in }
    ) throws -> Int {
        // Each time folds at least one segment, or looks at one that was replaced.
        let most = 2 * listing.segments.count + 2
        for round in 1...most {
            ParallelFold(threads: threads, bytesPerThread: 0)
                .fold(index, listing, in: storage, folded: folded)
            if index.unreadBytes == 0 { return round }
        }
        try #require(Bool(false), "\(index.unreadBytes) bytes unread after \(most) rounds")
        return most
    }

    @Test("what was appended since, to files of before and to new ones, is folded")
    func grown() throws {
        for (old, new) in [(3, 0), (3, 30), (20, 1), (0, 5)] {
            let harness = try FoldHarness()
            for segment in 0..<old { try Self.fill(harness, segment: segment, 0..<2) }
            let index = harness.newIndex()
            if old > 0 { try Self.foldAll(index, harness, in: harness.storage) }
            let restarted = try harness.restarted(index)
            for segment in 0..<old { try Self.fill(harness, segment: segment, 2..<4) }
            for segment in old..<old + new { try Self.fill(harness, segment: segment, 0..<2) }
            let alone = harness.text(try harness.rebuilt())
            for (index, kind) in [(index, "followed"), (restarted, "from its snapshot")] {
                try Self.foldAll(index, harness, in: harness.storage)
                #expect(harness.text(index) == alone, "\(old) old, \(new) new, \(kind)")
            }
        }
    }

    @Test("a file that cannot be read does not keep the others from being folded")
    func unreadable() throws {
        let harness = try FoldHarness()
        for segment in 0..<30 { try Self.fill(harness, segment: segment, 0..<2) }
        let name = Self.writer(0)
        let faulty = FaultyStorage(
            harness.storage,
            plan: FaultPlan {
                $0.operation == .open && $0.path.contains(name) ? .error(EACCES) : nil
            })
        let index = harness.newIndex()
        try Self.foldAll(index, harness, in: faulty)
        #expect(index.problem?.code == EACCES)
        #expect(index.state.events == 29 * 2 * 2)
    }

    @Test("nor when they take several steps", arguments: [1, 2])
    func unreadableBeforeMuch(threads: Int) throws {
        let harness = try FoldHarness()
        try Self.fill(harness, segment: 0, 0..<1)
        let text = String(repeating: "x", count: 60_000)
        let lines = Array(
            repeating: #"{"ts":1,"metric":"m","value":1,"text":"\#(text)"}"#, count: 100)
        // More than one step folds.
        for segment in 1...2 {
            try harness.append(lines, to: "shared.00000\(segment).jsonl")
        }
        let faulty = FaultyStorage(
            harness.storage,
            plan: FaultPlan {
                $0.operation == .open && $0.path.contains(Self.writer(0)) ? .error(EACCES) : nil
            })
        let report = try Indexer(storage: faulty, threads: threads, snapshots: .always).run(
            rebuild: true)
        #expect(report.problems.count == 1)
        #expect(report.events == 200)
    }

    @Test("1, 2, 3 and 8 threads make the snapshot of one that folds alone, byte for byte")
    func anyThreads() throws {
        for seed in Sweep.seeds(12, long: 2_000) {
            let harness = try FoldHarness()
            try Self.fill(harness, seed: seed)
            let alone = harness.text(try harness.rebuilt())
            let listing = try SessionListing(
                harness.user, harness.session, in: harness.storage)
            for threads in [1, 2, 3, 8] {
                let index = harness.newIndex()
                try Self.foldAll(index, listing, in: harness.storage, threads: threads)
                #expect(
                    harness.text(index) == alone, "seed \(seed), \(threads) threads")
                #expect(index.problem == nil)
            }
        }
    }

    @Test("segments that share no frame are folded apart and merged, many at a time")
    func apart() throws {
        let harness = try FoldHarness()
        for segment in 0..<40 { try Self.fill(harness, segment: segment, 0..<3) }
        let alone = harness.text(try harness.rebuilt())
        let listing = try SessionListing(harness.user, harness.session, in: harness.storage)
        let index = harness.newIndex()
        let events = Atomic(0)
        let rounds = try Self.foldAll(index, listing, in: harness.storage, threads: 3) {
            events.add($1, ordering: .relaxed)
        }
        // Four segments for each thread at a time: 12, 12, 12 and 4.
        #expect(rounds == 4)
        #expect(events.load(ordering: .relaxed) == 240)
        #expect(harness.text(index) == alone)
        #expect(harness.text(try harness.restarted(index)) == alone)
    }

    @Test("stopped between two segments, it leaves the others and later continues with them")
    func stoppedBetweenSegments() throws {
        let harness = try FoldHarness()
        for segment in 0..<10 { try Self.fill(harness, segment: segment, 0..<3) }
        let alone = harness.text(try harness.rebuilt())
        let listing = try SessionListing(harness.user, harness.session, in: harness.storage)
        let index = harness.newIndex()
        ParallelFold(threads: 2, isStopped: { true }).fold(index, listing, in: harness.storage) {
            _, _ in
        }
        #expect((1...2).contains(index.segments), "\(index.segments) segments")
        #expect(index.unreadBytes > 0)
        try Self.foldAll(index, listing, in: harness.storage, threads: 2)
        #expect(harness.text(index) == alone)
    }

    @Test("a run that is stopped keeps what is folded; the next ends as one that was not")
    func stopped() throws {
        let reference = try Indexer(storage: IndexHarness.filled(), threads: 1, snapshots: .always)
            .run(rebuild: true)
        for threads in [1, 2] {
            for limit in 0..<12 {
                let storage = try IndexHarness.filled()
                let indexer = Indexer(storage: storage, threads: threads, snapshots: .always)
                let asked = Atomic(0)
                let report = try indexer.run(
                    rebuild: limit % 2 == 0,
                    isStopped: { asked.add(1, ordering: .relaxed).oldValue >= limit })
                #expect(report.isInterrupted == (limit < 7), "\(threads) threads, \(limit)")
                #expect(try IndexHarness.snapshots(storage).count == min(limit, 7))
                IndexHarness.check(
                    try indexer.run(rebuild: false), reference, "\(threads) threads, \(limit)")
            }
        }
    }

    @Test("progress ends at all bytes, sessions and events")
    func progress() throws {
        let storage = try IndexHarness.filled()
        let last = Mutex<IndexProgress?>(nil)
        let report = try Indexer(storage: storage, threads: 2, snapshots: .always).run(
            rebuild: true
        ) { progress in
            last.withLock { last in
                if progress.bytesDone >= last?.bytesDone ?? 0 { last = progress }
            }
        }
        let progress = try #require(last.withLock { $0 })
        #expect(progress.events == report.events)
        #expect(progress.bytesDone > 0 && progress.bytesDone <= progress.bytes)
    }
}
