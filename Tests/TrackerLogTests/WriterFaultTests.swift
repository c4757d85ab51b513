import Glibc
import Testing
import TrackerLog
import TrackerTestSupport

@Suite("A writer and one fault")
struct WriterFaultTests {
    /// The expected outcome of three batches of five events at level `durable`.
    struct Row: Sendable, CustomTestStringConvertible {
        var name: String
        var plan: FaultPlan
        /// The batches, from 0, that are reported as failed.
        var failed: Set<Int> = []
        /// The batches that are in the log nevertheless.
        var presentAnyway: Set<Int> = []
        var duplicates = 0
        var segments = 1
        /// Torn bytes that remain: regions and pending tails together.
        var scars = 0
        /// Each batch has a segment of its own.
        var rotates = false
        /// `close()` of the writer throws.
        var closingFails = false

        var testDescription: String { name }
    }

    static let rows: [Row] = [
        Row(name: "nothing", plan: .none),
        Row(name: "F19 short write", plan: .on(.append, 1..<2, .short(10))),
        Row(name: "F19 write of nothing", plan: .on(.append, 1..<2, .short(0))),
        Row(name: "F19 short write twice", plan: .on(.append, 1..<3, .short(10)), failed: [1]),
        Row(
            name: "F19 short write that cannot be cut off",
            plan: .on(.append, 1..<2, .short(10)).or(.on(.truncate, 0..<1, .error(EIO))),
            failed: [1], segments: 2, scars: 1),
        Row(name: "F20 interrupted", plan: .on(.append, 1..<2, .error(EINTR))),
        Row(name: "F21 no space once", plan: .on(.append, 1..<2, .error(ENOSPC))),
        Row(name: "F21 no space", plan: .on(.append, 1..<3, .error(ENOSPC)), failed: [1]),
        Row(name: "F24 quota", plan: .on(.append, 1..<3, .error(EDQUOT)), failed: [1]),
        Row(name: "F24 file size limit", plan: .on(.append, 1..<3, .error(EFBIG)), failed: [1]),
        Row(name: "write error", plan: .on(.append, 1..<3, .error(EIO)), failed: [1]),
        Row(
            name: "F25 sync fails", plan: .on(.sync, 1..<2, .error(EIO)), duplicates: 0, segments: 2
        ),
        Row(
            name: "F25 a write never reached the disk", plan: .on(.append, 1..<2, .lost),
            segments: 2),
        Row(
            name: "F26 sync fails twice", plan: .on(.sync, 1..<3, .error(EIO)), failed: [1],
            presentAnyway: [1], segments: 3),
        Row(
            name: "F26 no space while sending again",
            plan: .on(.sync, 1..<2, .error(EIO)).or(.on(.append, 2..<4, .error(ENOSPC))),
            failed: [1], presentAnyway: [1], segments: 2),
        Row(
            name: "F26 the new segment cannot be made",
            plan: .on(.sync, 1..<2, .error(EIO)).or(.on(.create, 1..<2, .error(ENOSPC))),
            failed: [1], presentAnyway: [1], segments: 2),
        Row(
            name: "F27 directory sync fails", plan: .on(.syncDirectory, 0..<1, .error(EIO)),
            failed: [0], segments: 2),
        Row(
            name: "F27 close fails at rotation", plan: .on(.close, 0..<1, .error(EIO)),
            failed: [1], presentAnyway: [1], segments: 3, rotates: true),
        Row(
            name: "F27 close fails at the end", plan: .on(.close, 0..<1, .error(EIO)),
            closingFails: true),
        Row(
            name: "F27 close fails as well as the sync: all is in another file",
            plan: .on(.sync, 1..<2, .error(EIO)).or(.on(.close, 0..<1, .error(EIO))), segments: 2),
        Row(name: "rotation", plan: .none, segments: 3, rotates: true),
        Row(
            name: "rotation, the new segment cannot be made",
            plan: .on(.create, 1..<2, .error(ENOSPC)), failed: [1], segments: 2, rotates: true),
        Row(
            name: "folder cannot be made", plan: .on(.createDirectory, 0..<1, .error(ENOSPC)),
            failed: [0]),
        Row(
            name: "F56 no descriptors for a while",
            plan: .on(.createDirectory, 0..<1, .error(EMFILE)).or(
                .on(.syncDirectory, 0..<1, .error(EMFILE))),
            failed: [0, 1], segments: 2),
        Row(
            name: "F56 the file system is read-only for a while",
            plan: .on(.append, 1..<3, .error(EROFS)), failed: [1]),
        Row(name: "file cannot be made", plan: .on(.create, 0..<1, .error(EMFILE)), failed: [0]),
        Row(name: "a file of the name is there", plan: .on(.create, 0..<1, .error(EEXIST))),
        Row(name: "no locks", plan: .on(.lock, 0..<1, .error(ENOLCK)), failed: [0], segments: 2),
    ]

