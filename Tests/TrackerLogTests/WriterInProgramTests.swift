import Dispatch
import Glibc
import Synchronization
import Testing
import TrackerLog
import TrackerTestSupport

@Suite("A writer in somebody's program")
struct WriterInProgramTests {
    private let memory: MemorySession

    init() throws { memory = try MemorySession() }

    private func writer(
        _ durability: Durability = .written, _ policy: QueuePolicy = .dropAndCount,
        storage: (any Storage)? = nil, notices: NoticeList? = nil,
        _ change: (inout WriterLimits) -> Void = { _ in }
    ) -> SessionWriter {
        var configuration = SessionWriter.Configuration(durability: durability, policy: policy)
        if let notices { configuration.onNotice = { notices.add($0) } }
        change(&configuration.limits)
        return SessionWriter(
            storage: storage ?? memory.storage, user: memory.user, session: memory.session,
            configuration: configuration)
    }

    private func found() throws -> RecoveredSession { try memory.recovered() }

    /// Input of programs with a bug, and whether it is a valid event.
    static let hostile: [(String, Bool, Sample)] = {
        func sample(_ change: (inout Sample) -> Void) -> Sample {
            var sample = Sample(timestamp: 1_763_899_200_000, metric: "m", value: 1)
            change(&sample)
            return sample
        }
        func label(_ value: String) -> Sample { sample { $0.labels = [Label("l", value)] } }
        return [
            ("NaN", false, sample { $0.value = .nan }),
            ("infinity", false, sample { $0.value = -.infinity }),
            (
                "the largest double", true,
                sample {
                    $0.value = 1
                    $0.timestamp = 1e308
                }
            ),
            (
                "the smallest double", true,
                sample { $0.timestamp = .epoch + .leastNonzeroMagnitude }
            ),
            ("before 1970", true, sample { $0.timestamp = -62_135_596_800_000 }),
            ("an empty metric", false, sample { $0.metric = "" }),
            ("128 characters of four bytes", true, sample { $0.metric = long("😀", 128) }),
            ("129 characters", false, sample { $0.metric = long("é", 129) }),
            (
                "empty names", true,
                sample {
                    $0.unit = ""
                    $0.run = ""
                    $0.labels = [Label("", "")]
                }
            ),
            (
                "bytes that are no UTF-8", true,
                label(String(decoding: [0xFF, 0xC0, 0x80], as: UTF8.self))
            ),
            ("NUL and ESC", true, label("\u{0}\u{1B}]0;x\u{7}\"\\")),
            ("a label of half a MiB", true, label(long("x", 1 << 19))),
            ("a label of 4 MiB", false, label(long("x", 4 << 20))),
            ("quotes that grow beyond a line", false, label(long("\"", 600 << 10))),
            ("a run of 1,025 bytes", false, sample { $0.run = long("r", 1_025) }),
            ("32 labels", true, sample { $0.labels = (0..<32).map { Label("\($0)", "v") } }),
            (
                "100,000 labels", false,
                sample { $0.labels = (0..<100_000).map { Label("\($0)", "") } }
            ),
            ("a label twice", false, sample { $0.labels = [Label("a", "1"), Label("a", "2")] }),
        ]
        func long(_ text: String, _ count: Int) -> String { String(repeating: text, count: count) }
    }()

