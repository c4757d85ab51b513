import Glibc
import Testing
import TrackerIndexTestSupport
import TrackerIndexer
import TrackerLog
import TrackerTestSupport
import TrackerUpkeep

/// `docs/FORMAT.md` section 1: two data folders merge by copying, and the same set of files gives
/// the same index in whatever order it was copied.
@Suite("Data folders merge by copying")
struct MergeByCopyTests {
    @Test("random copies, orders, repetitions and partial copies: the index of the union")
    func merging() throws {
        for seed in Sweep.seeds(200, long: 5_000) {
            let run = try CopyRun(seed: seed)
            let expected = try run.union.rebuilt()
            let merged = try run.copyEverything()
            #expect(run.target.text(merged) == run.union.text(expected), "seed \(seed)")
            let rebuilt = try run.target.rebuilt()
            #expect(run.target.text(rebuilt) == run.union.text(expected), "seed \(seed), rebuilt")
            #expect(merged.digest == expected.digest, "seed \(seed)")
            #expect(
                try Self.digest(of: run.target.storage) == Self.digest(of: run.union.storage),
                "seed \(seed), the whole folder")
        }
    }

    /// As `tracker index` gives it.
    private static func digest(of storage: any Storage) throws -> String {
        try Indexer(storage: storage, threads: 2).run(rebuild: true).digest
    }

    @Test("a copy that misses the end of one segment has another digest")
    func incomplete() throws {
        var different = 0
        let seeds = Sweep.seeds(30, long: 300)
        for seed in seeds {
            let run = try CopyRun(seed: seed, isDamaged: false)
            _ = try run.copyEverything()
            guard let file = run.log.files.first(where: { $0.bytes.count > 1 }) else { continue }
            // One byte less of a frame is one frame less.
            let path = run.target.folder.appending(file.name)
            try run.place(path, Array(file.bytes.dropLast()))
            let (cut, whole) = (try run.target.rebuilt(), try run.union.rebuilt())
            if run.target.text(cut) != run.union.text(whole) { different += 1 }
        }
        // Some end in a frame that is elsewhere as well.
        #expect(different > min(10, seeds.count / 3))
    }
}

/// Copying between folders of which each holds a part of the same log, all of it from one seed.
private struct CopyRun {
    let log: GeneratedLog
    /// Every segment whole.
    let union: FoldHarness
    let target: FoldHarness
    private let storage = MemoryStorage()
    private let seed: UInt64
    /// How much each folder has of each file; one of them has all of it.
    private var sources: [[Int]] = []
    private let mayRename: Bool

    init(seed: UInt64, isDamaged: Bool? = nil) throws {
        self.seed = seed
        // Damage may take a header away, and with it what tells a copy under another name.
        mayRename = !(isDamaged ?? (seed % 2 == 0))
        log = GeneratedLog(seed: seed, isDamaged: !mayRename)
        union = try FoldHarness()
        target = try FoldHarness(storage)
        for file in log.files { try union.append(file.bytes, to: file.name) }
        var generator = SeededGenerator(seed: seed ^ 0xC0B1)
        let folders = Int.random(in: 2...4, using: &generator)
        sources = (0..<folders).map { _ in
            log.files.map { file in
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: 0
                case 1: Int.random(in: 0...file.bytes.count, using: &generator)
                default: file.bytes.count
                }
            }
        }
        for at in log.files.indices {
            let whole = Int.random(in: 0..<folders, using: &generator)
            sources[whole][at] = log.files[at].bytes.count
        }
    }

    func place(_ path: StoragePath, _ bytes: [UInt8]) throws { try storage.place(path, bytes) }

    /// Copies folder by folder and file by file, again and again, with looks and restarts between,
    /// until the target has everything.
    func copyEverything() throws -> SessionIndex {
        var generator = SeededGenerator(seed: seed ^ 0x4C0)
        var index = target.newIndex()
        try storage.createDirectory(target.folder)
        var steps = sources.indices.flatMap { folder in log.files.indices.map { (folder, $0) } }
        steps += steps.filter { _ in Bool.random(using: &generator) }
        steps.shuffle(using: &generator)
        for (folder, at) in steps {
            try copy(log.files[at], upTo: sources[folder][at], &generator)
            if Int.random(in: 0..<2, using: &generator) == 0 { try target.update(index) }
            if Int.random(in: 0..<8, using: &generator) == 0 {
                index = try target.restarted(index)
            }
        }
        try target.update(index)
        return index
    }

    /// As `rsync` does: a longer file takes the place of a shorter one, now and then in two steps.
    private func copy(
        _ file: GeneratedLog.File, upTo count: Int, _ generator: inout SeededGenerator
    ) throws {
        var path = target.folder.appending(file.name)
        if mayRename, !file.name.hasPrefix("shared"), Int.random(in: 0..<6, using: &generator) == 0
        {
            path = target.folder.appending("b" + file.name.dropFirst())
        }
        let known = try existing(path)
        guard count > known else { return }
        if Int.random(in: 0..<3, using: &generator) == 0 {
            let part = Int.random(in: known...count, using: &generator)
            try place(path, Array(file.bytes.prefix(part)))
            return try copyRest(file, path, count, &generator)
        }
        try place(path, Array(file.bytes.prefix(count)))
        if path.name != file.name { try copy(file, upTo: count, &generator) }
    }

    /// What an interrupted copy left out comes later: here at once, or by appending to what is
    /// there.
    private func copyRest(
        _ file: GeneratedLog.File, _ path: StoragePath, _ count: Int,
        _ generator: inout SeededGenerator
    ) throws {
        let known = try existing(path)
        if Bool.random(using: &generator) {
            try target.append(Array(file.bytes[known..<count]), to: path.name)
        } else {
            try place(path, Array(file.bytes.prefix(count)))
        }
        if path.name != file.name { try copy(file, upTo: count, &generator) }
    }

    private func existing(_ path: StoragePath) throws -> Int {
        do throws(StorageError) {
            return try storage.openForReading(path).status().size
        } catch {
            guard error.code == ENOENT else { throw error }
            return 0
        }
    }
}