    @Test("one row of faults", arguments: rows)
    func row(_ row: Row) throws {
        let memory = MemoryStorage()
        let storage = FaultyStorage(memory, plan: row.plan)
        let (user, session) = (try UserID("u"), try SessionID("s"))
        var configuration = SessionWriter.Configuration(durability: .durable)
        if row.rotates { configuration.limits.rotateAfterBytes = 1 }
        let writer = SessionWriter(
            storage: storage, user: user, session: session, configuration: configuration)
        var failed: Set<Int> = []
        for batch in 0..<3 {
            do throws(LogError) {
                try writer.appendBatch(SegmentBuilder.samples(FourFrames.values(batch)))
            } catch {
                failed.insert(batch)
            }
        }
        #expect(failed == row.failed)
        if row.closingFails {
            #expect(throws: LogError.self) { try writer.close() }
        } else {
            try writer.close()
        }
        var generator = SeededGenerator(seed: 1)
        for (disk, what) in [
            (memory, "now"), (memory.afterPowerCut(using: &generator), "power cut"),
        ] {
            let found = try RecoveredSession(disk, user, session)
            let present = (0..<3).filter {
                !row.failed.contains($0) || row.presentAnyway.contains($0)
            }
            #expect(found.values == present.flatMap(FourFrames.values), "\(what)")
            #expect(found.gaps == 0, "\(what)")
            #expect(found.conflicts == 0, "\(what)")
        }
        let found = try RecoveredSession(memory, user, session)
        #expect(found.segments.count == row.segments)
        #expect(found.badRegions.count + (found.pendingBytes > 0 ? 1 : 0) == row.scars)
        checkSyncs(storage)
    }

    /// F25: a file whose sync has failed is never synced, and never written to, again.
    private func checkSyncs(_ storage: FaultyStorage) {
        for fault in storage.faults where fault.operation == .sync {
            let later = storage.calls.filter { $0.number > fault.number && $0.path == fault.path }
            #expect(!later.contains { $0.operation == .sync || $0.operation == .append })
        }
    }

    @Test(
        "F27: a close that fails is told to who flushes, at every level",
        arguments: Durability.allCases)
    func closingFails(durability: Durability) throws {
        let storage = FaultyStorage(
            MemoryStorage(), plan: .on(.close, 0..<1, .error(EIO)))
        var configuration = SessionWriter.Configuration(durability: durability)
        configuration.limits.rotateAfterBytes = 1
        let writer = SessionWriter(
            storage: storage, user: try UserID("u"), session: try SessionID("s"),
            configuration: configuration)
        #expect(writer.append(SegmentBuilder.samples(0..<1)[0]))
        try writer.flush()
        #expect(writer.append(SegmentBuilder.samples(1..<2)[0]))
        let failure = #expect(throws: LogError.self) { try writer.flush() }
        let path = storage.faults.first?.path ?? ""
        #expect(failure == .notDurable(StorageError(operation: .close, path: path, code: EIO)))
        try writer.flush()
        try writer.close()
    }

    @Test("F22: four writers on a disk that is full for a while lose nothing acknowledged")
    func fullDisk() throws {
        let memory = MemoryStorage(capacityBytes: 4_000)
        let (user, session) = (try UserID("u"), try SessionID("s"))
        let writers = (0..<4).map { _ in
            SessionWriter(
                storage: memory, user: user, session: session,
                configuration: .init(durability: .durable))
        }
        var acknowledged: [Int] = []
        var failures = 0
        for round in 0..<200 {
            if round == 120 { memory.setCapacity(bytes: 1 << 20) }
            let values = round * 5..<round * 5 + 5
            do throws(LogError) {
                try writers[round % 4].appendBatch(SegmentBuilder.samples(values))
                acknowledged += values
            } catch {
                failures += 1
            }
        }
        #expect(failures > 10)
        #expect(failures < 120)
        let found = try RecoveredSession(memory, user, session)
        #expect(found.values == acknowledged)
        #expect(found.gaps == 0)
        #expect(found.badRegions.isEmpty)
    }

    @Test("a disk that never syncs does not fill the memory: the writer stops accepting frames")
    func neverSyncs() throws {
        let memory = MemoryStorage()
        let storage = FaultyStorage(memory, plan: .on(.sync, 0..<Int.max, .error(EIO)))
        var configuration = SessionWriter.Configuration(
            durability: .interval, policy: .dropAndCount)
        configuration.limits.maxUnsyncedBytes = 2_000
        configuration.limits.syncIntervalMilliseconds = 1_000_000
        let writer = SessionWriter(
            storage: storage, user: try UserID("u"), session: try SessionID("s"),
            configuration: configuration)
        var refused = 0
        for batch in 0..<100 {
            do throws(LogError) {
                try writer.appendBatch(SegmentBuilder.samples(FourFrames.values(batch)))
            } catch {
                refused += 1
            }
        }
        #expect(refused > 50)
    }

    @Test("a removed folder is noticed: what comes after is in a new one")
    func vanishedFolder() throws {
        let folder = try TemporaryFolder()
        let storage = try PosixStorage(root: folder.path, create: false)
        let (user, session) = (try UserID("u"), try SessionID("s"))
        let writer = SessionWriter(
            storage: storage, user: user, session: session,
            configuration: .init(durability: .durable))
        try writer.appendBatch(SegmentBuilder.samples(0..<5))
        let path = DataLayout.sessionFolder(user, session)
        for entry in try storage.list(path) { try storage.remove(path.appending(entry.name)) }
        try storage.remove(path)
        try writer.appendBatch(SegmentBuilder.samples(5..<10))
        #expect(writer.append(SegmentBuilder.samples(10..<11)[0]))
        try writer.close()
        #expect(try RecoveredSession(storage, user, session).values == Array(5..<11))
    }

    @Test("F44: any clock is taken", arguments: [0, -1, 1e308, -1e308, 9.3e18] as [Timestamp])
    func clocks(now: Timestamp) throws {
        let memory = MemoryStorage()
        let (user, session) = (try UserID("u"), try SessionID("s"))
        let writer = SessionWriter(
            storage: memory, user: user, session: session,
            configuration: .init(now: { now }))
        try writer.appendBatch(SegmentBuilder.samples(0..<5))
        try writer.close()
        #expect(try RecoveredSession(memory, user, session).values == Array(0..<5))
    }
}
