import Glibc
import Testing
import TrackerIndexTestSupport
import TrackerIndexer
import TrackerLog
import TrackerTestSupport
import TrackerUpkeep

/// A session comes back from the trash although one of its name exists again: each event of both
/// counts once.
@Suite("Restore beside")
struct RestoreBesideTests {
    private static let (a, b, c) = (Array(0..<3), Array(10..<14), Array(20..<25))

    private static func key(_ harness: FoldHarness) -> DataFolder.SessionKey {
        DataFolder.SessionKey(user: harness.user, session: harness.session)
    }

    /// Bare lines, or a frame of them without a header: what counts once for each file.
    private static func bytes(_ values: [Int], _ name: String) -> [UInt8] {
        let lines = values.map { "{\"ts\":176389920000\($0),\"metric\":\"m\",\"value\":\($0)}\n" }
        let text = Array(lines.joined().utf8)
        return name.hasSuffix(".zst") ? SegmentBuilder.frame(text) : text
    }

    private static let names = ["shared.000001.jsonl", "shared.000001.jsonl.zst"]

    private static func place(_ harness: FoldHarness, _ name: String, _ parts: [[Int]]) throws {
        try harness.append(parts.flatMap { bytes($0, name) }, to: name)
        try harness.storage.openOrCreate(harness.folder.appending(name)).sync()
        try harness.storage.syncDirectory(harness.folder)
    }

    private static func events(_ storage: any Storage) throws -> Int {
        try Indexer(storage: storage, threads: 1).run(rebuild: true).events
    }

