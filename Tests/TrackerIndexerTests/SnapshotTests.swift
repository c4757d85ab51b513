import Testing
import TrackerIndexTestSupport
import TrackerIndexer
import TrackerLog
import TrackerTestSupport

@Suite("Snapshots")
struct SnapshotTests {
    let harness: FoldHarness
    let path: StoragePath

    init() throws {
        harness = try FoldHarness()
        path = DataLayout.snapshot(harness.user, harness.session)
        var lines = EventLineGenerator(generator: SeededGenerator(seed: 41))
        for seq in 0..<9 where seq != 4 {
            let some = (0..<6).map { _ in lines.line() }
            try harness.appendFrame(some, writer: GeneratedLog.writer(0), seq: seq)
        }
        try harness.appendFrame([lines.line()], writer: GeneratedLog.writer(0), seq: 2)
        try harness.append([1, 2, 3, 4, 5], to: "\(GeneratedLog.writer(1)).000001.jsonl.zst")
    }

    private func load() -> SessionIndex? {
        Snapshot.load(user: harness.user, session: harness.session, from: harness.storage)
    }

    /// Continues from the snapshot, or without one.
    private func text(_ what: String) throws -> String {
        let index = load() ?? harness.newIndex()
        try harness.update(index)
        return harness.text(index)
    }

    private func save(_ text: String) throws {
        let bytes = try #require(ZstdText.compress(Array(text.utf8)))
        try harness.storage.replace(path, with: bytes)
    }

    @Test("a saved state is read back byte for byte, and nothing is folded again")
    func roundTrip() throws {
        let index = try harness.rebuilt()
        let again = try harness.restarted(index)
        #expect(harness.text(again) == harness.text(index))
        #expect(harness.summary(again).health == harness.summary(index).health)
        #expect(try !harness.update(again))
        #expect(harness.text(again) == harness.text(index))
    }

    @Test("F41: a flipped bit or a cut at any byte: the same result")
    func damage() throws {
        let expected = harness.text(try harness.rebuilt())
        _ = try harness.restarted(try harness.rebuilt())
        let bytes = try harness.storage.readAll(path, limit: 1 << 20)
        for at in bytes.indices {
            var damaged = bytes
            damaged[at] ^= 1 << UInt8(at % 8)
            try harness.storage.replace(path, with: damaged)
            #expect(load().map { harness.text($0) } ?? expected == expected, "bit at \(at)")
            try harness.storage.replace(path, with: Array(bytes[..<at]))
            #expect(load() == nil, "cut at \(at)")
        }
        #expect(try text("the last cut") == expected)
        try harness.storage.replace(path, with: bytes + [0])
        #expect(load() == nil)
    }

    @Test("F41: older, newer, of another session, or no snapshot at all")
    func others() throws {
        let index = try harness.rebuilt()
        let expected = harness.text(index)
        let good = String(
            decoding: Snapshot.text(of: index, state: index.state.encoded().text), as: UTF8.self)
        let version = "\"snapshot\":\(Snapshot.version)"
        #expect(good.contains(version))
        let texts = [
            good.replacing(version, with: "\"snapshot\":\(Snapshot.version - 1)"),
            good.replacing(version, with: "\"snapshot\":\(Snapshot.version + 1)"),
            good.replacing(version, with: "\"snapshot\":\"\(Snapshot.version)\""),
            good.replacing("\"user\":\"Ann\"", with: "\"user\":\"Bob\""),
            good.replacing("\"session\":\"s 1\"", with: "\"session\":\"s 2\""),
            "", "{}", "[]", "null", "no JSON", good + good, String(good.dropLast()),
            String(repeating: "[", count: 100_000),
            good.replacing("\"131", with: "\"\(Int.min) 1 131"),
            good.replacing("\"duplicates\":", with: "\"duplicates\":-1"),
        ]
        #expect(texts.allSatisfy { $0 != good })
        for text in texts {
            try save(text)
            #expect(load() == nil, "\(text.prefix(60))")
            #expect(try self.text("rebuilt") == expected)
        }
        try save(good)
        #expect(load() != nil)
    }

