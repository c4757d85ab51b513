import Glibc
import Testing
import TrackerIndexTestSupport
import TrackerIndexer
import TrackerLog
import TrackerTestSupport

/// The state files of `tracker fold` and `tracker merge`: `docs/FORMAT.md` section 9.
@Suite("State files")
struct StateFileTests {
    @Test("joined in any order, grouping and repetition, the same segments give the same bytes")
    func joining() throws {
        for seed in Sweep.seeds(60, long: 4_000) {
            var generator = SeededGenerator(seed: seed)
            let log = GeneratedLog(seed: seed)
            let whole = try log.files.flatMap { try StateHarness.fold($0.bytes, $0.name) }
            let expected = try StateHarness.bytes(StateFile.joined(whole))
            // Copies, and states of the same files when they were shorter.
            var files = try whole.map { try StateHarness.bytes([$0]) }
            for file in log.files where Bool.random(using: &generator) {
                let count = Int.random(in: 0...file.bytes.count, using: &generator)
                let earlier = Array(file.bytes[..<count])
                files.append(try StateHarness.bytes(StateHarness.fold(earlier, file.name)))
                files.append(files[Int.random(in: files.indices, using: &generator)])
            }
            // Two at a time, any two, until one is left.
            while files.count > 1 {
                let a = files.remove(at: Int.random(in: files.indices, using: &generator))
                let b = files.remove(at: Int.random(in: files.indices, using: &generator))
                // As two files, or as one concatenated file.
                let parts = Bool.random(using: &generator) ? [a, b] : [b + a]
                let segments = try parts.flatMap { try StateHarness.read($0) }
                files.append(try StateHarness.bytes(StateFile.joined(segments)))
            }
            #expect(files == [expected], "seed \(seed)")
        }
    }

    @Test("the snapshot made of states is byte for byte that of a rebuild, and nothing is folded")
    func snapshots() throws {
        for seed in Sweep.seeds(100, long: 6_000) {
            var generator = SeededGenerator(seed: seed)
            let log = GeneratedLog(seed: seed)
            let memory = MemoryStorage()
            let harness = try FoldHarness(memory)
            for file in log.files { try harness.append(file.bytes, to: file.name) }
            let rebuilt = try Indexer(storage: memory, threads: 1, snapshots: .always).run(
                rebuild: true)
            let expected = try harness.snapshotBytes()
            try memory.removeTree(DataLayout.index)

            let states = try log.files.shuffled(using: &generator)
                .flatMap { try StateHarness.fold($0.bytes, $0.name) }
            let faulty = FaultyStorage(memory)
            let result = try harness.publish(StateFile.joined(states), in: faulty)
            #expect(try harness.snapshotBytes() == expected, "seed \(seed)")
            #expect(result.merged + result.foldedAgain.count == result.segments, "seed \(seed)")
            #expect(log.hasSharedFrames || result.merged == result.segments, "seed \(seed)")
            #expect(result.foldedAgain.allSatisfy { $0.reason == .sharesFrames }, "seed \(seed)")
            if result.merged == result.segments {
                #expect(result.foldedBytes == 0, "seed \(seed)")
            }
            // An index run continues from it and reads no segment.
            let before = faulty.calls.count
            let report = try Indexer(storage: faulty, threads: 1, snapshots: .always).run(
                rebuild: false)
            #expect(report.digest == rebuilt.digest, "seed \(seed)")
            let read = faulty.calls[before...].filter { $0.operation == .read }.map(\.path)
            #expect(!read.contains { $0.hasPrefix("log/") }, "seed \(seed)")
        }
    }

