import Glibc
import Testing
import TrackerIndexTestSupport
import TrackerIndexer
import TrackerLog
import TrackerTestSupport

@Suite("The catalogue's file")
struct CatalogFileTests {
    static func record(_ number: Int, _ stamp: UInt64) throws -> CatalogRecord {
        var entry = CatalogEntry(
            user: try UserID(number % 3 == 0 ? "Ann Lee" : "bob"),
            session: try SessionID("s\(number)"), tags: [], isArchived: number % 4 == 1,
            isRunning: number % 5 == 1, targets: ["http://localhost:\(number)/", "ü"],
            runCount: number, eventCount: 1 << 53, badRegionCount: 1, badLineCount: 2,
            missingFrames: 3)
        if number % 2 == 0 {
            (entry.commits, entry.tests) = (["9f3c", "ü"], ["checkout"])
            entry.unkeptNames = number
            entry.conditions = number % 4 == 0 ? "00ff" : nil
            (entry.name, entry.tags) = ("name \(number)", ["a", "b\n"])
            (entry.first, entry.last) = (1_763_899_200_000.25, 1_763_899_201_000)
            entry.headline = CatalogEntry.Headline(
                metric: "m", unit: number % 4 == 0 ? "ms" : nil, count: 1 << 53, errors: 4,
                successes: 1 << 53, perSecond: 0.1, p50: -1e300, p99: .leastNonzeroMagnitude,
                p99OverTime: [1, 0.5, 123])
        }
        return CatalogRecord(entry: entry, stamp: stamp, digest: ~stamp, segments: 7, frames: 8)
    }

    /// Ordered by key, as the file must return it.
    private static func sorted(
        _ rows: [DataFolder.SessionKey: CatalogRecord]
    ) -> [CatalogRecord] { rows.values.sorted { $0.key < $1.key } }

    @Test("any saves, with loads between them: the last version of each row")
    func savings() throws {
        for seed in Sweep.seeds(60, long: 5_000) {
            var generator = SeededGenerator(seed: seed)
            let storage = MemoryStorage()
            var rows: [DataFolder.SessionKey: CatalogRecord] = [:]
            var file = CatalogFile()
            var written = 0
            for step in 0..<40 {
                var changes: [CatalogChange] = []
                for _ in 0..<Int.random(in: 1...(step == 0 ? 30 : 3), using: &generator) {
                    let number = Int.random(in: 0..<40, using: &generator)
                    let record = try Self.record(number, generator.next())
                    let isGone = Int.random(in: 0..<4, using: &generator) == 0
                    rows[record.key] = isGone ? nil : record
                    changes.append(isGone ? .gone(record.key) : .row(record))
                }
                let all = Self.sorted(rows)
                if try file.save(changes, all: { all }, in: storage) { written += 1 }
                var other = CatalogFile()
                #expect(other.load(from: storage) == all, "seed \(seed), step \(step)")
                if Bool.random(using: &generator) { file = other }
            }
            // Rewritten at first and after many changes; otherwise appended to.
            #expect((1..<10).contains(written), "seed \(seed): \(written)")
        }
    }

    /// A file after three saves, and its rows after each of them.
    private func threeSaves() throws -> (bytes: [UInt8], states: [[CatalogRecord]]) {
        let storage = MemoryStorage()
        var file = CatalogFile()
        var rows: [DataFolder.SessionKey: CatalogRecord] = [:]
        var states: [[CatalogRecord]] = []
        for save in 0..<3 {
            let changes = try (0..<(save == 0 ? 5 : 1)).map { number in
                try Self.record(number + save, UInt64(save))
            }
            for record in changes { rows[record.key] = record }
            let all = Self.sorted(rows)
            try file.save(changes.map(CatalogChange.row), all: { all }, in: storage)
            states.append(all)
        }
        return (try storage.readAll(DataLayout.catalog, limit: 1 << 20), states)
    }

    @Test("truncated anywhere, or with any bit flipped: the rows of an earlier save, or none")
    func damage() throws {
        let (bytes, states) = try threeSaves()
        #expect(CatalogContent.usable(bytes)?.records == states[2])
        var seen: Set<Int> = []
        func check(_ damaged: [UInt8], _ what: String) {
            guard let content = CatalogContent.usable(damaged) else { return }
            let state = states.dropLast().firstIndex(of: content.records)
            #expect(state != nil, "\(what)")
            if let state { seen.insert(state) }
        }
        for length in bytes.indices { check(Array(bytes[..<length]), "cut at \(length)") }
        for index in bytes.indices {
            for bit in 0..<8 {
                var damaged = bytes
                damaged[index] ^= 1 << bit
                check(damaged, "bit \(bit) of \(index)")
            }
        }
        #expect(seen == [0, 1])
    }

    @Test("after an interrupted save the file is rewritten")
    func brokenEnd() throws {
        let (bytes, states) = try threeSaves()
        let storage = MemoryStorage()
        try storage.place(DataLayout.catalog, Array(bytes.dropLast(3)))
        var file = CatalogFile()
        #expect(file.load(from: storage) == states[1])
        #expect(try file.save([.row(states[2][0])], all: { states[2] }, in: storage))
        #expect(file.load(from: storage) == states[2])
    }

