import Testing
import TrackerImport
import TrackerLog
import TrackerTestSupport

@Suite("Import: Gatling's binary log")
struct GatlingBinaryTests {
    @Test func records() {
        let imported = Imported(GatlingWriter.whole.bytes)
        #expect(imported.error == nil)
        #expect(imported.format == "Gatling binary log")
        #expect(imported.losses.count == 0)
        let expected = #"""
            {"ts":1767225600010,"metric":"http.latency_ms","value":15,"unit":"ms","run":"t-1","labels":{"route":"Suche 东","group":"shop,cart"},"ok":true}
            {"ts":1767225600030,"metric":"http.latency_ms","value":2,"unit":"ms","run":"t-1","labels":{"route":"Suche 东","group":"shop","error":"refused: é"},"ok":false}
            {"ts":1767225600010,"metric":"group.latency_ms","value":30,"unit":"ms","run":"t-1","labels":{"group":"shop"},"ok":true}
            {"ts":1767225600050,"metric":"http.latency_ms","value":9,"unit":"ms","run":"t-1","labels":{"route":"Buy"},"ok":true}
            """#
        #expect(imported.lines.dropLast(2).joined(separator: "\n") == expected)
        let run = imported.started.first
        #expect(run?.test == "org.example.Sim")
        #expect(run?.timestamp.milliseconds == 1_767_225_600_000)
        #expect(imported.param("generator_version") == "3.14.3")
        #expect(imported.param("description") == "nightly")
        #expect(run?.params["users"]?.intValue == 1)
        #expect(imported.reported("tool_errors") == 1)
    }

    @Test("any split of the bytes gives the same events")
    func splits() {
        let bytes = GatlingWriter.whole.bytes
        let whole = Imported(bytes).lines
        #expect(Imported(bytes, pieces: [1]).lines == whole)
        for seed in UInt64(1)...20 {
            var generator = SeededGenerator(seed: seed)
            let pieces = (0..<20).map { _ in Int.random(in: 1...40, using: &generator) }
            #expect(Imported(bytes, pieces: pieces).lines == whole, "seed \(seed)")
        }
    }

    @Test("cut anywhere it gives the records that are whole, and tells of the one that is not")
    func cuts() {
        let bytes = GatlingWriter.whole.bytes
        let whole = Imported(bytes)
        let first = GatlingWriter().bytes.count
        for count in 0..<bytes.count {
            let cut = Imported(Array(bytes.prefix(count)))
            if count < first {
                #expect(cut.error != nil, "cut after \(count) bytes")
                continue
            }
            // Where a record is cut and none is whole, there is nothing to keep.
            let hasNothing = cut.samples.isEmpty && cut.losses.count > 0
            #expect((cut.error != nil) == hasNothing, "cut after \(count) bytes")
            #expect(whole.samples.starts(with: cut.samples), "cut after \(count) bytes")
            #expect(cut.losses.count <= 1)
        }
        #expect(
            Imported(Array(bytes.dropLast())).losses.text?.contains("the last record is cut")
                == true)
    }

    @Test func damage() {
        for seed in UInt64(1)...200 {
            var generator = SeededGenerator(seed: seed)
            var bytes = GatlingWriter.whole.bytes
            for _ in 0..<3 {
                let index = Int.random(in: 0..<bytes.count, using: &generator)
                bytes[index] = UInt8.random(in: 0...255, using: &generator)
            }
            let damaged = Imported(bytes)
            #expect(damaged.lines.allSatisfy { $0.hasPrefix("{\"ts\":") }, "seed \(seed)")
        }
    }

    @Test("records of no sense end the reading, with the offset")
    func nonsense() {
        var log = GatlingWriter.whole
        let offset = log.bytes.count
        log.bytes.append(9)
        let imported = Imported(log.bytes)
        #expect(imported.samples.count == 4)
        let text = imported.losses.text ?? ""
        #expect(text.contains("offset \(offset): a record of the unknown kind 9"))
    }
}
