import Testing
import TrackerImport
import TrackerLog
import TrackerTestSupport

/// Writes the records of Gatling's binary log.
private struct GatlingWriter {
    var bytes: [UInt8] = []
    private var known: [String: Int32] = [:]

    init(start: Int64 = 1_767_225_600_000, scenarios: [String] = ["Scen"]) {
        bytes.append(0)
        text("3.14.3")
        text("org.example.Sim")
        for shift in stride(from: 56, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: start >> Int64(shift)))
        }
        text("nightly")
        int(Int32(scenarios.count))
        for scenario in scenarios { text(scenario) }
        int(1)
        int(3)
        bytes += [1, 2, 0xFF]
    }

    mutating func int(_ value: Int32) {
        for shift in stride(from: 24, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: value >> Int32(shift)))
        }
    }

    mutating func text(_ text: String) {
        let isLatin = text.unicodeScalars.allSatisfy { $0.value < 256 }
        let encoded =
            isLatin
            ? text.unicodeScalars.map { UInt8($0.value) }
            : text.utf16.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }
        int(Int32(encoded.count))
        if !encoded.isEmpty { bytes += encoded + [isLatin ? 0 : 1] }
    }

    mutating func knownText(_ value: String) {
        if let number = known[value] { return int(-number) }
        let number = Int32(known.count + 1)
        known[value] = number
        int(number)
        text(value)
    }

    mutating func request(
        _ groups: [String], _ name: String, _ from: Int32, _ to: Int32, _ message: String? = nil
    ) {
        bytes.append(1)
        int(Int32(groups.count))
        for group in groups { knownText(group) }
        knownText(name)
        int(from)
        int(to)
        bytes.append(message == nil ? 1 : 0)
        knownText(message ?? "")
    }

    mutating func user(isStart: Bool) {
        bytes.append(2)
        int(0)
        bytes.append(isStart ? 1 : 0)
        int(5)
    }

    mutating func group(_ groups: [String], _ from: Int32, _ to: Int32) {
        bytes.append(3)
        int(Int32(groups.count))
        for group in groups { knownText(group) }
        int(from)
        int(to)
        int(to - from)
        bytes.append(1)
    }

    mutating func error(_ message: String) {
        bytes.append(4)
        knownText(message)
        int(7)
    }

    static var whole: GatlingWriter {
        var log = GatlingWriter()
        log.user(isStart: true)
        log.request(["shop", "cart"], "Suche 东", 10, 25)
        log.request(["shop"], "Suche 东", 30, 32, "refused: é")
        log.group(["shop"], 10, 40)
        log.request([], "Buy", 50, 59)
        log.error("no attribute")
        log.user(isStart: false)
        return log
    }
}

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
            #expect(cut.error == nil, "cut after \(count) bytes")
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