    /// What happened to one file while the session was in the trash.
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var inTrash: [[Int]]
        var inLog: [[Int]]
        var all: Int
    }

    static let cases = [
        Case(testDescription: "the same", inTrash: [a, b], inLog: [a, b], all: 7),
        Case(testDescription: "the beginning is in the log", inTrash: [a, b], inLog: [a], all: 7),
        Case(
            testDescription: "the beginning is in the trash", inTrash: [a], inLog: [a, b], all: 7),
        Case(testDescription: "different", inTrash: [a], inLog: [b], all: 7),
        Case(
            testDescription: "the same beginning, then different", inTrash: [a, b],
            inLog: [a, c], all: 12),
    ]

    @Test(
        "a file whose name is taken comes back, each line once", arguments: cases,
        [nil, "not a segment"])
    func taken(_ one: Case, _ beside: String?) throws {
        for name in Self.names {
            let harness = try FoldHarness(MemoryStorage())
            try Self.place(harness, name, one.inTrash)
            if let beside { try harness.append(["in the trash"], to: beside) }
            let trash = SessionTrash(harness.storage)
            try trash.take(Self.key(harness))
            try Self.place(harness, name, one.inLog)
            if let beside { try harness.append(["in the log"], to: beside) }
            let restored = try trash.restore(try #require(try trash.entries().first))
            #expect(restored.left.isEmpty, "\(name)")
            #expect(try trash.entries() == [], "\(name)")
            #expect(try Self.events(harness.storage) == one.all, "\(name)")
            guard let beside else { continue }
            let texts = try harness.storage.list(harness.folder)
                .filter { $0.name.hasPrefix(beside) }
                .map { try harness.storage.readAll(harness.folder.appending($0.name), limit: 99) }
            #expect(texts.count == 2, "\(name)")
        }
    }

    @Test(
        "killed, or power cut, at each call: no line is lost, none counts twice", arguments: cases)
    func crashes(_ one: Case) throws {
        func start() throws -> MemoryStorage {
            let harness = try FoldHarness(MemoryStorage())
            for name in Self.names { try Self.place(harness, name, one.inTrash) }
            try Self.place(harness, "00000000000000a1.000001.jsonl", [Self.c])
            try SessionTrash(harness.storage).take(Self.key(harness))
            for name in Self.names { try Self.place(harness, name, one.inLog) }
            return try #require(harness.storage as? MemoryStorage)
        }
        func restore(_ storage: any Storage) {
            do {
                let trash = SessionTrash(storage)
                for entry in try trash.entries() { _ = try trash.restore(entry) }
            } catch {
                #expect(error is UpkeepError || error is StorageError)
            }
        }
        let counting = FaultyStorage(try start())
        restore(counting)
        let all = 2 * one.all + Self.c.count
        for number in stride(from: 0, to: counting.calls.count, by: TestMode.sweepStep) {
            for seed in Sweep.seeds(3, long: 60) {
                let storage = try start()
                restore(FaultyStorage(storage, plan: .crash(at: number)))
                var generator = SeededGenerator(seed: seed)
                let left = seed == 0 ? storage : storage.afterPowerCut(using: &generator)
                restore(left)
                let what = "\(counting.calls[number]), seed \(seed)"
                #expect(try SessionTrash(left).entries() == [], "\(what)")
                #expect(try Self.events(left) == all, "\(what)")
            }
        }
    }

    @Test("a move that made the new name and did not remove the old one is completed")
    func halfMoved() throws {
        for name in Self.names {
            let folder = try TemporaryFolder()
            let harness = try FoldHarness(try PosixStorage(root: folder.path, create: false))
            try Self.place(harness, name, [Self.a])
            let trash = SessionTrash(harness.storage)
            try trash.take(Self.key(harness))
            try Self.place(harness, name, [Self.b])
            let entry = try #require(try trash.entries().first)
            let path = folder.path + "/trash/sessions/%41nn/s%201/" + name
            let target = "\(folder.path)/\(harness.folder)/00000000000000b1.000007"
            let ending = name.dropFirst("shared.000001".count)
            #expect(unsafe link(path, target + ending) == 0, "\(path)")
            let restored = try trash.restore(entry)
            #expect(restored.files == 1 && restored.renamed.isEmpty)
            #expect(try trash.entries() == [])
            #expect(try Self.events(harness.storage) == 7)
        }
    }

    @Test("lines that a compacted segment of the log has do not come back a second time")
    func compacted() throws {
        for name in Self.names {
            let harness = try FoldHarness(MemoryStorage())
            try Self.place(harness, name, [Self.a])
            try Self.place(harness, "00000000000000a1.000001.jsonl", [Self.c])
            try CompactionHarness.compact(harness.storage)
            // A copy brings the input back, with more behind.
            try Self.place(harness, name, [Self.a, Self.b])
            #expect(try Self.events(harness.storage) == 12)
            let trash = SessionTrash(harness.storage)
            try trash.take(Self.key(harness))
            try Self.place(harness, name, [[30, 31]])
            let restored = try trash.restore(try #require(try trash.entries().first))
            #expect(restored.left.isEmpty && restored.renamed.count == 1)
            #expect(try Self.events(harness.storage) == 14, "\(name)")
            #expect(try trash.entries() == [])
            try CompactionHarness.compact(harness.storage)
            #expect(try Self.events(harness.storage) == 14, "\(name)")
        }
    }

    @Test("what a program appends to a compacted segment counts, although its name is taken")
    func appendedInTrash() throws {
        for name in Self.names {
            let harness = try FoldHarness(MemoryStorage())
            try Self.place(harness, name, [Self.a])
            try Self.place(harness, "00000000000000a1.000001.jsonl", [Self.c])
            let open = try harness.storage.openOrCreate(harness.folder.appending(name))
            try CompactionHarness.compact(harness.storage)
            try open.append(Self.bytes(Self.b, name))
            try Self.place(harness, name, [[30, 31]])
            #expect(try Self.events(harness.storage) == 10, "\(name)")
            for round in 0..<3 {
                // It goes on; the first round leaves half a line or frame at the end.
                let more = Self.bytes([40 + round], name)
                try open.append(Array(more.prefix(more.count / 2)))
                let kept = try CompactionHarness.compact(harness.storage)[0].kept
                #expect(kept.contains { $0.reason.contains("in the trash") }, "\(kept)")
                #expect(try Self.events(harness.storage) == 14 + round, "\(name) \(round)")
                try open.append(Array(more.dropFirst(more.count / 2)))
            }
            #expect(try SessionTrash(harness.storage).empty().files >= 0)
            #expect(try Self.events(harness.storage) == 17, "\(name)")
        }
    }
}
