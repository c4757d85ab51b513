import TrackerIndexTestSupport
import TrackerIndexer
import TrackerLog
import TrackerTestSupport
import TrackerUpkeep

/// A log of two writers in three files, to be damaged.
struct VerifyLog {
    static let a = "00000000000000a0"
    static let b = "00000000000000b0"
    static let a1 = "\(a).000001.jsonl.zst"
    static let a2 = "\(a).000002.jsonl.zst"
    static let b1 = "\(b).000001.jsonl.zst"
    static let session = GeneratedLog.session
    static let eventsPerFrame = 5
    /// Long after every file was written: all are closed.
    static let later: Timestamp = 1e13

    /// The frames of each file, in order; a test puts anything in their place.
    var files: [String: [[UInt8]]] = [
        a1: (0..<4).map { frame(a, $0) },
        a2: (4..<7).map { frame(a, $0) },
        b1: (0..<3).map { frame(b, $0) },
    ]
    var now = later

    static func content(
        _ writer: String, _ seq: Int, session: String = session, shift: Int = 0,
        claimed: Int? = nil
    ) -> [UInt8] {
        let first = seq * eventsPerFrame + shift
        return SegmentBuilder.content(
            session: session, writer: writer, seq: seq,
            events: SegmentBuilder.samples(first..<first + eventsPerFrame), claimed: claimed)
    }

    static func frame(_ writer: String, _ seq: Int) -> [UInt8] {
        SegmentBuilder.frame(content(writer, seq))
    }

    /// The frames of a file that is there.
    subscript(file: String) -> [[UInt8]] {
        get { files[file] ?? [] }
        set { files[file] = newValue }
    }

    func bytes(_ file: String) -> [UInt8] { (files[file] ?? []).flatMap { $0 } }

    /// Where the frame begins in its file now.
    func start(_ file: String, _ index: Int) -> Int {
        (files[file] ?? []).prefix(index).reduce(0) { $0 + $1.count }
    }

    func length(_ file: String, _ index: Int) -> Int { files[file]?[index].count ?? 0 }

    func stored() throws -> FoldHarness {
        let storage = MemoryStorage()
        let harness = try FoldHarness(storage)
        for name in files.keys.sorted() {
            try storage.place(harness.folder.appending(name), bytes(name))
        }
        return harness
    }

    func verified() throws -> SessionVerification {
        try Self.verify(try stored(), now: now)
    }

    static func verify(
        _ harness: FoldHarness, now: Timestamp = later
    ) throws -> SessionVerification {
        let key = DataFolder.SessionKey(user: harness.user, session: harness.session)
        return try LogVerifier(storage: harness.storage, now: now).verify(key)
    }
}