    @Test(
        "an invalid column is named",
        arguments: [
            ("\"duplicates\":", "\"duplicates\":-1", "duplicates"),
            ("\"head\":[0,", "\"head\":[1,", "inputs[0].head"),
            ("\"max_cells\":", "\"max_cells\":1000000", "state.max_cells"),
            ("\"series\":[[\"", "\"series\":[[1,\"", "state.series[0].run"),
            ("\"timelines\":[[", "\"timelines\":[[],[", "state.timelines[0].run"),
            ("\"conflicts\":", "\"other\":", "state.conflicts"),
        ])
    func namedColumn(text: String, other: String, column: String) throws {
        let index = try harness.rebuilt()
        let good = String(
            decoding: Snapshot.text(of: index, state: index.state.encoded().text), as: UTF8.self)
        #expect(good.contains(text))
        let wrong = Array(good.replacing(text, with: other, maxReplacements: 1).utf8)
        do throws(ColumnError) {
            _ = try Snapshot.index(from: wrong, of: index.user, index.session)
            Issue.record("\(other) was taken")
        } catch {
            #expect("\(error)".contains("column `\(column)` is"), "\(error)")
        }
    }

    @Test("F41: any text with a valid checksum gives a state or none, and never ends the program")
    func fuzz() throws {
        let index = try harness.rebuilt()
        let good = Snapshot.text(of: index, state: index.state.encoded().text)
        var states = 0
        let seeds = Sweep.seeds(1_500, long: 50_000)
        for seed in seeds {
            var generator = SeededGenerator(seed: seed)
            var text = good
            for _ in 0...Int.random(in: 0...2, using: &generator) {
                Self.mutate(&text, &generator)
            }
            try save(String(decoding: text, as: UTF8.self))
            guard let index = load() else { continue }
            states += 1
            try exercise(index)
        }
        #expect(
            states > seeds.count / 30,
            "most of the texts were refused: the rest of the test saw little")
    }

    /// Every operation on a state.
    private func exercise(_ index: SessionIndex) throws {
        let state = SessionState()
        _ = state.merge(index.state)
        _ = state.encoded()
        try harness.update(index)
        let summary = harness.summary(index, now: 1e15)
        _ = summary.json.text
        _ = CatalogEntry(summary).json.text
        _ = index.frames
        _ = harness.text(index)
    }

    private static let hostile = [
        "0", "1", "-1", "9223372036854775807", "-9223372036854775808", "9007199254740992",
        "9007199254740993", "18446744073709551615", "1e308", "1e999", "4294967295", "62", "39",
        "40",
        "null", "\"\"", "[]", "{}", "true", "253402300799000", "-0.0", "0.5", "1099511627776",
    ]

    /// Replaces a number, part of a text, or a bracket.
    private static func mutate(_ text: inout [UInt8], _ generator: inout SeededGenerator) {
        let isDigit = { (byte: UInt8) in byte >= 0x30 && byte <= 0x39 }
        let at = Int.random(in: text.indices, using: &generator)
        switch Int.random(in: 0..<5, using: &generator) {
        case 0, 1, 2:
            guard let start = text[at...].firstIndex(where: isDigit) else { return }
            let end = text[start...].firstIndex { !isDigit($0) } ?? text.endIndex
            let index = Int.random(in: hostile.indices, using: &generator)
            text.replaceSubrange(start..<end, with: Array(hostile[index].utf8))
        case 3:
            let count = min(Int.random(in: 1...40, using: &generator), text.count - at)
            let from = Int.random(in: 0...text.count - count, using: &generator)
            text.replaceSubrange(at..<at + count, with: Array(text[from..<from + count]))
        default: text[at] = UInt8.random(in: 0x20...0x7E, using: &generator)
        }
    }
}
