import Glibc
import Testing
import TrackerIndexTestSupport
import TrackerIndexer
import TrackerLog
import TrackerTestSupport
import TrackerUpkeep

/// Everything that reads a log counts the same lines of it.
@Suite("One reader")
struct OneReaderTests {
    /// What `tracker cat` prints.
    private struct Printed {
        var lines: [UInt8] = []
        var damage: [BadRegion] = []

        init(_ harness: FoldHarness) throws {
            let key = DataFolder.SessionKey(user: harness.user, session: harness.session)
            var found: (lines: [UInt8], damage: [BadRegion]) = ([], [])
            let problems = try SessionReader(storage: harness.storage, now: VerifyLog.later).read(
                key, lines: { _, frame, section in found.lines += frame.lines(of: section) },
                damaged: { found.damage.append($0) })
            #expect(problems == [])
            (lines, damage) = found
        }

        var lineCount: Int { lines.count { $0 == 0x0A } }
        /// Empty ones are printed, and are neither events nor bad.
        var fullLineCount: Int {
            lines.split(separator: 0x0A).count { $0.contains { ![0x20, 0x09, 0x0D].contains($0) } }
        }

        /// The numbers of these lines alone.
        func folded() throws -> SessionSummary {
            let harness = try FoldHarness()
            try harness.append(lines, to: "shared.000001.jsonl")
            return harness.summary(try harness.rebuilt(), now: VerifyLog.later)
        }
    }

    /// - Returns: the summary that all of them agree on.
    @discardableResult
    private static func check(_ harness: FoldHarness, _ what: Comment) throws -> SessionSummary {
        let summary = harness.summary(try harness.rebuilt(), now: VerifyLog.later)
        let health = summary.health
        let printed = try Printed(harness)
        var folded = try printed.folded()
        #expect(folded.health.badLineCount == health.badLineCount, what)
        #expect(
            printed.fullLineCount == summary.eventCount + health.badLineCount, what)
        folded.health = health
        #expect(
            folded.json(withBuckets: true).text == summary.json(withBuckets: true).text, what)
        #expect(printed.damage == health.badRegions, what)
        let verified = try VerifyLog.verify(harness)
        #expect(verified.events == summary.eventCount, what)
        #expect(verified.badLines == health.badLineCount, what)
        #expect(verified.sum(\.lines) >= printed.lineCount, what)
        #expect(verified.repeatedFrames == health.duplicateFrames, what)
        #expect(verified.conflictCount == health.conflictingFrames, what)
        #expect(verified.missingFrames == health.missingFrames, what)
        #expect(verified.files.flatMap(\.regions) == health.badRegions, what)
        #expect(verified.isWhole == health.isWhole, what)
        return summary
    }

    @Test("cat, folded, is the index, and verify counts the same: random folders")
    func randomFolders() throws {
        var met = (compacted: 0, cameBack: 0, repaired: 0, conflicts: 0, damaged: 0, repeated: 0)
        let seeds = Sweep.seeds(60, long: 3_000)
        for seed in seeds {
            var folder = try TroubledFolder(seed: seed)
            let live = try folder.live()
            let summary = try Self.check(folder.harness, "seed \(seed): \(folder.steps)")
            #expect(
                folder.harness.text(live) == folder.harness.text(try folder.harness.rebuilt()),
                "seed \(seed): \(folder.steps)")
            met.compacted += folder.compacted
            met.cameBack += folder.cameBack
            met.repaired += folder.repaired
            met.conflicts += summary.health.conflictingFrames
            met.damaged += summary.health.badRegionCount
            met.repeated += summary.health.duplicateFrames
        }
        print("measured: \(met) in \(seeds.count) folders")
        // A short run may meet nothing to repair.
        let least = seeds.count / 20
        #expect(met.compacted > least && met.cameBack > least && met.repaired >= least)
        #expect(met.conflicts > least && met.damaged > least && met.repeated > least)
    }

    private static func line(_ value: Int) -> String {
        "{\"ts\":\(1_763_899_200_000 + value),\"metric\":\"m\",\"value\":\(value)}"
    }

    @Test("lines without a header whose files came back after a compaction count once")
    func cameBack() throws {
        let harness = try FoldHarness(MemoryStorage())
        let endings = ["jsonl", "jsonl.gz", "jsonl.zst"]
        for (number, ending) in endings.enumerated() {
            var generator = SeededGenerator(seed: UInt64(number))
            let lines = [Self.line(2 * number), Self.line(2 * number + 1)]
            try CompactionHarness.place(
                GeneratedLog.file(
                    "shared.00000\(number + 1).\(ending)", [GeneratedLog.Section(lines: lines)],
                    &generator), harness)
        }
        let originals = try RepairTests.files(harness.storage)
        try CompactionHarness.compact(harness.storage)
        #expect(try CompactionHarness.names(harness).count == 1)
        let storage = try #require(harness.storage as? MemoryStorage)
        for (path, bytes) in originals.sorted(by: { $0.key < $1.key }) {
            let name = try #require(path.split(separator: "/").last.map(String.init))
            try storage.place(harness.folder.appending(name), bytes)
            #expect(try Self.check(harness, "\(name) is back").eventCount == 6)
        }
        // What is appended to a file that came back counts, and says where it stands.
        try harness.append([Self.line(100)], to: "shared.000001.jsonl")
        #expect(try Self.check(harness, "appended").eventCount == 7)
        #expect(try Printed(harness).lineCount == 7)
    }

    @Test("one identity with two contents: both count, each once")
    func conflict() throws {
        let harness = try FoldHarness()
        for value in [1, 2, 1, 2, 3] {
            try harness.appendFrame([Self.line(value)], writer: GeneratedLog.writer(0), seq: 0)
        }
        let summary = try Self.check(harness, "a conflict")
        #expect(summary.eventCount == 3 && summary.health.conflictingFrames == 2)
    }

    @Test("a section of which a part is elsewhere is the rest of it, with its line numbers")
    func part() throws {
        let harness = try FoldHarness(MemoryStorage())
        let lines = (0..<4).map(Self.line)
        for number in 1...2 { try harness.append(lines, to: "shared.00000\(number).jsonl") }
        try CompactionHarness.compact(harness.storage)
        try harness.append(lines + [Self.line(9), "no event"], to: "shared.000001.jsonl")
        let summary = try Self.check(harness, "a part")
        #expect(summary.eventCount == 9 && summary.health.badLineCount == 1)
        let verified = try VerifyLog.verify(harness)
        let file = try #require(verified.files.last)
        #expect(file.lines == 2 && file.events == 1)
    }

    @Test("a file that cannot be read is an error, and the lines of the others are there")
    func unreadable() throws {
        let log = VerifyLog()
        let stored = try log.stored()
        let faulty = FaultyStorage(
            stored.storage,
            plan: FaultPlan {
                $0.operation == .read && $0.path.hasSuffix(VerifyLog.a2) ? .error(EIO) : nil
            })
        var lines = 0
        let problems = try SessionReader(storage: faulty, now: VerifyLog.later).read(
            DataFolder.SessionKey(user: stored.user, session: stored.session),
            lines: { _, _, section in lines += section.lineCount },
            damaged: { Issue.record("\($0)") })
        #expect(problems.map(\.code) == [EIO])
        #expect(lines == 7 * VerifyLog.eventsPerFrame)
    }
}

