import TrackerIndexer
import TrackerLog
import TrackerTestSupport

/// Rows of a catalogue with valid checksums and any bytes. The first byte says how many at the end
/// are of a second saving.
enum CatalogTarget {
    static func complaint(about input: [UInt8]) -> String? {
        let cut = Int(input.first ?? 0)
        let rows = input.dropFirst()
        let blocks = [Array(rows.dropLast(cut)), Array(rows.suffix(cut))]
        do {
            let storage = MemoryStorage()
            try storage.place(DataLayout.catalog, CatalogContent.file(blocks))
            var file = CatalogFile()
            let records = file.load(from: storage)
            for (one, next) in zip(records, records.dropFirst()) where !(one.key < next.key) {
                return "rows are not by key, each once"
            }
            // Everything that is ever done with a row: nothing of it may trap.
            for record in records {
                _ = record.entry.json.text
                if let headline = record.entry.headline {
                    _ = headline.hasFewSamples(beyond: 0.99)
                    guard headline.count * 1_000 >= 0, headline.errors * 1_000 >= 0 else {
                        return "a negative count"
                    }
                }
            }
            var other = CatalogFile()
            try other.save([], all: { records }, in: storage)
            guard other.load(from: storage) == records else {
                return "rows are not the same once they are written and read"
            }
            return nil
        } catch {
            return "memory does not fail: \(error)"
        }
    }

    /// A row with everything, one with nothing, and a session that is gone.
    static func seeds() throws -> [[UInt8]] {
        let (user, session) = (try UserID("Ann"), try SessionID("s 1"))
        let empty = CatalogRecord(
            entry: CatalogEntry(
                user: user, session: session, tags: [], isArchived: false, isRunning: false,
                targets: [], runCount: 0, eventCount: 0, badRegionCount: 0, badLineCount: 0,
                missingFrames: 0),
            stamp: 1, digest: 2, segments: 3, frames: 4)
        var full = empty
        full.entry.session = try SessionID("s 2")
        (full.entry.name, full.entry.tags, full.entry.targets) = ("n", ["a", "ü"], ["http://x/"])
        (full.entry.commits, full.entry.tests) = (["9f3c2a1"], ["checkout"])
        full.entry.conditions = "9f3c2a1b00000000"
        (full.entry.first, full.entry.last) = (1_763_899_200_000, 1_763_899_201_000.5)
        (full.entry.isArchived, full.entry.isRunning) = (true, true)
        full.entry.headline = CatalogEntry.Headline(
            metric: "m", unit: "ms", count: 9, errors: 1, successes: 8, perSecond: 2.5, p50: 1,
            p99: nil, p99OverTime: [1, 2.5, 3])
        let head = CatalogFile.blockHeadBytes
        let rows = CatalogContent.block([.row(empty), .row(full)]).dropFirst(head)
        let later = CatalogContent.block([.gone(empty.key)]).dropFirst(head)
        return [[0] + rows, [UInt8(later.count)] + rows + later]
    }
}
