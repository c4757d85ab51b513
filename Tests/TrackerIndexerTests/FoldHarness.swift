import Glibc
import Testing
import TrackerIndexer
import TrackerLog
import TrackerTestSupport

/// One session in a storage, and the index of it.
struct FoldHarness {
    let user: UserID
    let session: SessionID
    let storage: any Storage
    let tools = FoldTools()

    init(_ storage: any Storage = MemoryStorage(), session: String = GeneratedLog.session) throws {
        user = try UserID("Ann")
        self.session = try SessionID(session)
        self.storage = storage
    }

    var folder: StoragePath { DataLayout.sessionFolder(user, session) }

    func newIndex() -> SessionIndex { SessionIndex(user: user, session: session) }

    func append(_ bytes: [UInt8], to name: String) throws {
        try storage.createDirectory(folder)
        let file = try storage.openOrCreate(folder.appending(name))
        #expect(try file.append(bytes) == bytes.count)
    }

    func append(_ lines: [String], to name: String) throws {
        try append(Array(lines.map { $0 + "\n" }.joined().utf8), to: name)
    }

    /// Appends one frame with these lines.
    func appendFrame(_ lines: [String], writer: String, seq: Int, file: String? = nil) throws {
        let section = GeneratedLog.Section(
            identity: FrameIdentity(writer: writer, seq: seq), lines: lines)
        let bytes = SegmentBuilder.frame(section.bytes(session: session.value))
        try append(bytes, to: file ?? "\(GeneratedLog.writer(0)).000001.jsonl.zst")
    }

    @discardableResult
    func update(_ index: SessionIndex) throws -> Bool {
        index.update(try SessionListing(user, session, in: storage), in: storage, with: tools)
    }

    /// Folded from nothing.
    func rebuilt() throws -> SessionIndex {
        let index = newIndex()
        try update(index)
        return index
    }

    func text(_ index: SessionIndex) -> String {
        String(decoding: index.state.encoded().text, as: UTF8.self)
    }

    func summary(_ index: SessionIndex, nowMs: Double = 0) -> SessionSummary {
        index.summary(nowMs: nowMs, in: storage)
    }

    /// Summary of all lines, written to one bare file.
    static func summary(of lines: [String]) throws -> SessionSummary {
        let harness = try FoldHarness()
        try harness.append(lines, to: "shared.000001.jsonl")
        return harness.summary(try harness.rebuilt())
    }

    /// To a snapshot and back, as when the program ends and starts again.
    func restarted(_ index: SessionIndex) throws -> SessionIndex {
        try Snapshot.save(index, state: index.state.encoded().text, in: storage)
        return try #require(Snapshot.load(user: user, session: session, from: storage))
    }
}

/// Sweeps are longer when the environment asks for it.
enum Sweep {
    static let isLong = TestMode.isLong

    static func seeds(_ usual: Int, long: Int) -> Range<UInt64> {
        0..<UInt64(TestMode.rounds(usual, long: long))
    }
}