/// A session's folder to which everything happens, all of it from one seed.
private struct TroubledFolder {
    let harness: FoldHarness
    private(set) var steps: [String] = []
    private(set) var compacted = 0
    private(set) var cameBack = 0
    private(set) var repaired = 0
    private let storage = MemoryStorage()
    private let log: GeneratedLog
    private var generator: SeededGenerator
    private var lines: EventLineGenerator
    /// Every file that ever was in the folder, as it was last.
    private var known: [String: [UInt8]] = [:]
    private var index: SessionIndex

    init(seed: UInt64) throws {
        generator = SeededGenerator(seed: seed ^ 0x0A11)
        lines = EventLineGenerator(generator: SeededGenerator(seed: seed ^ 0x11E5))
        harness = try FoldHarness(storage)
        index = harness.newIndex()
        log = GeneratedLog(seed: seed, isDamaged: seed % 3 == 0)
        for file in log.files { try CompactionHarness.place(file, harness) }
        for (number, ending) in ["jsonl", "jsonl.gz", "jsonl.zst"].enumerated() {
            let sections = (0..<3).map { _ in GeneratedLog.Section(lines: lines.some(upTo: 4)) }
            let name = "shared.00001\(number).\(ending)"
            try CompactionHarness.place(GeneratedLog.file(name, sections, &generator), harness)
        }
    }

    /// - Returns: an index that was kept up to date.
    mutating func live() throws -> SessionIndex {
        for _ in 0..<Int.random(in: 2...7, using: &generator) {
            for (name, bytes) in try files() { known[name] = bytes }
            try step()
            if Bool.random(using: &generator) { try harness.update(index) }
            if Int.random(in: 0..<4, using: &generator) == 0 {
                index = try harness.restarted(index)
            }
        }
        try harness.update(index)
        return index
    }

    private mutating func step() throws {
        switch Int.random(in: 0..<10, using: &generator) {
        case 0...2: try compact()
        case 3, 4: try comeBack()
        case 5: try repair()
        case 6: try append()
        case 7: try conflict()
        case 8: try merge()
        default:
            try damage()
            if Bool.random(using: &generator) { try repair() }
        }
    }

