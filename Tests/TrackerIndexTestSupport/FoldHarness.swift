import Glibc
import Testing
package import TrackerIndexer
package import TrackerLog
import TrackerTestSupport

/// One session in a storage, and the index of it.
package struct FoldHarness {
    package let user: UserID
    package let session: SessionID
    package let storage: any Storage
    package let tools = FoldTools()

    package init(_ storage: any Storage = MemoryStorage(), session: String = GeneratedLog.session)
        throws
    {
        user = try UserID("Ann")
        self.session = try SessionID(session)
        self.storage = storage
    }

    package var folder: StoragePath { DataLayout.sessionFolder(user, session) }

    package func newIndex() -> SessionIndex { SessionIndex(user: user, session: session) }

    package func append(_ bytes: [UInt8], to name: String) throws {
        try storage.createDirectory(folder)
        let file = try storage.openOrCreate(folder.appending(name))
        #expect(try file.append(bytes) == bytes.count)
    }

    package func append(_ lines: [String], to name: String) throws {
        try append(Array(lines.map { $0 + "\n" }.joined().utf8), to: name)
    }

    /// Appends one frame with these lines.
    package func appendFrame(_ lines: [String], writer: String, seq: Int, file: String? = nil)
        throws
    {
        let section = GeneratedLog.Section(
            identity: FrameIdentity(writer: writer, seq: seq), lines: lines)
        let bytes = SegmentBuilder.frame(section.bytes(session: session.value))
        try append(bytes, to: file ?? "\(GeneratedLog.writer(0)).000001.jsonl.zst")
    }

    @discardableResult
    package func update(_ index: SessionIndex) throws -> Bool {
        index.update(try SessionListing(user, session, in: storage), in: storage, with: tools)
    }

    /// Folded from nothing.
    package func rebuilt() throws -> SessionIndex {
        let index = newIndex()
        try update(index)
        return index
    }

    package func text(_ index: SessionIndex) -> String {
        String(decoding: index.state.encoded().text, as: UTF8.self)
    }

    package func summary(_ index: SessionIndex, now: Timestamp = .epoch) -> SessionSummary {
        index.summary(now: now, in: storage)
    }

    /// Summary of all lines, written to one bare file.
    package static func summary(of lines: [String]) throws -> SessionSummary {
        let harness = try FoldHarness()
        try harness.append(lines, to: "shared.000001.jsonl")
        return harness.summary(try harness.rebuilt())
    }

    /// To a snapshot and back, as when the program ends and starts again.
    package func restarted(_ index: SessionIndex) throws -> SessionIndex {
        try Snapshot.save(index, state: index.state.encoded().text, in: storage)
        return try #require(Snapshot.load(user: user, session: session, from: storage))
    }
}

/// Sweeps are longer when the environment asks for it.
package enum Sweep {
    package static let isLong = TestMode.isLong

    package static func seeds(_ usual: Int, long: Int) -> Range<UInt64> {
        0..<UInt64(TestMode.rounds(usual, long: long))
    }

    /// A law in so many parts, which run beside each other.
    package static let parts = 0..<8

    /// The seeds of one part: each seed is in one.
    package static func seeds(_ usual: Int, long: Int, part: Int) -> StrideTo<UInt64> {
        let all = seeds(usual, long: long)
        return stride(
            from: all.lowerBound + UInt64(part), to: all.upperBound, by: parts.count)
    }
}
