import Testing
import TrackerIndexTestSupport
import TrackerIndexer
import TrackerLog
import TrackerTestSupport
import TrackerUpkeep

/// Twice the files of a session cost twice the calls to the disk, whatever is done with them.
///
/// Calls are counted and not time, so the law holds on any machine. `Benchmarks/run files` measures
/// the time.
@Suite("Cost by files")
struct CostByFilesTests {
    /// How the segments of a session may be distributed over writers.
    enum Shape: CaseIterable, Sendable {
        /// A writer for each.
        case writers
        /// One writer, whose numbers go on from segment to segment.
        case rotated
        /// Lines without a header.
        case bare

        func segment(_ index: Int, claimed: Int? = nil) -> (name: String, bytes: [UInt8]) {
            let hex = String(index + 1, radix: 16)
            let own = String(repeating: "0", count: 16 - hex.count) + hex
            let events = SegmentBuilder.samples(index..<index + 1)
            func frame(_ writer: String, _ seq: Int) -> [UInt8] {
                SegmentBuilder.frame(
                    SegmentBuilder.content(
                        session: GeneratedLog.session, writer: writer, seq: seq, events: events,
                        claimed: claimed))
            }
            switch self {
            case .writers: return ("\(own).000001.jsonl.zst", frame(own, 0))
            case .rotated:
                let writer = "00000000000000aa"
                return (
                    SegmentName(writer: writer, number: index + 1).fileName, frame(writer, index)
                )
            case .bare:
                let line = "{\"ts\":1763899200\(index),\"metric\":\"m\",\"value\":\(index)}\n"
                return ("\(own).000001.jsonl", Array(line.utf8))
            }
        }
    }

    private static func filled(
        _ shape: Shape, _ files: Int, claimed: Int? = nil
    ) throws -> FoldHarness {
        let storage = MemoryStorage()
        let harness = try FoldHarness(storage)
        for index in 0..<files {
            let (name, bytes) = shape.segment(index, claimed: claimed)
            try storage.place(harness.folder.appending(name), bytes)
        }
        return harness
    }