    private func files() throws -> [(name: String, bytes: [UInt8])] {
        try CompactionHarness.names(harness).map {
            ($0, try storage.readAll(harness.folder.appending($0), limit: 1 << 20))
        }
    }

    private mutating func compact() throws {
        steps.append("compact")
        var options = CompactionOptions()
        options.includesShared = Int.random(in: 0..<4, using: &generator) > 0
        for result in try CompactionHarness.compact(storage, options) {
            #expect(result.problem == nil, "\(steps)")
            compacted += result.segments.count
        }
    }

    /// Files that are gone, as they were or the first part of them.
    private mutating func comeBack() throws {
        let present = Set(try CompactionHarness.names(harness))
        for (name, bytes) in known.sorted(by: { $0.key < $1.key }) where !present.contains(name) {
            guard Int.random(in: 0..<3, using: &generator) > 0 else { continue }
            let isWhole = Int.random(in: 0..<4, using: &generator) > 0
            let count = isWhole ? bytes.count : Int.random(in: 0...bytes.count, using: &generator)
            steps.append("\(name) is back, \(count) of \(bytes.count) bytes")
            try storage.place(harness.folder.appending(name), Array(bytes.prefix(count)))
            cameBack += 1
        }
    }

    private mutating func repair() throws {
        let unchecked = Bool.random(using: &generator)
        steps.append("repair, unchecked \(unchecked)")
        let report = try RepairTests.repairer(harness, unchecked: unchecked)
            .apply(RepairTests.key(harness))
        repaired += report.lines
    }

    /// Lines without a header, appended to whatever there is.
    private mutating func append() throws {
        guard let name = try CompactionHarness.names(harness).randomElement(using: &generator)
        else { return }
        steps.append("append to \(name)")
        let more = GeneratedLog.file(
            name, [GeneratedLog.Section(lines: lines.some(upTo: 3))], &generator)
        try CompactionHarness.place(more, harness)
    }

    /// A frame again, with its lines or others.
    private mutating func conflict() throws {
        guard
            var section = log.sections.filter({ $0.identity != nil })
                .randomElement(using: &generator)
        else { return }
        let isOther = Int.random(in: 0..<3, using: &generator) > 0
        steps.append("frame \(String(describing: section.identity)) again, other: \(isOther)")
        if isOther {
            section = GeneratedLog.Section(
                identity: section.identity, lines: lines.some(upTo: 3))
        }
        let number = Int.random(in: 0..<3, using: &generator)
        let name = "00000000000000c\(number).000001.\(ending())"
        try CompactionHarness.place(GeneratedLog.file(name, [section], &generator), harness)
    }

    /// Another machine has some of the files, compacts them, and everything is copied together.
    private mutating func merge() throws {
        let other = try FoldHarness(MemoryStorage())
        var taken: [String] = []
        for (name, bytes) in try files() where Bool.random(using: &generator) {
            try CompactionHarness.place(
                GeneratedLog.File(name: name, appends: [bytes]), other)
            taken.append(name)
        }
        guard !taken.isEmpty else { return }
        steps.append("merge with a machine that compacts \(taken)")
        try CompactionHarness.compact(other.storage)
        for name in try CompactionHarness.names(other) {
            let path = other.folder.appending(name)
            try storage.place(path, try other.storage.readAll(path, limit: 1 << 20))
        }
    }

    /// A file cut anywhere, or something that is no segment under the name of one.
    private mutating func damage() throws {
        if Bool.random(using: &generator),
            let file = try files().randomElement(using: &generator)
        {
            let count = Int.random(in: 0...file.bytes.count, using: &generator)
            steps.append("\(file.name) cut to \(count) of \(file.bytes.count) bytes")
            return try storage.place(
                harness.folder.appending(file.name), Array(file.bytes.prefix(count)))
        }
        let foreign: [[UInt8]] = [
            Array("{\"ts\":1,\"metric\":\"m\",\"value\":1}\n".utf8),
            SegmentBuilder.runLengthFrame(blocks: 2, claimedSize: 27 << 20),
            SegmentBuilder.gzipMember(Array("{}\n".utf8)), [0, 0, 0],
        ]
        let bytes = foreign[Int.random(in: 0..<foreign.count, using: &generator)]
        let name = "shared.000099.\(ending())"
        steps.append("foreign bytes in \(name)")
        try storage.place(harness.folder.appending(name), bytes)
    }

    private mutating func ending() -> String {
        ["jsonl", "jsonl.gz", "jsonl.zst"][Int.random(in: 0..<3, using: &generator)]
    }
}
