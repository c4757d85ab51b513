import Glibc
import Testing
import TrackerIndexTestSupport
import TrackerIndexer
import TrackerLog
import TrackerTestSupport
import TrackerUpkeep

/// A log whose frames are known, with any damage to its files, from a seed.
private struct WreckedLog {
    var harness: FoldHarness
    /// Every event that was ever written, once.
    var original: Set<Int> = []

    /// - Parameter onlyCuts: whether bytes are only ever cut off at the end of an append.
    init(seed: UInt64, onlyCuts: Bool) throws {
        let storage = MemoryStorage()
        harness = try FoldHarness(storage)
        var generator = SeededGenerator(seed: seed)
        var value = 0
        for number in 0..<Int.random(in: 1...3, using: &generator) {
            let writer = GeneratedLog.writer(number)
            let encodings: [SegmentName.Encoding] = [.zstd, .zstd, .zstd, .gzip, .plain]
            let encoding = encodings[Int.random(in: 0..<5, using: &generator)]
            let name = SegmentName(writer: writer, number: 1, encoding: encoding)
            var bytes: [UInt8] = []
            for seq in 0..<Int.random(in: 1...8, using: &generator) {
                let content = self.content(writer, seq, &value, &generator)
                bytes += Self.append(content, name, onlyCuts, &generator)
            }
            if !onlyCuts, encoding != .plain { Self.damage(&bytes, &generator) }
            try storage.place(harness.folder.appending(name.fileName), bytes)
        }
    }

    /// One to three sections, some of which promise more than they have or belong elsewhere.
    private mutating func content(
        _ writer: String, _ seq: Int, _ value: inout Int, _ generator: inout SeededGenerator
    ) -> [UInt8] {
        var content: [UInt8] = []
        for part in 0..<Int.random(in: 1...3, using: &generator) {
            let events = Int.random(in: 1...6, using: &generator)
            let isShort = Int.random(in: 0..<5, using: &generator) == 0
            content += SegmentBuilder.content(
                session: VerifyLog.session, writer: writer + "-\(part)", seq: seq,
                events: SegmentBuilder.samples(value..<value + events),
                claimed: isShort ? events + 1 : events)
            original.formUnion(value..<value + events)
            value += events
        }
        return Int.random(in: 0..<6, using: &generator) == 0 ? content.dropLast() : content
    }

    private static func append(
        _ content: [UInt8], _ name: SegmentName, _ onlyCuts: Bool,
        _ generator: inout SeededGenerator
    ) -> [UInt8] {
        var bytes: [UInt8]
        switch name.encoding {
        case .zstd where Int.random(in: 0..<3, using: &generator) == 0:
            bytes = SegmentBuilder.storedFrame(content)
        case .zstd: bytes = SegmentBuilder.frame(content)
        case .gzip: bytes = SegmentBuilder.gzipMember(content)
        case .plain: return content.last == 0x0A ? content : content + [0x0A]
        }
        if onlyCuts, Int.random(in: 0..<3, using: &generator) == 0 {
            bytes.removeLast(Int.random(in: 0..<bytes.count, using: &generator))
        }
        return bytes
    }

    /// Bytes overwritten, removed, put in or zeroed, as in F04.
    private static func damage(_ bytes: inout [UInt8], _ generator: inout SeededGenerator) {
        guard !bytes.isEmpty else { return }
        let at = Int.random(in: 0..<bytes.count, using: &generator)
        let end = min(bytes.count, at + Int.random(in: 1...200, using: &generator))
        let noise = (at..<end).map { _ in UInt8.random(in: 0...255, using: &generator) }
        switch Int.random(in: 0..<5, using: &generator) {
        case 0: bytes.replaceSubrange(at..<end, with: noise)
        case 1: bytes.removeSubrange(at..<end)
        case 2: bytes.insert(contentsOf: noise, at: at)
        case 3: bytes.replaceSubrange(at..<end, with: noise.map { _ in 0 })
        default: break
        }
    }
}

@Suite("Laws of repair")
struct RepairLawTests {
    @Test("original ⊇ after ⊇ before, each event once, twice is once: random damage")
    func anyDamage() throws {
        for seed in Sweep.seeds(200, long: 5_000) {
            let log = try WreckedLog(seed: seed, onlyCuts: false)
            _ = try Self.check(log, unchecked: false, "seed \(seed)")
        }
    }

    @Test("the same with unchecked lines, where appends were cut off")
    func cuts() throws {
        var lines = (checked: 0, unchecked: 0)
        for seed in Sweep.seeds(200, long: 5_000) {
            let log = try WreckedLog(seed: seed, onlyCuts: true)
            lines.checked += try Self.check(log, unchecked: false, "seed \(seed)")
            lines.unchecked += try Self.check(log, unchecked: true, "seed \(seed)")
        }
        print("measured: \(lines.checked) lines saved, and \(lines.unchecked) unchecked ones")
        #expect(lines.checked > 100 && lines.unchecked > 100)
    }

    /// - Returns: how many lines were saved.
    private static func check(
        _ log: WreckedLog, unchecked: Bool, _ what: Comment
    ) throws -> Int {
        let harness = log.harness
        let before = try RepairTests.values(harness)
        let originals = try RepairTests.files(harness.storage)
        let incremental = try harness.rebuilt()
        let key = RepairTests.key(harness)
        let plan = try RepairTests.repairer(harness, unchecked: unchecked).plan(key)
        let report = try RepairTests.repairer(harness, unchecked: unchecked).apply(key)
        #expect(report.regions == plan.regions, what)
        let after = try RepairTests.values(harness)
        #expect(Set(after).isSubset(of: log.original), what)
        #expect(Set(before).isSubset(of: Set(after)), what)
        #expect(Set(after).count == after.count, what)
        #expect(after.count == before.count + report.lines, what)
        let files = try RepairTests.files(harness.storage)
        #expect(files.filter { originals[$0.key] != nil } == originals, what)
        let again = try RepairTests.repairer(harness, unchecked: unchecked).apply(key)
        #expect(again.written == [] && again.lines == 0, what)
        #expect(try RepairTests.files(harness.storage) == files, what)
        try harness.update(incremental)
        #expect(harness.text(incremental) == harness.text(try harness.rebuilt()), what)
        return report.lines
    }
}