    /// Counts the calls of the body for so many files, and for twice as many.
    private static func check(
        _ shape: Shape, files: Int = 200, claimed: Int? = nil,
        count: (CountingStorage.Counts) -> Int = \.all, atMost ratio: Double = 2.2,
        prepare: (FoldHarness) throws -> Void = { _ in },
        _ body: (CountingStorage, FoldHarness) throws -> Void
    ) throws {
        let counts = try [files, 2 * files].map { files in
            let harness = try filled(shape, files, claimed: claimed)
            try prepare(harness)
            let counting = CountingStorage(harness.storage)
            try body(counting, harness)
            return count(counting.count)
        }
        #expect(
            Double(counts[1]) <= ratio * Double(counts[0]),
            "\(shape): \(counts[0]) calls for \(files) files, \(counts[1]) for twice as many")
        #expect(counts[0] >= files, "each file is looked at: \(counts)")
    }

    private static func key(_ harness: FoldHarness) -> DataFolder.SessionKey {
        DataFolder.SessionKey(user: harness.user, session: harness.session)
    }

    @Test("compact, more files than one compacted segment takes", arguments: Shape.allCases)
    func compact(_ shape: Shape) throws {
        // Looking through all of the trash for each compacted segment exceeds it with so many.
        try Self.check(shape, files: 2_100, atMost: 2.05) { storage, _ in
            let result = try CompactionHarness.compact(storage)[0]
            #expect(result.problem == nil && result.segments.count >= 2)
        }
    }

    @Test("compact, after a copy brought the inputs back", arguments: Shape.allCases)
    func compactAgain(_ shape: Shape) throws {
        try Self.check(
            shape,
            prepare: { harness in
                let files = try harness.storage.list(harness.folder).count
                try CompactionHarness.compact(harness.storage)
                let storage = try #require(harness.storage as? MemoryStorage)
                for index in 0..<files {
                    let (name, bytes) = shape.segment(index)
                    try storage.place(harness.folder.appending(name), bytes)
                }
            },
            { storage, _ in
                let result = try CompactionHarness.compact(storage)[0]
                #expect(result.problem == nil && result.finished.count >= 200)
            })
    }

    @Test("index, from nothing, on one thread and on two", arguments: Shape.allCases)
    func index(_ shape: Shape) throws {
        for threads in 1...2 {
            try Self.check(shape) { storage, _ in
                let report = try Indexer(storage: storage, threads: threads).run(rebuild: true)
                #expect(report.isSaved && report.events == report.segments)
            }
        }
    }

    @Test("index, with one new file", arguments: Shape.allCases)
    func indexOneMore(_ shape: Shape) throws {
        try Self.check(
            shape,
            prepare: { harness in
                _ = try Indexer(storage: harness.storage, threads: 1).run(rebuild: false)
                let line = "{\"ts\":1763899300000,\"metric\":\"m\",\"value\":1}"
                try harness.append([line], to: "shared.000001.jsonl")
            },
            { storage, _ in
                let report = try Indexer(storage: storage, threads: 1).run(rebuild: false)
                #expect(report.events == report.segments)
            })
    }

    @Test("index and server, in many steps: no file is opened in each of them")
    func steps() throws {
        let line = "{\"ts\":1763899200000,\"metric\":\"m\",\"value\":1}\n"
        let lines = String(repeating: line, count: 400)
        func fill(_ harness: FoldHarness) throws {
            let storage = try #require(harness.storage as? MemoryStorage)
            for entry in try storage.list(harness.folder) {
                try storage.place(harness.folder.appending(entry.name), Array(lines.utf8))
            }
        }
        try Self.check(.bare, files: 150, count: \.opens, prepare: fill) { storage, _ in
            let report = try Indexer(storage: storage, threads: 1).run(rebuild: true)
            #expect(report.events == 400 * report.segments)
        }
        try Self.check(.bare, files: 150, count: \.opens, prepare: fill) { storage, harness in
            let folder = try TemporaryFolder()
            let live = LiveIndex(storage: storage, root: folder.path)
            live.start()
            live.stop()
            // What `stop` saved is the beginning; the rest is folded from there.
            let report = try Indexer(storage: storage, threads: 1).run(rebuild: false)
            #expect(report.events == 400 * report.segments)
        }
    }

    @Test("verify, whole and with gaps", arguments: Shape.allCases)
    func verify(_ shape: Shape) throws {
        for lost in [0, 1] {
            try Self.check(
                shape,
                prepare: { harness in
                    let names = try harness.storage.list(harness.folder).map(\.name).sorted()
                    for (index, name) in names.enumerated() where index % 3 < lost {
                        try harness.storage.remove(harness.folder.appending(name))
                    }
                },
                { storage, harness in
                    let verifier = LogVerifier(storage: storage, now: VerifyLog.later)
                    let found = try verifier.verify(Self.key(harness))
                    #expect(found.badRegions == 0)
                })
        }
    }

    @Test("verify, each frame in two files", arguments: [Shape.writers, .rotated])
    func verifyRepeated(_ shape: Shape) throws {
        try Self.check(
            shape,
            prepare: { harness in
                let storage = try #require(harness.storage as? MemoryStorage)
                for (index, entry) in try storage.list(harness.folder).enumerated() {
                    let path = harness.folder.appending(entry.name)
                    let copy = SegmentName(writer: "ffffffffffffffff", number: index + 1)
                    try storage.place(
                        harness.folder.appending(copy.fileName),
                        try storage.readAll(path, limit: 1_000))
                }
            },
            { storage, harness in
                let verifier = LogVerifier(storage: storage, now: VerifyLog.later)
                let found = try verifier.verify(Self.key(harness))
                #expect(found.isWhole && 2 * found.repeatedFrames == found.files.count)
            })
    }

    @Test("repair, damage in each file", arguments: [Shape.writers, .rotated])
    func repair(_ shape: Shape) throws {
        try Self.check(shape, claimed: 2) { storage, harness in
            let repairer = Repairer(storage: storage, now: VerifyLog.later)
            let report = try repairer.apply(Self.key(harness))
            #expect(report.lines == report.regions.count && report.lines >= 200)
        }
    }

    @Test("prune and restore", arguments: Shape.allCases)
    func prune(_ shape: Shape) throws {
        try Self.check(shape) { storage, harness in
            var selection = PruneSelection()
            selection.named = [Self.key(harness)]
            #expect(try selection.plan(in: storage, now: VerifyLog.later).taken.count == 1)
            let trash = SessionTrash(storage)
            try trash.take(Self.key(harness))
            let entry = try #require(try trash.entries().first)
            #expect(try trash.restore(entry).files == entry.files)
        }
    }

    @Test("restore into a session whose files have the same names", arguments: Shape.allCases)
    func restoreBeside(_ shape: Shape) throws {
        try Self.check(
            shape,
            prepare: { harness in
                let files = try harness.storage.list(harness.folder).count
                try SessionTrash(harness.storage).take(Self.key(harness))
                let storage = try #require(harness.storage as? MemoryStorage)
                for index in 0..<files {
                    let bytes = shape.segment(index + files).bytes
                    try storage.place(
                        harness.folder.appending(shape.segment(index).name), bytes)
                }
            },
            { storage, harness in
                let trash = SessionTrash(storage)
                let entry = try #require(try trash.entries().first)
                let restored = try trash.restore(entry)
                #expect(restored.left.isEmpty && restored.renamed.count == entry.files)
            })
    }

    @Test("empty the trash of old segments", arguments: Shape.allCases)
    func empty(_ shape: Shape) throws {
        try Self.check(
            shape,
            prepare: { harness in try CompactionHarness.compact(harness.storage) },
            { storage, _ in
                let gone = try SessionTrash(storage).empty()
                #expect(gone.files >= 200)
            })
    }

    @Test("fold each file and merge the states", arguments: Shape.allCases)
    func merge(_ shape: Shape) throws {
        try Self.check(shape) { storage, harness in
            let tools = FoldTools()
            let listing = try SessionListing(harness.user, harness.session, in: storage)
            var segments: [FoldedSegment] = []
            for segment in listing.segments {
                let address = SegmentAddress(
                    user: harness.user, session: harness.session, name: segment.name)
                let file = try storage.openForReading(address.path)
                segments.append(try FoldedSegment.fold(file, as: address, with: tools).segment)
            }
            let published = try StatePublishing.publish(
                try StateFile.joined(segments), harness.user, harness.session, in: storage,
                with: tools)
            #expect(published.merged == segments.count && published.foldedBytes == 0)
        }
    }

    @Test("a writer starts in a folder of many files, and makes many", arguments: [Shape.rotated])
    func writer(_ shape: Shape) throws {
        try Self.check(shape) { storage, harness in
            var configuration = SessionWriter.Configuration()
            configuration.durability = .written
            let files = try harness.storage.list(harness.folder).count
            for index in 0..<files {
                let writer = SessionWriter(
                    storage: storage, user: harness.user, session: harness.session,
                    configuration: configuration)
                try writer.appendBatch(SegmentBuilder.samples(index..<index + 1))
                try writer.close()
            }
        }
    }
}
