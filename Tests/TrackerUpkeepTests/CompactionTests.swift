import Glibc
import Testing
import TrackerIndexTestSupport
import TrackerIndexer
import TrackerLog
import TrackerTestSupport
import TrackerUpkeep

/// `docs/decisions/0008-compaction.md`: fewer files and bytes, the same events.
@Suite("Compaction")
struct CompactionTests {
    /// 40 small segments of one writer each, of every encoding, and lines that anybody appended.
    private static func log() -> GeneratedLog {
        var log = GeneratedLog(seed: 1, isDamaged: false)
        log.files = []
        for index in 0..<40 {
            let ending = ["jsonl.zst", "jsonl.gz", "jsonl"][index % 3]
            let writer = "00000000000001" + (index < 10 ? "0" : "") + "\(index)"
            let identity = index % 5 == 4 ? nil : FrameIdentity(writer: writer, seq: 0)
            let lines = (0..<30).map { line in
                "{\"ts\":\(index * 1_000 + line),\"metric\":\"m\",\"value\":\(line)}"
            }
            var generator = SeededGenerator(seed: UInt64(index))
            let section = GeneratedLog.Section(identity: identity, lines: lines)
            log.files.append(
                GeneratedLog.file("\(writer).000001.\(ending)", [section], &generator))
        }
        return log
    }

