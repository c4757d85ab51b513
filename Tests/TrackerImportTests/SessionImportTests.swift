import Testing
import TrackerImport
import TrackerLog
import TrackerTestSupport

@Suite("Import: a file becomes a session of the log")
struct SessionImportTests {
    private static let user = "u"
    private static let header = "response-time,DNS+dialup,status-code,offset\n"
    /// Each row a second after the one before, its latency so many seconds.
    private static let rows = (1...200).map { "\($0).0,0,200,\($0).0\n" }
    private static var file: [UInt8] { Array((header + rows.joined()).utf8) }

    private func start(
        _ id: String, _ storage: MemoryStorage, isLive: Bool = false
    ) throws -> SessionImport {
        SessionImport(
            id: id, user: try UserID(Self.user), anchor: .given(Imported.anchor), target: nil,
            isLive: isLive, storage: storage)
    }

    private func recovered(_ storage: MemoryStorage, _ id: String) throws -> RecoveredSession {
        try RecoveredSession(storage, try UserID(Self.user), ContentID.session(id))
    }

    private func feed(_ session: SessionImport, _ bytes: [UInt8], pieces: Int) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = Array(rest.prefix(pieces))
            try unsafe piece.withUnsafeBytes { try unsafe session.feed($0) }
            rest = rest.dropFirst(pieces)
        }
    }

    @Test(
        "an import that was interrupted begins again, and each value counts once",
        arguments: [1, 700, 2_000, 3_900])
    func interrupted(_ end: Int) throws {
        let storage = MemoryStorage()
        let first = try start("a", storage)
        try feed(first, Array(Self.file.prefix(end)), pieces: 64)
        try first.pause()
        let second = try start("a", storage)
        try feed(second, Self.file, pieces: 1_000)
        try second.finish(name: "file")
        let session = try recovered(storage, "a")
        #expect(session.values.count == Self.rows.count)
        #expect(Set(session.values).count == Self.rows.count)
        #expect(session.conflicts == 0 && session.badLines == 0 && session.gaps == 0)
    }

    @Test("the same file twice is the same frames, however it is read")
    func repeated() throws {
        let storage = MemoryStorage()
        for pieces in [7, 100_000] {
            let session = try start("a", storage)
            try feed(session, Self.file, pieces: pieces)
            try session.finish(name: "file")
        }
        let session = try recovered(storage, "a")
        #expect(session.values.count == Self.rows.count)
        #expect(session.conflicts == 0)
        #expect(session.duplicates > 0)
    }

    @Test("what is watched is announced with its first value, and its last start counts")
    func live() throws {
        let lines = ImportFixture.k6[0].text.split(separator: "\n").map { String($0) + "\n" }
        let storage = MemoryStorage()
        let session = try start("live", storage, isLive: true)
        for line in lines.prefix(4) { try feed(session, Array(line.utf8), pieces: .max) }
        #expect(try recovered(storage, "live").segments.isEmpty)
        try session.pause()
        #expect(session.format == "k6 NDJSON")
        #expect(try recovered(storage, "live").values.count == 1)
        for line in lines.dropFirst(4) { try feed(session, Array(line.utf8), pieces: .max) }
        try session.finish(name: "live")
        let end = try recovered(storage, "live")
        #expect(end.values.count == 4 && end.conflicts == 0)
        #expect(session.runs.count == 1)
    }

    @Test("a file that is refused leaves no session")
    func refused() throws {
        let storage = MemoryStorage()
        let session = try start("b", storage)
        #expect(throws: SessionImport.Failure.self) {
            try feed(session, Array("nothing that is known\n".utf8), pieces: 5)
            try session.finish(name: "file")
        }
        #expect(try recovered(storage, "b").segments.isEmpty)
    }

    @Test("frames end by what is in them: a second, or enough text")
    func batches() throws {
        func sizes(_ times: [Double]) throws -> [Int] {
            var (batches, sizes) = (EventBatches(), [Int]())
            for time in times {
                let sample = Sample(
                    timestamp: Timestamp(clamping: time), metric: "m", value: 1)
                try batches.add([.sample(sample)]) { sizes.append($0.count) }
            }
            try batches.flush { sizes.append($0.count) }
            return sizes
        }
        #expect(try sizes([0, 10, 999, 1_000, 1_500, 2_100]) == [3, 2, 1])
        // Times that go back stay in the frame.
        #expect(try sizes([5_000, 0, 4_000]) == [3])
        let many = try sizes([Double](repeating: 0, count: 3_000))
        #expect(many.count == 3 && many.reduce(0, +) == 3_000)
        #expect(try sizes([]).isEmpty)
    }

    @Test("the same bytes have the same name, and others another")
    func names() {
        func name(_ bytes: [UInt8], pieces: Int) -> String {
            var id = ContentID()
            var rest = bytes[...]
            while !rest.isEmpty {
                unsafe Array(rest.prefix(pieces)).withUnsafeBytes { unsafe id.add($0) }
                rest = rest.dropFirst(pieces)
            }
            return id.text
        }
        #expect(name(Self.file, pieces: 1) == name(Self.file, pieces: 1_000))
        #expect(name(Self.file, pieces: 1_000) != name(Self.file + [0], pieces: 1_000))
        #expect(name(Self.file, pieces: 9).count == 16)
    }
}
