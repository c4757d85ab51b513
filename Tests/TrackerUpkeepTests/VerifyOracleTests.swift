import Glibc
import Testing
import TrackerIndexTestSupport
import TrackerIndexer
import TrackerLog
import TrackerTestSupport
import TrackerUpkeep

/// A log with damage that is known, from a seed: what `verify` must find.
struct DamagedLog {
    var harness: FoldHarness
    /// Writer and number of every frame that is nowhere whole, below the writer's highest.
    var gaps: [Gap] = []
    var missingFrames = 0
    var lostBytes = 0
    var repeatedFrames = 0
    var conflicts = 0
    var events = 0

    private var readable: [String: [Int: Set<Int>]] = [:]

    init(seed: UInt64) throws {
        let storage = MemoryStorage()
        harness = try FoldHarness(storage)
        var generator = SeededGenerator(seed: seed)
        for number in 0..<Int.random(in: 1...4, using: &generator) {
            let writer = GeneratedLog.writer(number)
            var seq = Int.random(in: 0..<3, using: &generator) == 0 ? 5 : 0
            for segment in 1...Int.random(in: 1...3, using: &generator) {
                var bytes: [UInt8] = []
                for _ in 0..<Int.random(in: 0...12, using: &generator) {
                    bytes += append(writer, seq, &generator)
                    seq += 1
                }
                let name = SegmentName(writer: writer, number: segment)
                try storage.place(harness.folder.appending(name.fileName), bytes)
            }
        }
        count()
    }

    /// One frame, whole or damaged, and what that means.
    private mutating func append(
        _ writer: String, _ seq: Int, _ generator: inout SeededGenerator
    ) -> [UInt8] {
        let whole = VerifyLog.frame(writer, seq)
        switch Int.random(in: 0..<14, using: &generator) {
        case 0:
            return damaged(Array(whole.prefix(Int.random(in: 5..<whole.count, using: &generator))))
        case 1: return damaged(whole.dropLast() + [whole[whole.count - 1] ^ 0x10])
        case 2: return damaged([UInt8](repeating: 0, count: whole.count))
        case 3: return []
        case 4:
            repeatedFrames += 1
            note(writer, seq, 0)
            return whole + whole
        case 5:
            note(writer, seq, 0)
            note(writer, seq, 1_000)
            return whole
                + SegmentBuilder.frame(VerifyLog.content(writer, seq, shift: 1_000))
        case 6:
            note(writer, seq, 0)
            return damaged(Array("HTTP/1.1 200 OK\r\n".utf8)) + whole
        default:
            note(writer, seq, 0)
            return whole
        }
    }

    private mutating func damaged(_ bytes: [UInt8]) -> [UInt8] {
        lostBytes += bytes.count
        return bytes
    }

    private mutating func note(_ writer: String, _ seq: Int, _ content: Int) {
        readable[writer, default: [:]][seq, default: []].insert(content)
    }

    private mutating func count() {
        for (writer, seqs) in readable.sorted(by: { $0.key < $1.key }) {
            var open: Gap?
            for seq in 0...(seqs.keys.max() ?? 0) {
                if let contents = seqs[seq] {
                    conflicts += contents.count - 1
                    events += contents.count * VerifyLog.eventsPerFrame
                    if let gap = open { gaps.append(gap) }
                    open = nil
                } else {
                    missingFrames += 1
                    open = Gap(writer: writer, first: open?.first ?? seq, last: seq)
                }
            }
        }
    }
}

@Suite("Verify against known damage")
struct VerifyOracleTests {
    @Test("random damage: the reported losses, repeats and conflicts are those that were made")
    func oracle() throws {
        for seed in Sweep.seeds(300, long: 10_000) {
            let log = try DamagedLog(seed: seed)
            let result = try VerifyLog.verify(log.harness)
            let gaps = result.gaps.map { Gap(writer: $0.writer, first: $0.first, last: $0.last) }
            #expect(gaps == log.gaps, "seed \(seed)")
            #expect(result.gapCount == log.gaps.count, "seed \(seed)")
            #expect(result.missingFrames == log.missingFrames, "seed \(seed)")
            #expect(result.sum(\.lostBytes) == log.lostBytes, "seed \(seed)")
            #expect(result.repeatedFrames == log.repeatedFrames, "seed \(seed)")
            #expect(result.conflictCount == log.conflicts, "seed \(seed)")
            #expect(result.events == log.events, "seed \(seed)")
            #expect(result.problems == [], "seed \(seed)")
        }
    }