    @Test("many small segments become one, with the same digest; the old ones are in the trash")
    func compacts() throws {
        let log = Self.log()
        let harness = try CompactionHarness.filled(log)
        let digest = try harness.rebuilt().digest
        let live = try harness.rebuilt()
        var dry = CompactionHarness.options
        dry.isDryRun = true
        let planned = try CompactionHarness.compact(harness.storage, dry)
        #expect(try CompactionHarness.names(harness) == log.files.map(\.name).sorted())
        #expect(try CompactionHarness.all(harness.storage, StoragePath("maintenance")) == [])
        let results = try CompactionHarness.compact(harness.storage)
        let segment = try #require(results.first?.segments.first)
        #expect(results.count == 1 && results[0].segments.count == 1 && results[0].problem == nil)
        #expect(segment.inputs == log.files.map(\.name).sorted())
        #expect(segment.framesBefore == 40 && segment.framesAfter == 2)
        #expect(segment.bytesBefore == log.files.reduce(0) { $0 + $1.bytes.count })
        #expect(segment.bytesAfter < segment.bytesBefore)
        var plan = try #require(planned.first?.segments.first)
        plan.file = segment.file
        #expect(plan == segment, "a dry run says what will be")
        let names = try CompactionHarness.names(harness)
        #expect(names == [segment.file])
        #expect(names.allSatisfy { $0.hasPrefix("c0ac7e") })
        let trash = StoragePath("trash", "compacted", harness.user.directoryName)
            .appending(harness.session.directoryName)
        let moved = log.files.map { "\($0.name)~\($0.bytes.count)" }
        #expect(try harness.storage.list(trash).map(\.name).sorted() == moved.sorted())
        #expect(
            try CompactionHarness.all(harness.storage, StoragePath("maintenance"))
                == ["maintenance/lock"])
        #expect(try harness.rebuilt().digest == digest)
        #expect(harness.summary(try harness.rebuilt()).health.isWhole)
        try harness.update(live)
        #expect(harness.text(live) == harness.text(try harness.rebuilt()))
        #expect(live.digest == digest)
        // Nothing is left to do.
        let again = try CompactionHarness.compact(harness.storage)
        #expect(again[0].segments.isEmpty && again[0].finished.isEmpty)
        #expect(try CompactionHarness.names(harness) == names)
    }

    @Test("a repeated frame is in the new segment once")
    func repeated() throws {
        var log = Self.log()
        log.files.append(
            GeneratedLog.File(
                name: "00000000000001ff.000001.jsonl.zst", appends: log.files[0].appends))
        let harness = try CompactionHarness.filled(log)
        let digest = try harness.rebuilt().digest
        let before = try RecoveredSession(harness.storage, harness.user, harness.session)
        #expect(before.duplicates == 1)
        #expect(try CompactionHarness.compact(harness.storage)[0].segments.count == 1)
        let after = try RecoveredSession(harness.storage, harness.user, harness.session)
        #expect(after.duplicates == 0)
        #expect(try harness.rebuilt().digest == digest)
    }

    @Test("inputs that reappear count once; their new lines count, once")
    func comingBack() throws {
        let log = Self.log()
        let harness = try CompactionHarness.filled(log)
        let digest = try harness.rebuilt().digest
        try CompactionHarness.compact(harness.storage)
        let live = try harness.rebuilt()
        for file in log.files {
            try harness.append(Array(file.bytes.prefix(file.bytes.count / 2)), to: file.name)
            try harness.update(live)
        }
        #expect(harness.text(live) == harness.text(try harness.rebuilt()))
        for file in log.files {
            try harness.append(
                Array(file.bytes.dropFirst(file.bytes.count / 2)), to: file.name)
            try harness.update(live)
        }
        #expect(live.digest == digest)
        #expect(try harness.rebuilt().digest == digest)
        // Bare lines, and a bare frame, behind what was taken over.
        let line = Array("{\"ts\":9,\"metric\":\"new\",\"value\":1}\n".utf8)
        let plain = try #require(log.files.first { $0.name.hasPrefix("0000000000000114") })
        #expect(plain.name.hasSuffix(".jsonl"))
        try harness.append(line, to: plain.name)
        let zstd = try #require(log.files.first { $0.name.hasPrefix("0000000000000109") })
        #expect(zstd.name.hasSuffix(".zst"))
        try harness.append(SegmentBuilder.frame(line), to: zstd.name)
        try harness.update(live)
        let events = harness.summary(live).eventCount
        #expect(events == 40 * 30 + 2)
        #expect(harness.text(live) == harness.text(try harness.rebuilt()))
        // The next run moves what is the same, and takes over what is new.
        let finished = try CompactionHarness.compact(harness.storage)
        #expect(finished[0].finished.count == 38)
        #expect(finished[0].problem == nil)
        #expect(try harness.rebuilt().digest == live.digest)
        let after = harness.summary(try harness.rebuilt())
        #expect(after.eventCount == events && after.health.conflictingFrames == 0)
    }

    @Test("another file under the name of a compacted one counts in full")
    func otherFile() throws {
        let harness = try FoldHarness(MemoryStorage())
        let lines = (0..<4).map { "{\"ts\":1763899200\($0),\"metric\":\"m\",\"value\":1}" }
        for number in 1...3 {
            try harness.append(lines, to: "shared.00000\(number).jsonl")
        }
        try CompactionHarness.compact(harness.storage)
        #expect(try CompactionHarness.names(harness).count == 1)
        // The first 23 bytes are the same.
        let other = "{\"ts\":17638992009,\"metric\":\"m\",\"value\":2}"
        try harness.append([other], to: "shared.000001.jsonl")
        #expect(harness.summary(try harness.rebuilt()).eventCount == 13)
    }

    @Test("two machines compact the same segments, and copy to each other: each event counts once")
    func twice() throws {
        let log = Self.log()
        let (first, second) = (
            try CompactionHarness.filled(log), try CompactionHarness.filled(log)
        )
        let digest = try first.rebuilt().digest
        // The second has compacted a part of them before.
        let late = log.files.filter { $0.name.hasPrefix("000000000000013") }
        for file in late { try second.storage.remove(second.folder.appending(file.name)) }
        try CompactionHarness.compact(second.storage)
        for file in late { try CompactionHarness.place(file, second) }
        try CompactionHarness.compact(first.storage)
        try CompactionHarness.compact(second.storage)
        #expect(try second.rebuilt().digest == digest)
        for entry in try second.storage.list(second.folder) {
            let bytes = try second.storage.readAll(
                second.folder.appending(entry.name), limit: 1 << 20)
            try #require(first.storage as? MemoryStorage).place(
                first.folder.appending(entry.name), bytes)
        }
        #expect(try CompactionHarness.names(first).count > 1)
        let merged = try first.rebuilt()
        #expect(merged.digest == digest)
        #expect(first.summary(merged).health.conflictingFrames == 0)
    }

    @Test("an incomplete copy of a compacted segment removes nothing, and adds nothing")
    func partialCopy() throws {
        let log = Self.log()
        let harness = try CompactionHarness.filled(log)
        let digest = try harness.rebuilt().digest
        try CompactionHarness.compact(harness.storage)
        let name = try #require(try CompactionHarness.names(harness).first)
        let path = harness.folder.appending(name)
        let bytes = try harness.storage.readAll(path, limit: 1 << 20)
        let other = try CompactionHarness.filled(log)
        let storage = try #require(other.storage as? MemoryStorage)
        let live = other.newIndex()
        for count in stride(from: 0, through: bytes.count, by: 7) {
            try storage.place(other.folder.appending(name), Array(bytes[..<count]))
            try other.update(live)
            #expect(live.digest == digest, "\(count) of \(bytes.count) bytes")
            #expect(try other.rebuilt().digest == digest, "\(count) of \(bytes.count) bytes")
        }
        // Cut on a disk, with the inputs gone: what is left of it counts, and the loss is reported.
        let alone = try FoldHarness(MemoryStorage())
        try alone.append(Array(bytes.dropLast(3)), to: name)
        let health = alone.summary(try alone.rebuilt(), now: 1e12).health
        #expect(!health.isWhole && health.badRegions.map(\.reason) == [.tail])
    }

    @Test("damaged, open, young, newer and shared segments are kept, with the reason")
    func refusals() throws {
        let harness = try FoldHarness(MemoryStorage())
        let frame = SegmentBuilder.frame(
            SegmentBuilder.content(
                session: GeneratedLog.session, writer: "w", seq: 0,
                events: SegmentBuilder.samples(0..<3)))
        func name(_ index: Int, _ number: Int = 1) -> String {
            "\(GeneratedLog.writer(index)).00000\(number).jsonl.zst"
        }
        var damaged = frame + frame
        damaged[frame.count / 2] ^= 1
        try harness.append(damaged, to: name(0))
        try harness.append(frame + frame.dropLast(2), to: name(1))
        try harness.append(frame, to: name(2))
        let newer = Array(
            "{\"frame\":2,\"events\":1}\n{\"ts\":1,\"metric\":\"m\",\"value\":1}\n".utf8)
        try harness.append(SegmentBuilder.frame(newer), to: name(3))
        try harness.append(frame, to: "shared.000001.jsonl.zst")
        let writer = try harness.storage.openOrCreate(harness.folder.appending(name(2)))
        #expect(try writer.lockShared())
        let digest = try harness.rebuilt().digest
        let result = try CompactionHarness.compact(harness.storage, CompactionOptions())[0]
        #expect(result.segments.isEmpty && result.problem == nil)
        let reasons = Dictionary(uniqueKeysWithValues: result.kept.map { ($0.file, $0.reason) })
        #expect(reasons.count == 5)
        #expect(reasons[name(0)]?.contains("damaged (") ?? false)
        #expect(reasons[name(0)]?.contains("tracker repair") ?? false)
        #expect(reasons[name(1)]?.contains("not a complete frame") ?? false)
        #expect(reasons[name(2)] == "a writer has it open")
        #expect(reasons[name(3)]?.contains("newer tracker") ?? false)
        #expect(reasons["shared.000001.jsonl.zst"]?.contains("--shared") ?? false)
        #expect(try harness.rebuilt().digest == digest)
        #expect(try CompactionHarness.names(harness).count == 5)
    }

    @Test("F44: no clock makes a segment closed that a writer has open, or closes what is young")
    func clocks() throws {
        let harness = try FoldHarness(MemoryStorage())
        for index in 0..<3 {
            try harness.appendFrame(
                ["{\"ts\":1,\"metric\":\"m\",\"value\":\(index)}"],
                writer: GeneratedLog.writer(index), seq: 0,
                file: "\(GeneratedLog.writer(index)).000001.jsonl.zst")
        }
        let key = DataFolder.SessionKey(user: harness.user, session: harness.session)
        let held = try (0..<3).map {
            let path = harness.folder.appending("\(GeneratedLog.writer($0)).000001.jsonl.zst")
            let file = try harness.storage.openOrCreate(path)
            #expect(try file.lockShared())
            return file
        }
        // The files' times are a few nanoseconds after 1970.
        for now in [-1e15, 0, 1e12, 1e15, 1e300] as [Timestamp] {
            let compactor = Compactor(
                storage: harness.storage, options: CompactionOptions(), now: { now })
            #expect(try compactor.run([key])[0].kept.count == 3, "at \(now)")
        }
        for file in held { try file.close() }
        for now in [-1e15, -1, 0, 599_000] as [Timestamp] {
            let compactor = Compactor(
                storage: harness.storage, options: CompactionOptions(), now: { now })
            let result = try compactor.run([key])[0]
            #expect(result.segments.isEmpty && result.kept.count == 3, "at \(now)")
        }
    }

    @Test("an input that grows at any call of the compaction loses nothing")
    func growing() throws {
        let log = Self.log()
        let counting = FaultyStorage(try CompactionHarness.filled(log).storage)
        try CompactionHarness.compact(counting)
        let plain = try #require(log.files.first { $0.name.hasPrefix("0000000000000114") })
        let line = Array("{\"ts\":9,\"metric\":\"new\",\"value\":1}\n".utf8)
        let step = TestMode.isLong ? 1 : 9 * TestMode.sweepStep
        for number in stride(from: 0, to: counting.calls.count, by: step) {
            let harness = try CompactionHarness.filled(log)
            // As a program does that has the file open and holds no lock.
            let file = try harness.storage.openOrCreate(harness.folder.appending(plain.name))
            let faulty = FaultyStorage(
                harness.storage,
                plan: FaultPlan { call in
                    guard call.number == number else { return nil }
                    // try? is right here: a write that fails makes the test fail below.
                    _ = try? file.append(line)
                    return nil
                })
            try CompactionHarness.compact(faulty)
            try CompactionHarness.compact(harness.storage)
            #expect(
                harness.summary(try harness.rebuilt()).eventCount == 40 * 30 + 1,
                "written before call \(number) \(counting.calls[number])")
        }
    }

    @Test("one compaction at a time")
    func lock() throws {
        let harness = try CompactionHarness.filled(Self.log())
        try harness.storage.createDirectory(StoragePath("maintenance"))
        let lock = try harness.storage.openOrCreate(StoragePath("maintenance", "lock"))
        #expect(try lock.lockExclusive())
        #expect(throws: UpkeepError.busy) { try CompactionHarness.compact(harness.storage) }
    }
}
