import Glibc
import Synchronization
import Testing
import TrackerLog
import TrackerTestSupport
import TrackerWeb

/// A session's writer in memory.
private final class FakeAppender: EventSink {
    struct Failure: Error {}
    let name: String
    private let state = Mutex(
        (appended: 0, isClosed: false, failure: Optional<any Error>.none))

    init(_ name: String) { self.name = name }

    func appendBatch(_ events: [Event], identity: FrameIdentity?) throws {
        try state.withLock { state in
            if let failure = state.failure { throw failure }
            if state.isClosed { throw Failure() }
            state.appended += events.count
        }
    }

    // The intake appends batches only.
    func append(_ event: Event) -> Bool { false }
    func append(_ sample: Sample) -> Bool { false }
    func flushToLog() {}
    func close() throws { state.withLock { $0.isClosed = true } }
    func fail(with failure: (any Error)? = Failure()) { state.withLock { $0.failure = failure } }
    var appended: Int { state.withLock { $0.appended } }
    var isClosed: Bool { state.withLock { $0.isClosed } }
}

/// All writers that an intake has opened, in order.
private final class Opened: Sendable {
    private let list = Mutex<[FakeAppender]>([])

    func open(_ user: UserID, _ session: SessionID) -> FakeAppender {
        let appender = FakeAppender("\(user)/\(session)")
        list.withLock { $0.append(appender) }
        return appender
    }

    var all: [FakeAppender] { list.withLock { $0 } }
}