    @Test("a file that another process has changed is not appended to")
    func replaced() throws {
        let (bytes, states) = try threeSaves()
        let storage = MemoryStorage()
        try storage.place(DataLayout.catalog, bytes)
        var (one, two) = (CatalogFile(), CatalogFile())
        _ = one.load(from: storage)
        _ = two.load(from: storage)
        #expect(try !one.save([.gone(states[2][0].key)], all: { [] }, in: storage))
        let rest = Array(states[2].dropFirst())
        #expect(try two.save([.gone(states[2][0].key)], all: { rest }, in: storage))
        #expect(two.load(from: storage) == rest)
    }

    @Test("an append that fails: the whole file is rewritten")
    func appendFails() throws {
        for after in [0, 1, 100] {
            let (bytes, states) = try threeSaves()
            let storage = MemoryStorage()
            try storage.place(DataLayout.catalog, bytes)
            let faulty = FaultyStorage(
                storage,
                plan: FaultPlan { call in
                    guard call.operation == .append, call.occurrence == 0 else { return nil }
                    return after == 0 ? .error(ENOSPC) : .short(after)
                })
            var file = CatalogFile()
            _ = file.load(from: faulty)
            let row = try Self.record(1, 99)
            let all = states[2].map { $0.key == row.key ? row : $0 }
            try file.save([.row(row)], all: { all }, in: faulty)
            var other = CatalogFile()
            #expect(other.load(from: storage) == all, "\(after)")
        }
    }

    @Test("one change of a thousand rows costs the bytes of one row")
    func cost() throws {
        let records = try (0..<1_000).map { try Self.record($0, 1) }.sorted { $0.key < $1.key }
        let storage = FaultyStorage(MemoryStorage())
        var file = CatalogFile()
        try file.save([], all: { records }, in: storage)
        let before = storage.calls.count
        let changed = try file.save(
            [.row(try Self.record(7, 2))], all: { records }, in: storage)
        #expect(!changed)
        let bytes = storage.calls[before...].reduce(0) { $0 + $1.byteCount }
        #expect(bytes > 50 && bytes < 500, "\(bytes) bytes")
    }

    @Test("a save of more than half of the rows writes the file anew: it holds each row once")
    func mostRows() throws {
        let records = try (0..<1_000).map { try Self.record($0, 1) }.sorted { $0.key < $1.key }
        let storage = MemoryStorage()
        var file = CatalogFile()
        try file.save([], all: { records }, in: storage)
        let size = try storage.readAll(DataLayout.catalog, limit: 1 << 20).count
        for count in [500, 501, 1_000] {
            let changes = try (0..<count).map { CatalogChange.row(try Self.record($0, 1)) }
            let isNew = try file.save(changes, all: { records }, in: storage)
            #expect(isNew == (count > 500), "\(count)")
            let now = try storage.readAll(DataLayout.catalog, limit: 1 << 20).count
            #expect((now == size) == isNew, "\(count): \(now) bytes of \(size)")
            if count == 501 {
                file = CatalogFile()
                #expect(file.load(from: storage) == records)
            }
        }
    }

    @Test("counts that are too large, and invalid numbers and flags, are refused")
    func hostileNumbers() throws {
        let record = try Self.record(4, 0x1122_3344_5566_7788)
        let good = Array(CatalogContent.block([.row(record)]).dropFirst(CatalogFile.blockHeadBytes))
        #expect(try CatalogContent(CatalogContent.file([good])).records == [record])
        let mark: [UInt8] = [0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11]
        let stamp = try #require(good.firstRange(of: mark)?.upperBound)
        // The stamp is followed by the digest, two counts, three flags, six counts and two times.
        // The digest and the times are optional: a byte before each says that it is present.
        let segments = stamp + 9
        let runs = segments + 2 * 8 + 3
        let first = runs + 6 * 8 + 1
        let counts = [0, 8].map { segments + $0 } + [0, 8, 16, 24, 32, 40].map { runs + $0 }
        let times = [first, first + 9]
        for start in counts + times {
            for hostile: UInt64 in [.max, 1 << 63, Double.nan.bitPattern] {
                var rows = good
                for byte in 0..<8 {
                    rows[start + byte] = UInt8(truncatingIfNeeded: hostile >> (8 * byte))
                }
                let content = CatalogContent.usable(CatalogContent.file([rows]))
                let isTime = times.contains(start) && hostile == 1 << 63
                #expect((content == nil) == !isTime, "\(start): \(hostile)")
            }
        }
        var rows = good
        rows[runs - 1] = 2
        #expect(throws: ColumnError("rows[0].record.unfinished", "is neither 0 nor 1")) {
            try CatalogContent(CatalogContent.file([rows]))
        }
    }

    @Test("a row with an invalid user or session is an error, not skipped")
    func hostileNames() throws {
        var rows = [UInt8](repeating: 0, count: 4)
        #expect(throws: ColumnError("rows[0].user", "is not a valid value")) {
            try CatalogContent(CatalogContent.file([rows]))
        }
        rows = [1, 0, 0, 0, UInt8(ascii: "u"), 1, 0, 0, 0, UInt8(ascii: "/"), 0]
        #expect(throws: ColumnError("rows[0].session", "is not a valid value")) {
            try CatalogContent(CatalogContent.file([rows]))
        }
    }

    @Test("an unknown stamp is read back as unknown, a digest of 0 as 0")
    func unknown() throws {
        var record = try Self.record(1, 0)
        (record.stamp, record.digest) = (nil, 0)
        let rows = CatalogContent.block([.row(record)]).dropFirst(CatalogFile.blockHeadBytes)
        let read = try CatalogContent(CatalogContent.file([Array(rows)])).records
        #expect(read == [record])
        #expect(read.first?.stamp == nil && read.first?.digest == 0)
    }
}
