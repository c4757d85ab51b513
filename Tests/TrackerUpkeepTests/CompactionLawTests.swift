import Glibc
import Testing
import TrackerIndexTestSupport
import TrackerIndexer
import TrackerLog
import TrackerTestSupport
import TrackerUpkeep

/// F58: however a log grows, is framed, looked at and compacted, it folds to the same state.
@Suite("The law of the fold, with compaction")
struct CompactionLawTests {
    @Test("F58: any steps, order, frames and compactions: the state of one full rebuild")
    func compactedMeanwhile() throws {
        var compacted = 0
        let seeds = Sweep.seeds(100, long: 1_000)
        for seed in seeds {
            let (files, hasBareLines) = Self.files(seed: seed)
            let whole = try FoldHarness()
            for file in files { try whole.append(file.bytes, to: file.name) }
            let expected = try whole.rebuilt()
            var run = try GrowingRun(files, seed: seed)
            let index = try run.grow()
            compacted += run.compacted
            #expect(index.digest == expected.digest, "seed \(seed)")
            let rebuilt = try run.harness.rebuilt()
            #expect(rebuilt.digest == expected.digest, "seed \(seed), rebuilt")
            #expect(run.harness.text(index) == run.harness.text(rebuilt), "seed \(seed)")
            // Lines without a header get one, and with it an identity in the state.
            if !hasBareLines {
                #expect(whole.text(expected) == run.harness.text(rebuilt), "seed \(seed)")
            }
        }
        #expect(compacted > seeds.count, "little was compacted: the test saw little")
    }

    /// The files of a log as they were written, or its sections in other frames and files.
    private static func files(
        seed: UInt64
    ) -> ([GeneratedLog.File], hasBareLines: Bool) {
        let log = GeneratedLog(seed: seed, isDamaged: seed % 3 == 0)
        // Damage may take a header away.
        let hasBareLines = seed % 3 == 0 || log.sections.contains { $0.identity == nil }
        guard seed % 3 == 1 else { return (log.files, hasBareLines) }
        var generator = SeededGenerator(seed: seed)
        var files: [GeneratedLog.File] = []
        for (index, section) in log.sections.shuffled(using: &generator).enumerated() {
            let ending = ["jsonl", "jsonl.gz", "jsonl.zst"][index % 3]
            let digits = index < 10 ? "0\(index)" : "\(index)"
            files.append(
                GeneratedLog.file(
                    "00000000000000\(digits).000001.\(ending)", [section], &generator))
        }
        return (files, hasBareLines)
    }
}

/// Files that grow by and by, looked at and compacted between.
private struct GrowingRun {
    let harness: FoldHarness
    private let files: [GeneratedLog.File]
    private let storage = MemoryStorage()
    private var generator: SeededGenerator
    private(set) var compacted = 0
    private var handles: [any StorageFile] = []
    private var index: SessionIndex

    init(_ files: [GeneratedLog.File], seed: UInt64) throws {
        self.files = files
        generator = SeededGenerator(seed: seed ^ 0xF58)
        harness = try FoldHarness(storage)
        index = harness.newIndex()
        try storage.createDirectory(harness.folder)
    }

    mutating func grow() throws -> SessionIndex {
        var written = files.map { _ in 0 }
        // Writers hold a lock; other programs do not, and go on in a file that was moved away.
        handles = try files.map { file in
            let handle = try storage.openOrCreate(harness.folder.appending(file.name))
            if Bool.random(using: &generator) { #expect(try handle.lockShared()) }
            return handle
        }
        var open = Array(files.indices)
        while let at = open.randomElement(using: &generator) {
            let bytes = files[at].bytes
            let count = Int.random(in: 0...min(bytes.count - written[at], 900), using: &generator)
            let piece = Array(bytes[written[at]..<written[at] + count])
            #expect(try handles[at].append(piece) == count)
            written[at] += count
            if written[at] == bytes.count {
                try handles[at].close()
                open.removeAll { $0 == at }
            }
            if Int.random(in: 0..<4, using: &generator) == 0 { try harness.update(index) }
            if Int.random(in: 0..<9, using: &generator) == 0 {
                index = try harness.restarted(index)
            }
            if Int.random(in: 0..<6, using: &generator) == 0 { try compact() }
        }
        try compact()
        if Bool.random(using: &generator) { try compact() }
        try harness.update(index)
        return index
    }

    private mutating func compact() throws {
        var options = CompactionOptions()
        options.includesShared = Bool.random(using: &generator)
        options.thins = Int.random(in: 0..<4, using: &generator) == 0
        let result = try CompactionHarness.compact(storage, options)
        #expect(result.allSatisfy { $0.problem == nil }, "\(result)")
        compacted += result.reduce(0) { $0 + $1.segments.count }
    }
}
