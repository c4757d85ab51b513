import Testing
import TrackerIndexTestSupport
import TrackerIndexer
import TrackerLog
import TrackerTestSupport

/// What a section folds to does not change when its samples become histograms.
@Suite("Thinned sections")
struct SectionThinnerTests {
    private static func section(_ lines: [String], at: Int? = nil) -> (FrameHeader, [UInt8]) {
        let header = FrameHeader(
            session: GeneratedLog.session,
            identity: FrameIdentity(writer: GeneratedLog.writer(0), seq: 0), events: lines.count,
            atMs: at)
        var bytes: [UInt8] = []
        header.write(to: &bytes)
        for line in lines { bytes += Array(line.utf8) + [0x0A] }
        return (header, bytes)
    }

    private static func folded(_ parts: [[UInt8]]) throws -> FoldHarness {
        let harness = try FoldHarness()
        for (index, part) in parts.enumerated() {
            try harness.append(
                SegmentBuilder.frame(part), to: "\(GeneratedLog.writer(index)).000001.jsonl.zst")
        }
        return harness
    }

    /// The section and its histograms, alone and together in either order: one state.
    private static func check(_ lines: [String], at: Int? = nil, _ what: String) throws -> Int {
        let (header, bytes) = section(lines, at: at)
        guard let thinned = SectionThinner.thin(header, bytes) else { return 0 }
        #expect(thinned.bytes.count < bytes.count, "\(what)")
        let one = try folded([bytes])
        let expected = one.text(try one.rebuilt())
        for parts in [[thinned.bytes], [thinned.bytes, bytes], [bytes, thinned.bytes]] {
            let other = try folded(parts)
            let index = try other.rebuilt()
            #expect(other.text(index) == expected, "\(what), \(parts.count) parts")
            #expect(index.state.conflictingFrames == 0, "\(what), \(parts.count) parts")
            #expect(
                other.summary(index).health.isWhole == one.summary(try one.rebuilt()).health.isWhole
            )
        }
        return thinned.samples
    }

    @Test("any values: the same state, with the exact sum", arguments: HistogramTests.kinds.indices)
    func values(kind: Int) throws {
        for seed in Sweep.seeds(4, long: 200) {
            let values = HistogramTests.values(kind, count: 300, seed: seed)
            let lines = values.enumerated().map { at, value in
                "{\"ts\":\(1_763_899_200_000 + at * 7),\"metric\":\"m\",\"value\":\(value)}"
            }
            let name = HistogramTests.kinds[kind].name
            #expect(try Self.check(lines, "\(name), seed \(seed)") > 250, "\(name), seed \(seed)")
        }
    }

    @Test("any lines: other events, bad lines, doubtful and far times stay what they are")
    func lines() throws {
        var samples = 0
        for seed in Sweep.seeds(300, long: 20_000) {
            var generator = EventLineGenerator(generator: SeededGenerator(seed: seed))
            var lines = (0..<generator.pick(1...80)).map { _ in generator.line() }
            if seed % 3 == 0 {
                let day = 86_400_000 * generator.pick(0...3)
                for index in 0..<40 {
                    lines.append(
                        "{\"ts\":\(1_763_899_200_000 + index),\"metric\":\"m\",\"value\":\(index)}")
                }
                lines.append("{\"ts\":\(1_763_899_200_000 + day),\"metric\":\"m\",\"value\":1}")
            }
            lines = lines.filter { !$0.isEmpty && !$0.contains("\"frame\"") }
            guard !lines.isEmpty else { continue }
            let at = generator.one([nil, 1_763_899_220_000, 12])
            samples += try Self.check(lines, at: at, "seed \(seed)")
        }
        let least = TestMode.rounds(1_000)
        #expect(samples > least, "little was thinned: the test saw little")
    }

    @Test("successes and failures, by ok and by status, are histograms of their own")
    func outcomes() throws {
        let lines = (0..<60).map { index in
            let outcome = ["", ",\"ok\":false", ",\"labels\":{\"status\":500}"][index % 3]
            return
                "{\"ts\":\(1_763_899_200_000 + index),\"metric\":\"m\",\"value\":\(index)\(outcome)}"
        }
        #expect(try Self.check(lines, "outcomes") == 59)
        let (header, bytes) = Self.section(lines)
        let thinned = try #require(SectionThinner.thin(header, bytes))
        #expect(thinned.histograms == 3)
        let text = String(decoding: thinned.bytes, as: UTF8.self)
        #expect(text.contains("\"count\":20,\"sum\":570"), "\(text)")
        #expect(text.contains("\"errors\":20"), "\(text)")
    }

    @Test("a section that would not become smaller, or may have strays, stays as it is")
    func refused() throws {
        let sample = { (index: Int, ms: Int) in "{\"ts\":\(ms),\"metric\":\"m\",\"value\":\(index)}"
        }
        let seconds = (0..<50).map { sample($0, 1_763_899_200_000 + $0 * 1_000) }
        let (header, bytes) = Self.section(seconds)
        #expect(SectionThinner.thin(header, bytes) == nil, "one sample a second")
        let days = (0..<50).map { sample($0, 1_763_899_200_000 + $0 / 25 * 86_500_000) }
        let (other, otherBytes) = Self.section(days)
        #expect(SectionThinner.thin(other, otherBytes) == nil, "more than a day")
        let close = (0..<50).map { sample($0, 1_763_899_200_000 + $0) }
        let (third, thirdBytes) = Self.section(close)
        let thinned = try #require(SectionThinner.thin(third, thirdBytes))
        var again = third
        again.events -= thinned.samples - thinned.histograms
        again.thinned = ThinnedLines(hash: 1, events: 50)
        #expect(SectionThinner.thin(again, thinned.bytes) == nil, "thinned already")
    }
}