@Suite("Server: intake", .timeLimit(.minutes(10))) struct ServerIntakeTests {
    private let event = Event.sample(Sample(timestamp: 1, metric: "m", value: 1))

    private func append(_ intake: SessionIntake, _ session: String) throws {
        try intake.append(
            user: try UserID("ann"), session: try SessionID(session), events: [event], identity: nil
        )
    }

    @Test("sessions in turn keep their writers, and files open, as there are descriptors for")
    func inTurn() throws {
        let opened = Opened()
        let intake = SessionIntake { opened.open($0, $1) }
        for _ in 0..<3 { for number in 0..<300 { try append(intake, "s\(number)") } }
        #expect(opened.all.count == 300)
        #expect(WebLimits.openWriters(ofDescriptors: 1 << 19) == WebLimits.maxKeptWriters)
        #expect(WebLimits.openWriters(ofDescriptors: 1_024) == 256)
        #expect(WebLimits.openWriters(ofDescriptors: 64) == 16)
        #expect(WebLimits.openWriters(ofDescriptors: 16) == WebLimits.fewestOpenWriters)
    }

    @Test("a session keeps its writer; one that was not used lately is closed when there are many")
    func bounded() throws {
        let opened = Opened()
        let intake = SessionIntake(maxKept: 2) { opened.open($0, $1) }
        for session in ["a", "b", "a", "c", "a"] { try append(intake, session) }
        #expect(opened.all.map(\.name) == ["ann/a", "ann/b", "ann/c"])
        #expect(opened.all.map(\.appended) == [3, 1, 1])
        try intake.close()
        #expect(opened.all.map(\.isClosed) == [true, true, true])
        #expect(throws: IntakeError.closed) { try append(intake, "a") }
    }

    @Test("sessions in turn make a file each, not one a report, and the numbers have no gap")
    func realFiles() throws {
        let storage = MemoryStorage()
        let intake = SessionIntake(storage: storage, durability: .interval, maxOpen: 2)
        for _ in 0..<5 { for number in 0..<7 { try append(intake, "s\(number)") } }
        try intake.close()
        for number in 0..<7 {
            let found = try RecoveredSession(
                storage, UserID("ann"), SessionID("s\(number)"))
            #expect(found.segments.count == 1 && found.values == [1, 1, 1, 1, 1])
            #expect(found.seqsByWriter.values.map { $0 } == [[0, 1, 2, 3, 4]])
        }
    }

    @Test("a segment that was closed for another, and touched or removed, is left alone")
    func touched() throws {
        let storage = MemoryStorage()
        let intake = SessionIntake(storage: storage, durability: .written, maxOpen: 1)
        let session = try SessionID("a")
        let folder = DataLayout.sessionFolder(try UserID("ann"), session)
        for change in 0..<3 {
            try append(intake, "a")
            try append(intake, "b")
            let names = try storage.list(folder).map(\.name).sorted()
            #expect(names.count == [1, 2, 2][change])
            let last = folder.appending(try #require(names.last))
            switch change {
            case 0: try storage.openOrCreate(last).append("x")
            case 1: try storage.remove(last)
            default: break
            }
        }
        try append(intake, "a")
        try intake.close()
        let found = try RecoveredSession(storage, UserID("ann"), session)
        // The one in the file that was removed is gone with it.
        #expect(found.values == [1, 1, 1] && found.segments.count == 2)
    }

    @Test("a writer that failed is replaced at the next event")
    func failed() throws {
        let opened = Opened()
        let intake = SessionIntake { opened.open($0, $1) }
        try append(intake, "a")
        opened.all[0].fail()
        #expect(throws: FakeAppender.Failure.self) { try append(intake, "a") }
        #expect(opened.all[0].isClosed)
        try append(intake, "a")
        #expect(opened.all.count == 2)
    }

    @Test(
        "a writer whose disk does not answer is kept: a retry waits behind what is unknown",
        arguments: [
            LogError.noAnswer(milliseconds: 1), .withdrawn(milliseconds: 1), .queueFull(bytes: 1),
        ])
    func waiting(failure: LogError) throws {
        let opened = Opened()
        let intake = SessionIntake { opened.open($0, $1) }
        try append(intake, "a")
        opened.all[0].fail(with: failure)
        for _ in 0..<3 { #expect(throws: failure) { try append(intake, "a") } }
        #expect(!opened.all[0].isClosed)
        opened.all[0].fail(with: nil)
        try append(intake, "a")
        #expect(opened.all.map(\.appended) == [2])
    }

    @Test("idle writers are closed")
    func idle() throws {
        let opened = Opened()
        let intake = SessionIntake(idleTime: .zero) { opened.open($0, $1) }
        try append(intake, "a")
        intake.closeIdle()
        #expect(opened.all[0].isClosed)
        try append(intake, "a")
        #expect(opened.all.count == 2)
    }

    @Test("SHA-256 gives the published digests")
    func sha256() {
        #expect(
            SHA256.hexDigest(of: [])
                == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        #expect(
            SHA256.hexDigest(of: Array("abc".utf8))
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(
            SHA256.hexDigest(
                of: Array("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq".utf8))
                == "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1")
        #expect(
            SHA256.hexDigest(of: [UInt8](repeating: UInt8(ascii: "a"), count: 1_000))
                == "41edece42d63e8d9bf515a9ba6932e1c20cbc9f5a5d134645adb5db1b9737ea3")
    }

    @Test("a folder that became one of a newer format is refused, and nothing is written")
    func newerFormat() throws {
        let storage = MemoryStorage()
        let intake = SessionIntake(storage: storage)
        try append(intake, "before")
        let before = try storage.list(StoragePath("log", "ann")).map(\.name)
        try storage.replace(DataLayout.formatFile, with: Array("{\"format\":2}".utf8))
        for _ in 0..<2 {
            #expect(throws: LogError.dataFolder(.newerFormat(2))) { try append(intake, "after") }
        }
        #expect(try storage.list(StoragePath("log", "ann")).map(\.name) == before)
        try intake.close()
    }

    @Test("a full disk leaves no file for each append that it refuses")
    func fullDisk() throws {
        let memory = MemoryStorage()
        let isFull = Mutex(true)
        let storage = FaultyStorage(
            memory,
            plan: FaultPlan { call in
                call.operation == .append && isFull.withLock { $0 } ? .error(ENOSPC) : nil
            })
        let intake = SessionIntake(storage: storage)
        for _ in 0..<20 {
            #expect(throws: LogError.self) { try append(intake, "s") }
        }
        let folder = StoragePath("log", "ann", "s")
        #expect(try memory.list(folder).isEmpty)
        isFull.withLock { $0 = false }
        try append(intake, "s")
        try intake.close()
        #expect(try memory.list(folder).count == 1)
    }
}