    @Test("states that are missing, outdated or of other files are replaced by folding the log")
    func madeGood() throws {
        var reasons: Set<PublishedStates.Reason> = []
        for seed in Sweep.seeds(100, long: 6_000) {
            var generator = SeededGenerator(seed: seed)
            let log = GeneratedLog(seed: seed)
            let harness = try FoldHarness()
            var states: [FoldedSegment] = []
            for file in log.files {
                try harness.append(file.bytes, to: file.name)
                var bytes = file.bytes
                switch Int.random(in: 0..<5, using: &generator) {
                case 0: continue
                case 1: bytes = Array(bytes[..<(bytes.count / 2)])
                case 2: bytes = GeneratedLog(seed: seed ^ 0xDEAD).files[0].bytes
                default: break
                }
                states += try StateHarness.fold(bytes, file.name)
            }
            states += try StateHarness.fold(log.files[0].bytes, "00000000000000ee.000009.jsonl")
            let result = try harness.publish(StateFile.joined(states))
            let loaded = try #require(
                Snapshot.load(user: harness.user, session: harness.session, from: harness.storage))
            #expect(harness.text(loaded) == harness.text(try harness.rebuilt()), "seed \(seed)")
            #expect(try !harness.update(loaded), "seed \(seed): all of the log is in it")
            reasons.formUnion(result.foldedAgain.map(\.reason))
        }
        #expect(reasons == [.noState, .otherFile, .sharesFrames, .gone])
    }

    @Test("bare lines that count in a compacted segment do not count twice")
    func compacted() throws {
        let harness = try FoldHarness()
        let lines =
            "{\"ts\":1,\"metric\":\"m\",\"value\":1}\n{\"ts\":2,\"metric\":\"m\",\"value\":2}\n"
        let original = "shared.000001.jsonl"
        let compacted = try CompactedSegment.bytes(of: Array(lines.utf8), in: original)
        let names = [original: Array(lines.utf8), "c0ac7e0000000001.000001.jsonl.zst": compacted]
        for (name, bytes) in names { try harness.append(bytes, to: name) }
        _ = try Indexer(storage: harness.storage, threads: 1, snapshots: .always).run(rebuild: true)
        let expected = try harness.snapshotBytes()
        let states = try names.flatMap { try StateHarness.fold($0.value, $0.key) }
        let result = try harness.publish(StateFile.joined(states))
        #expect(try harness.snapshotBytes() == expected)
        #expect(result.events == 2)
        #expect(result.foldedAgain.map(\.file) == [original])
        #expect(result.foldedAgain.map(\.reason) == [.compacted])
    }

    @Test("a state file that is truncated, or has any bit flipped, is refused or reads the same")
    func damage() throws {
        let log = GeneratedLog(seed: 7)
        let states = try log.files.flatMap { try StateHarness.fold($0.bytes, $0.name) }
        let bytes = try StateHarness.bytes(StateFile.joined(states))
        for count in 0..<bytes.count {
            #expect(throws: StateFileError.self, "cut at \(count)") {
                try StateHarness.read(Array(bytes[..<count]))
            }
        }
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<TestMode.rounds(1_500, long: 200_000) {
            let bit = Int.random(in: 0..<bytes.count * 8, using: &generator)
            var flipped = bytes
            flipped[bit / 8] ^= 1 << UInt8(bit % 8)
            do throws(StateFileError) {
                // A bit that zstd ignores: the text is the same.
                let read = try StateHarness.read(flipped)
                #expect(try StateHarness.texts(read) == StateHarness.texts(states), "bit \(bit)")
            } catch {
                switch error {
                case .damaged, .foreign: break
                default: Issue.record("bit \(bit): \(error)")
                }
            }
        }
    }

    @Test(
        "a file that is not a state file of this program is refused with the reason",
        arguments: [
            ("", "is empty"), ("{\"tracker_state\":2}\n", "layout 2"),
            ("{\"snapshot\":2}\n", "does not start with a session line"),
            (
                "{\"tracker_state\":1,\"fold\":1,\"user\":\"a\",\"session\":\"s\",\"segments\":0}\n",
                "another version"
            ),
            ("{\"tracker_state\":1}\n", "column `fold` is missing"),
            (
                "{\"tracker_state\":1,\"fold\":\(Snapshot.version),\"user\":\"\"}\n",
                "column `user` is not a valid value"
            ),
            (
                "{\"tracker_state\":1,\"fold\":\(Snapshot.version),\"user\":\"a\","
                    + "\"session\":\"s\",\"segments\":1}\n", "should be a segment line"
            ),
        ])
    func refused(text: String, reason: String) throws {
        let bytes = text.isEmpty ? [] : try #require(ZstdText.compress(Array(text.utf8)))
        do throws(StateFileError) {
            _ = try StateHarness.read(bytes)
            Issue.record("\(text) was taken")
        } catch {
            #expect("\(error)".contains(reason), "\(error)")
        }
    }

    @Test("an invalid column is named, with the file and the byte")
    func namedColumn() throws {
        let segments = try StateHarness.fold(Array("{\"ts\":1}\n".utf8), "shared.000001.jsonl")
        let bytes = try StateHarness.bytes(segments)
        func length(_ bytes: ArraySlice<UInt8>) throws -> Int {
            let length = unsafe Array(bytes).withUnsafeBytes { unsafe ZstdText.frameLength($0) }
            return try #require(length)
        }
        let first = try length(bytes[...])
        let second = try length(bytes[first...])
        let line = try #require(
            ZstdText.decompress(Array(bytes[first..<first + second]), limit: 1 << 20))
        let wrong = String(decoding: line, as: UTF8.self)
            .replacing("\"region_count\":0", with: "\"region_count\":-1")
        let frame = try #require(ZstdText.compress(Array(wrong.utf8)))
        let damaged = Array(bytes[..<first]) + frame + Array(bytes[(first + second)...])
        do throws(StateFileError) {
            _ = try StateHarness.read(damaged)
            Issue.record("a count of -1 was taken")
        } catch {
            #expect("\(error)".contains("test is damaged: at byte"), "\(error)")
            #expect("\(error)".contains("column `input.region_count` is not a whole"), "\(error)")
        }
    }

    @Test("states of two different files of one name are refused")
    func twoFiles() throws {
        let name = "shared.000001.jsonl"
        func state(_ value: Int, _ count: Int) throws -> [FoldedSegment] {
            let line = "{\"ts\":1,\"metric\":\"m\",\"value\":\(value)}\n"
            return try StateHarness.fold(
                Array(String(repeating: line, count: count).utf8), name)
        }
        let address = try #require(try state(1, 1).first?.address)
        for other in [try state(2, 200), try state(2, 300)] {
            #expect(throws: StateFileError.twoFiles(address)) {
                try StateFile.joined(state(1, 200) + other)
            }
        }
        #expect(try StateFile.joined(state(1, 300) + state(1, 200)).count == 1)
    }

    @Test("several programs may publish at once, but not while an index run or a server runs")
    func locks() throws {
        let storage = MemoryStorage()
        let first = try StatePublishing.lock(storage)
        let second = try StatePublishing.lock(storage)
        #expect(first != nil && second != nil)
        #expect(
            try !Indexer(storage: storage, threads: 1, snapshots: .always).run(rebuild: false)
                .isSaved)
        try first?.close()
        try second?.close()
        let kept = try storage.openOrCreate(DataLayout.indexLock)
        #expect(try kept.lockExclusive())
        #expect(try StatePublishing.lock(storage) == nil)
    }

    @Test("a disk error in the middle gives no state and keeps the old state file")
    func failingDisk() throws {
        let storage = MemoryStorage()
        let path = StoragePath("a.state")
        let old = try StateHarness.fold(Array("{\"ts\":1}\n".utf8), "shared.000001.jsonl")
        let new = try StateHarness.fold(Array("{\"ts\":2}\n".utf8), "shared.000002.jsonl")
        try StateFile.save(old, to: path, in: storage)
        for operation in [StorageError.Operation.append, .sync, .close, .rename] {
            let faulty = FaultyStorage(
                storage, plan: FaultPlan { $0.operation == operation ? .error(EIO) : nil })
            #expect(throws: StorageError.self) { try StateFile.save(new, to: path, in: faulty) }
            let file = try storage.openForReading(path)
            #expect(try StateFile.read(file, source: "a").map(\.name) == old.map(\.name))
            #expect(try storage.list(.root).map(\.name) == ["a.state"])
        }
        let faulty = FaultyStorage(
            storage, plan: FaultPlan { $0.operation == .read ? .error(EIO) : nil })
        let file = try faulty.openForReading(path)
        let address = try #require(old.first?.address)
        #expect(throws: StateFileError.self) {
            try FoldedSegment.fold(file, as: address, with: FoldTools())
        }
    }
}
