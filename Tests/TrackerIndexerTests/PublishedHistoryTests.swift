import Testing
import TrackerLog
import TrackerTestSupport

@testable import TrackerIndexer

/// The rows of the session list, kept in order as they change, compared with sorting all of them.
@Suite("Published rows")
struct PublishedHistoryTests {
    @Test("are ordered newest first after any changes", arguments: [1, 2, 3, 4] as [UInt64])
    func order(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let history = PublishedIndex()
        var model: [DataFolder.SessionKey: CatalogEntry] = [:]
        for step in 0..<400 {
            var records: [CatalogRecord] = []
            let isMany = Int.random(in: 0..<20, using: &random) == 0
            for _ in 0..<(isMany ? 30 : Int.random(in: 1...3, using: &random)) {
                let number = Int.random(in: 0..<60, using: &random)
                var record = try CatalogFileTests.record(number, random.next())
                // Few times: many sessions have the same start, some have none.
                let hour = Int.random(in: 0...4, using: &random)
                record.entry.first = hour > 0 ? Timestamp.epoch + Double(hour) * 3_600_000 : nil
                records.append(record)
            }
            if Int.random(in: 0..<6, using: &random) == 0 {
                history.remove(records.map(\.key))
                for record in records { model[record.key] = nil }
            } else {
                history.publish(records)
                for record in records { model[record.key] = record.entry }
            }
            // Not read each time, so that rows stay unsorted between changes.
            guard Int.random(in: 0..<3, using: &random) > 0 else { continue }
            let expected = model.values.sorted(by: CatalogEntry.isNewer)
            #expect(history.catalog().entries == expected, "seed \(seed), step \(step)")
        }
    }

    @Test("summaries stay in memory up to a limit of bytes, and the latest in any case")
    func summaryBytes() throws {
        let index = PublishedIndex()
        let text = String(repeating: "x", count: IndexLimits.maxSummaryBytes / 3)
        func summary(_ number: Int, times: Int) throws -> SessionSummary {
            let params = JSONValue.array(Array(repeating: .string(text), count: times))
            let run = RunSummary(
                run: "r", state: .finished, params: params, environment: .emptyObject, series: [],
                timelines: [])
            return SessionSummary(
                user: try UserID("u"), session: try SessionID("s\(number)"), tags: [],
                isArchived: false, notes: [], runs: [run], health: .whole, eventCount: 1)
        }
        let keys = try (0..<4).map {
            DataFolder.SessionKey(user: try UserID("u"), session: try SessionID("s\($0)"))
        }
        for (number, key) in keys.prefix(3).enumerated() {
            _ = index.cache(
                try summary(number, times: 1), foldedBytes: 0, unreadBytes: 0, for: key)
        }
        #expect(keys.map(index.isCached) == [false, true, true, false])
        _ = index.cache(try summary(3, times: 4), foldedBytes: 0, unreadBytes: 0, for: keys[3])
        #expect(keys.map(index.isCached) == [false, false, false, true])
    }

    @Test("a stream has the newest version, and ends with its history", .timeLimit(.minutes(10)))
    func stream() async throws {
        let stream = try streamOfThreeVersions()
        var versions: [Int] = []
        for await version in stream { versions.append(version) }
        #expect(versions == [3])
    }

    private func streamOfThreeVersions() throws -> AsyncStream<Int> {
        let history = PublishedIndex()
        let stream = history.changes()
        for number in 1...3 { history.publish([try CatalogFileTests.record(number, 1)]) }
        return stream
    }

    @Test("a stream that is no longer read is removed", .timeLimit(.minutes(10)))
    func forgottenStream() async {
        let listeners = VersionListeners()
        for _ in 0..<3 { _ = listeners.stream() }
        let reading = Task { for await _ in listeners.stream() {} }
        reading.cancel()
        await reading.value
        #expect(listeners.count == 0)
        let stream = listeners.stream()
        #expect(listeners.count == 1)
        listeners.finish()
        #expect(listeners.count == 0)
        for await _ in stream {}
    }
}