    @Test("what verify counts is what the index counts, in logs of every kind")
    func sameAsTheIndex() throws {
        for seed in Sweep.seeds(150, long: 3_000) {
            let harness = try FoldHarness()
            for file in GeneratedLog(seed: seed).files {
                try harness.append(file.bytes, to: file.name)
            }
            let summary = harness.summary(try harness.rebuilt(), now: VerifyLog.later)
            let health = summary.health
            let result = try VerifyLog.verify(harness)
            #expect(result.events == summary.eventCount, "seed \(seed)")
            #expect(result.badLines == health.badLineCount, "seed \(seed)")
            #expect(result.badRegions == health.badRegionCount, "seed \(seed)")
            #expect(result.missingFrames == health.missingFrames, "seed \(seed)")
            #expect(result.repeatedFrames == health.duplicateFrames, "seed \(seed)")
            #expect(result.conflictCount == health.conflictingFrames, "seed \(seed)")
            #expect(result.sum(\.uncheckedFrames) == health.uncheckedFrames, "seed \(seed)")
            #expect(result.isWhole == health.isWhole, "seed \(seed)")
            let gaps = result.gaps.map { Gap(writer: $0.writer, first: $0.first, last: $0.last) }
            // What the index knows besides of each gap.
            let known = health.gaps.map { Gap(writer: $0.writer, first: $0.first, last: $0.last) }
            #expect(gaps == known, "seed \(seed)")
        }
    }

    @Test("F15: a log that grows byte by byte is never called damaged")
    func growing() throws {
        let log = VerifyLog()
        let storage = MemoryStorage()
        let harness = try FoldHarness(storage)
        let path = harness.folder.appending(VerifyLog.a1)
        let bytes = log.bytes(VerifyLog.a1)
        for size in 0...bytes.count {
            try storage.place(path, Array(bytes[..<size]))
            let result = try VerifyLog.verify(harness, now: 0)
            #expect(result.isWhole, "at \(size) bytes: \(result.findings)")
            #expect(result.files[0].isOpen)
        }
    }

    @Test("numbers in any order become ranges, and memory grows with the gaps")
    func anyOrder() throws {
        var generator = SeededGenerator(seed: 9)
        let harness = try FoldHarness()
        let seqs = (0..<6_000).filter { $0 % 100 != 7 }.shuffled(using: &generator)
        var bytes: [UInt8] = []
        for seq in seqs {
            FrameHeader(
                session: VerifyLog.session, identity: FrameIdentity(writer: "w", seq: seq),
                events: 0
            ).write(to: &bytes)
        }
        try harness.append(bytes, to: "shared.000001.jsonl")
        let result = try VerifyLog.verify(harness)
        #expect(result.gaps.map(\.first) == (0..<60).map { $0 * 100 + 7 })
        #expect(result.gaps.allSatisfy { $0.count == 1 })
        #expect(result.repeatedFrames == 0)
    }

    @Test("F28, F40: an unreadable file is a problem, the rest is verified")
    func problems() throws {
        let log = VerifyLog()
        let stored = try log.stored()
        for operation in [StorageError.Operation.read, .open, .status] {
            let faulty = FaultyStorage(
                stored.storage,
                plan: FaultPlan {
                    $0.operation == operation && $0.path.hasSuffix(VerifyLog.a1)
                        ? .error(EIO) : nil
                })
            let result = try VerifyLog.verify(try FoldHarness(faulty))
            #expect(result.problems.map(\.code).allSatisfy { $0 == EIO })
            #expect(!result.problems.isEmpty, "\(operation)")
            #expect(result.files.count == 3)
            #expect(result.sum(\.events) == 6 * VerifyLog.eventsPerFrame)
        }
    }

    @Test("F41: the index is not read, and nothing is written")
    func readsOnly() throws {
        let log = VerifyLog()
        let stored = try log.stored()
        let key = DataFolder.SessionKey(user: stored.user, session: stored.session)
        let memory = try #require(stored.storage as? MemoryStorage)
        try memory.place(DataLayout.snapshot(key.user, key.session), [1, 2, 3])
        let faulty = FaultyStorage(stored.storage)
        #expect(try VerifyLog.verify(try FoldHarness(faulty)).findings == [])
        let allowed: Set<StorageError.Operation> = [.list, .open, .read, .status, .lock, .close]
        #expect(Set(faulty.calls.map(\.operation)).subtracting(allowed).isEmpty)
        #expect(!faulty.calls.contains { $0.path.hasPrefix("index") })
    }

    @Test("JSON has the findings, and reads back as the same value")
    func json() throws {
        var log = VerifyLog()
        log[VerifyLog.b1].remove(at: 1)
        log[VerifyLog.a1][1] = Array(log[VerifyLog.a1][1].prefix(30))
        let json = try log.verified().json
        #expect(json["whole"]?.boolValue == false)
        #expect(json["missing_frames"]?.intValue == 2)
        #expect(json["lost_bytes"]?.intValue == 30)
        let gap = try #require(json["gaps"]?.arrayValue?.first)
        #expect(gap["writer"]?.stringValue == VerifyLog.a)
        #expect(gap["first"]?.intValue == 1 && gap["last"]?.intValue == 1)
        #expect(gap["after"]?["offset"]?.intValue == log.start(VerifyLog.a1, 1))
        #expect(gap["before"]?["offset"]?.intValue == log.start(VerifyLog.a1, 2))
        #expect(gap["damaged_bytes"]?.intValue == 30)
        #expect(try JSONValue(parsing: Array(json.text.utf8)) == json)
    }
}
