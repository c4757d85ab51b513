import Testing
import TrackerExport
import TrackerImport
import TrackerIndexer
import TrackerLog
import TrackerTestSupport

@Suite("Report: the events in a page")
struct EmbeddedEventsTests {
    private func session() throws -> ExportHarness {
        var generator = SeededGenerator(seed: 8)
        let head = [
            #"{"ts":1763899200000,"event":"session","name":"mine"}"#,
            #"{"ts":1763899200000,"event":"run_started","run":"a","target":"http://h/","params":{"rate":5}}"#,
            #"{"ts":1763899230000,"event":"run_finished","run":"a","summary":{"rps":5}}"#,
            #"{"ts":1763899201000,"event":"note","text":"a note","run":"a"}"#,
        ]
        let samples = (0..<600).map { index in
            ExportHarness.line(
                .sample(
                    Sample(
                        timestamp: Timestamp(clamping: 1_763_899_200_000 + Double(index) * 50),
                        metric: "http.latency_ms", value: .random(in: 1...50, using: &generator),
                        unit: "ms", run: "a", labels: [Label("route", "/\(index % 3)")],
                        ok: index % 9 != 0)))
        }
        return try ExportHarness(lines: head + samples)
    }

    private func page(_ session: ExportHarness, room: Int) throws -> (EmbeddedEvents, [UInt8]) {
        let events = try EmbeddedEvents(
            try session.selection(), room: room, from: session.storage, now: .epoch)
        let lines = events.text.chunks(of: 120).map { String(decoding: $0, as: UTF8.self) }
        let text =
            "<!doctype html>\n\(ReportMarks.generator)\n<p>a page</p>\n\(ReportMarks.opening)\n"
            + lines.joined(separator: "\n") + "\n\(ReportMarks.closing)\n</html>\n"
        return (events, Array(text.utf8))
    }

    @Test("where they fit, every event comes back", arguments: [1, 119, 5_000, Int.max])
    func whole(_ pieces: Int) throws {
        let session = try session()
        let (events, page) = try page(session, room: 200_000)
        #expect(events.isWhole && events.holds.contains("604 events"))
        let back = try ExportHarness(importing: page, pieces: pieces)
        #expect(try back.events.lines == session.events.lines)
    }

    @Test("where they do not, the histograms of each second are the same")
    func thinned() throws {
        let session = try session()
        let (events, page) = try page(session, room: 100)
        #expect(!events.isWhole && events.holds.contains("600 samples"))
        let back = try ExportHarness(importing: page)
        let (old, new) = (try session.summary, try back.summary)
        #expect(new.name == "mine" && new.notes == old.notes)
        #expect(new.runs.map(\.params) == old.runs.map(\.params))
        #expect(new.runs.map(\.reported) == old.runs.map(\.reported))
        #expect(new.runs.map(\.timelines).count == 1)
        for (a, b) in zip(old.runs.flatMap(\.timelines), new.runs.flatMap(\.timelines)) {
            #expect(a == b)
        }
        #expect(new.runs[0].started == old.runs[0].started)
    }

    @Test("a page that is cut, or whose events were changed, is refused")
    func damaged() throws {
        let session = try session()
        let (_, page) = try page(session, room: 200_000)
        var changed = page
        let middle = page.count / 2
        for at in middle..<middle + 60 { changed[at] = UInt8(ascii: "A") }
        let empty = "<!doctype html>\n\(ReportMarks.generator)\n<p>none</p>\n"
        for bytes in [Array(page.prefix(page.count / 2)), changed, Array(empty.utf8)] {
            #expect(throws: SessionImport.Failure.self) {
                try ExportHarness(importing: bytes)
            }
        }
    }
}

extension [UInt8] {
    fileprivate func chunks(of size: Int) -> [ArraySlice<UInt8>] {
        stride(from: 0, to: count, by: size).map { self[$0..<Swift.min($0 + size, count)] }
    }
}