    @Test("what is no event is refused and counted, what is one is read back", arguments: hostile)
    func hostileEvents(_ name: String, _ isEvent: Bool, _ sample: Sample) throws {
        let writer = writer()
        #expect(writer.append(sample) == isEvent)
        #expect(writer.append(.sample(sample)) == isEvent)
        if isEvent {
            try writer.appendBatch([.sample(sample)])
        } else {
            #expect(throws: LogError.invalidEvent(index: 0)) {
                try writer.appendBatch([.sample(sample)])
            }
        }
        do throws(LogError) {
            let series = try Series(
                metric: sample.metric, unit: sample.unit, run: sample.run, labels: sample.labels)
            #expect(
                writer.append(sample.value, at: sample.timestamp, to: series) == isEvent)
        } catch {
            #expect(!isEvent && error == .invalidEvent(index: 0))
        }
        try writer.close()
        let found = try found()
        #expect(found.values.count == (isEvent ? 4 : 0))
        #expect(found.badLines == 0 && found.badRegions.isEmpty)
        #expect(found.reportedDrops == writer.statistics.dropped)
    }

    @Test("a disk that hangs: append returns as its policy says, the rest after its limit")
    func hangingDisk() throws {
        let storage = HangingStorage(memory.storage)
        let bound = 200
        let clock = ContinuousClock()
        let dropping = writer(storage: storage) {
            $0.maxQueuedBytes = 20_000
            $0.maxAnswerMilliseconds = bound
        }
        let start = clock.now
        let taken = SegmentBuilder.samples(0..<50_000).count { dropping.append($0) }
        #expect(taken > 100 && taken < 1_000)
        #expect(dropping.statistics.dropped == 50_000 - taken)
        #expect(throws: LogError.noAnswer(milliseconds: bound)) { try dropping.flush() }
        // Behind the frame that hangs: nothing of it is written.
        #expect(throws: LogError.withdrawn(milliseconds: bound)) {
            try dropping.appendBatch(SegmentBuilder.samples(60_000..<60_001))
        }
        #expect(throws: LogError.noAnswer(milliseconds: bound)) { try dropping.close() }
        #expect(clock.now - start < .seconds(20))
        storage.release()
        try flushUnhurried(dropping)
        #expect(try found().values == Array(0..<taken))
        #expect(try found().reportedDrops == 50_000 - taken)
    }

    @Test(
        "a disk that hangs, policy block: one append waits its limit, then all are dropped and counted"
    )
    func hangingDiskBlocks() throws {
        let storage = HangingStorage(memory.storage)
        let writer = writer(.written, .block, storage: storage) {
            $0.maxQueuedBytes = 300
            $0.maxBlockMilliseconds = 500
        }
        let clock = ContinuousClock()
        let start = clock.now
        let refused = SegmentBuilder.samples(0..<12).count { !writer.append($0) }
        #expect(refused > 4)
        #expect(clock.now - start >= .milliseconds(500))
        #expect(clock.now - start < .milliseconds(500 * refused))
        storage.release()
        try writer.close()
        #expect(try found().values.count == 12 - refused)
        #expect(try found().reportedDrops == refused)
    }

    @Test("batches that nobody answers are bounded: beyond it they are refused at once")
    func waitingBatches() throws {
        let storage = HangingStorage(memory.storage)
        let writer = writer(storage: storage) { $0.maxWaitingBatchBytes = 1_000 }
        let outcomes = Mutex((ended: 0, refused: 0))
        let hasEnded = DispatchSemaphore(value: 0)
        for batch in 0..<12 {
            // A queue of its own, because each holds a thread until the disk is released.
            DispatchQueue(label: "caller \(batch)").async {
                do throws(LogError) {
                    try writer.appendBatch(SegmentBuilder.samples(FourFrames.values(batch)))
                } catch {
                    if case .queueFull = error { outcomes.withLock { $0.refused += 1 } }
                }
                outcomes.withLock { $0.ended += 1 }
                hasEnded.signal()
            }
        }
        // While the disk hangs, only who is refused ends. Two of these batches hang at most, and
        // two more wait.
        for _ in 0..<4 { hasEnded.wait() }
        #expect(outcomes.withLock { $0.refused == $0.ended })
        storage.release()
        for _ in 0..<8 { hasEnded.wait() }
        let refused = outcomes.withLock { $0.refused }
        #expect(try found().values.count == (12 - refused) * 5)
    }

    /// Repeats until it succeeds: these writers wait for less time than a busy machine may need.
    private func flushUnhurried(_ writer: SessionWriter) throws {
        while true {
            do throws(LogError) {
                return try writer.flush()
            } catch {
                guard case .noAnswer = error else { throw error }
            }
        }
    }

    @Test(
        "eight threads in one writer: no event lost or mixed, no number twice, in each one's order")
    func eightThreads() throws {
        let writer = writer(.interval, .block)
        DispatchQueue.concurrentPerform(iterations: 8) { thread in
            for event in SegmentBuilder.samples(thread * 2_000..<thread * 2_000 + 2_000) {
                writer.append(event)
            }
        }
        try writer.close()
        let found = try found()
        #expect(found.values == Array(0..<16_000))
        #expect(found.badLines == 0 && found.duplicates == 0 && found.gaps == 0)
        let seqs = found.seqsByWriter[writer.writerID] ?? []
        #expect(seqs == Array(0..<seqs.count))
        #expect(writer.statistics.accepted == 16_000)
    }

    @Test("a program is told of a full disk once, and once when it has room again")
    func notices() throws {
        let notices = NoticeList()
        memory.storage.setCapacity(bytes: 0)
        let writer = writer(notices: notices) { $0.maxQueuedBytes = 2_000 }
        for event in SegmentBuilder.samples(0..<100) { writer.append(event) }
        for _ in 0..<5 { #expect(throws: LogError.self) { try writer.flush() } }
        memory.storage.setCapacity(bytes: .max)
        try writer.flush()
        // A disk that keeps failing and recovering must not cause a stream of notices.
        for round in 0..<20 {
            memory.storage.setCapacity(bytes: 0)
            writer.append(SegmentBuilder.samples(200..<201)[0])
            #expect(throws: LogError.self, "\(round)") { try writer.flush() }
            memory.storage.setCapacity(bytes: .max)
            try writer.flush()
        }
        let dropped = writer.statistics.dropped
        #expect(dropped > 50)
        let said = notices.all
        #expect(said.count == 2)
        guard case .failing(.storage(let error)) = said.first else {
            Issue.record("\(said)")
            return
        }
        #expect(error.code == ENOSPC)
        #expect(said.last == .recovered(dropped: dropped))
        #expect(try found().reportedDrops == dropped)
    }

    @Test("a folder removed again and again: said once, and what is acknowledged then is there")
    func removedFolder() throws {
        let notices = NoticeList()
        let writer = writer(.written, notices: notices)
        for round in 0..<10 {
            try writer.appendBatch(SegmentBuilder.samples(round * 5..<round * 5 + 5))
            #expect(try found().values == Array(round * 5..<round * 5 + 5), "\(round)")
            try memory.storage.removeTree(StoragePath("log"))
        }
        #expect(notices.all.count == 1)
        guard case .segmentRemoved(let path) = notices.all.first else {
            Issue.record("\(notices.all)")
            return
        }
        #expect(path.hasPrefix("log/u/s/\(writer.writerID)"))
    }

    @Test("removed between the write and its sync: the frames are written again before it counts")
    func removedBeforeSync() throws {
        let writer = writer(.interval) { $0.syncIntervalMilliseconds = 1_000_000 }
        try writer.appendBatch(SegmentBuilder.samples(0..<5))
        try memory.storage.removeTree(StoragePath("log"))
        try writer.flush()
        #expect(try found().values == Array(0..<5))
        var generator = SeededGenerator(seed: 3)
        let after = memory.storage.afterPowerCut(using: &generator)
        #expect(try RecoveredSession(after, memory.user, memory.session).values == Array(0..<5))
    }
}

/// The notices of a writer.
private final class NoticeList: Sendable {
    private let notices = Mutex<[WriterNotice]>([])
    func add(_ notice: WriterNotice) { notices.withLock { $0.append(notice) } }
    var all: [WriterNotice] { notices.withLock { $0 } }
}

/// A disk that does not answer an append until it is released.
private final class HangingStorage: ForwardingStorage {
    let base: MemoryStorage
    private let gate = Gate()

    init(_ base: MemoryStorage) { self.base = base }

    func release() { gate.open() }

    func create(_ path: StoragePath) throws(StorageError) -> any StorageFile {
        gate.wait()
        return try base.create(path)
    }
    func createDirectory(_ path: StoragePath) throws(StorageError) {
        gate.wait()
        try base.createDirectory(path)
    }
    func makeDirectory(_ path: StoragePath) throws(StorageError) { try createDirectory(path) }
}

/// Holds who comes until it is opened.
final class Gate: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)
    func open() { semaphore.signal() }
    func wait() {
        semaphore.wait()
        semaphore.signal()
    }
}
