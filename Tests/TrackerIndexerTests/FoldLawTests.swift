import Testing
import TrackerIndexTestSupport
import TrackerIndexer
import TrackerLog
import TrackerTestSupport

/// `docs/FORMAT.md` section 7: rebuild(all) == incremental(any split, any order of files).
@Suite("The law of the fold")
struct FoldLawTests {
    @Test(
        "growing in any steps, with restarts between, gives the state of a rebuild",
        arguments: Sweep.parts)
    func incremental(part: Int) throws {
        for seed in Sweep.seeds(1_000, long: 20_000, part: part) {
            let log = GeneratedLog(seed: seed)
            let whole = try FoldHarness()
            for file in log.files { try whole.append(file.bytes, to: file.name) }
            let rebuilt = try whole.rebuilt()
            let growing = try FoldHarness()
            let index = try Self.grow(log, in: growing, seed: seed)
            #expect(
                index.state.encoded().text == rebuilt.state.encoded().text, "seed \(seed)")
            #expect(index.frames == rebuilt.frames, "seed \(seed)")
            try Self.compareHealth(
                growing.summary(index).health, whole.summary(rebuilt).health, log, seed)
        }
    }

    /// The most bytes of a step; each log grows by one of these. Small ones stop within lines and
    /// frames, large ones between many of them, and take a fraction of the time.
    private static let steps = [1_600, 6_400, 25_600, 25_600]

    /// Lets files grow by some bytes, in any order, and looks now and then.
    private static func grow(
        _ log: GeneratedLog, in harness: FoldHarness, seed: UInt64
    ) throws -> SessionIndex {
        var generator = SeededGenerator(seed: seed ^ 0x6801)
        var index = harness.newIndex()
        var written = log.files.map { _ in 0 }
        let bytes = log.files.map(\.bytes)
        var open = Array(log.files.indices)
        let most = steps[Int(seed) / Sweep.parts.count % steps.count]
        while let at = open.randomElement(using: &generator) {
            let rest = bytes[at].count - written[at]
            let count = Int.random(in: 0...min(rest, most), using: &generator)
            try harness.append(
                Array(bytes[at][written[at]..<written[at] + count]), to: log.files[at].name)
            written[at] += count
            if written[at] == bytes[at].count { open.removeAll { $0 == at } }
            if Int.random(in: 0..<3, using: &generator) == 0 { try harness.update(index) }
            if Int.random(in: 0..<9, using: &generator) == 0 {
                index = try harness.restarted(index)
            }
        }
        try harness.update(index)
        return index
    }

    private static func compareHealth(
        _ grown: SessionHealth, _ rebuilt: SessionHealth, _ log: GeneratedLog, _ seed: UInt64
    ) throws {
        var (grown, rebuilt) = (grown, rebuilt)
        if log.hasSharedFrames {
            grown.badLines = []
            rebuilt.badLines = []
        }
        #expect(grown == rebuilt, "seed \(seed)")
    }

    @Test("states of parts merge to the state of the whole, in any order")
    func merging() throws {
        for seed in Sweep.seeds(400, long: 8_000) {
            let log = GeneratedLog(seed: seed)
            let whole = try FoldHarness()
            for file in log.files { try whole.append(file.bytes, to: file.name) }
            let expected = whole.text(try whole.rebuilt())
            var generator = SeededGenerator(seed: seed)
            let merged = SessionState()
            var isDisjoint = true
            for file in log.files.shuffled(using: &generator) {
                let part = try FoldHarness()
                try part.append(file.bytes, to: file.name)
                let state = try part.rebuilt().state
                let before = merged.encoded().text
                guard merged.merge(state) else {
                    isDisjoint = false
                    #expect(
                        merged.encoded().text == before,
                        "seed \(seed): a refused merge changes nothing")
                    break
                }
            }
            #expect(isDisjoint || log.hasSharedFrames, "seed \(seed)")
            guard isDisjoint else { continue }
            let text = String(decoding: merged.encoded().text, as: UTF8.self)
            #expect(text == expected, "seed \(seed)")
        }
    }

    @Test("copies of segments under other names change nothing but the number of duplicates")
    func copies() throws {
        for seed in Sweep.seeds(200, long: 4_000) {
            // Damage may take a header away, and with it what tells a copy from other events.
            let log = GeneratedLog(seed: seed, isDamaged: false)
            let named = log.files.filter { !$0.name.hasPrefix("shared") }
            let once = try FoldHarness()
            let twice = try FoldHarness()
            for file in named {
                try once.append(file.bytes, to: file.name)
                try twice.append(file.bytes, to: file.name)
                try twice.append(file.bytes, to: "b" + file.name.dropFirst())
            }
            let (first, second) = (try once.rebuilt(), try twice.rebuilt())
            #expect(once.text(first) == twice.text(second), "seed \(seed)")
            let restarted = try twice.restarted(second)
            #expect(restarted.state.duplicateFrames == second.state.duplicateFrames)
            let frames = once.summary(first).health.duplicateFrames
            #expect(twice.summary(second).health.duplicateFrames >= frames, "seed \(seed)")
        }
    }

    @Test("however events are put into frames and files, the digest is the same")
    func batching() throws {
        for seed in Sweep.seeds(200, long: 4_000) {
            let sections = GeneratedLog(seed: seed).sections
            var generator = SeededGenerator(seed: seed)
            let digests = try (0..<4).map { variant in
                let harness = try FoldHarness()
                let ending = variant == 0 ? "jsonl" : variant == 1 ? "jsonl.gz" : "jsonl.zst"
                var rest = sections.shuffled(using: &generator)[...]
                var number = 1
                while !rest.isEmpty {
                    let count = Int.random(in: 1...sections.count, using: &generator)
                    let name = "\(GeneratedLog.writer(7)).00000\(number).\(ending)"
                    // A bare line after a header's lines would not be the header's: it goes first.
                    let some = rest.prefix(count).sorted {
                        $0.identity == nil && $1.identity != nil
                    }
                    let file = GeneratedLog.file(name, some, &generator)
                    try harness.append(file.bytes, to: name)
                    rest = rest.dropFirst(count)
                    number += 1
                    if number > 9 {
                        let last = GeneratedLog.file(
                            "\(GeneratedLog.writer(7)).000010.\(ending)",
                            rest.sorted { $0.identity == nil && $1.identity != nil }, &generator)
                        try harness.append(last.bytes, to: last.name)
                        break
                    }
                }
                return try harness.rebuilt().digest
            }
            #expect(Set(digests).count == 1, "seed \(seed)")
        }
    }

    @Test("a digest differs when a single value does")
    func digestTellsApart() throws {
        let digests = try ["1", "1.0000000001", "-1", "1e300"].map { value in
            let harness = try FoldHarness()
            try harness.append(
                ["{\"ts\":1,\"metric\":\"m\",\"value\":\(value)}"], to: "shared.000001.jsonl")
            return try harness.rebuilt().digest
        }
        #expect(Set(digests).count == 4)
    }
}
