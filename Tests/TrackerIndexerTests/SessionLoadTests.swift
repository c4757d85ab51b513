import Glibc
import Testing
import TrackerIndexTestSupport
import TrackerLog
import TrackerTestSupport

@testable import TrackerIndexer

/// The one load cycle: however far it goes at a time, it comes to the same.
@Suite("A session's load")
struct SessionLoadTests {
    private let harness: FoldHarness
    private var key: DataFolder.SessionKey {
        DataFolder.SessionKey(user: harness.user, session: harness.session)
    }

    init() throws {
        harness = try FoldHarness()
        for seq in 0..<6 { try append(seq) }
    }

    private func append(_ seq: Int) throws {
        try harness.appendFrame(
            (0..<20).map { "{\"ts\":\(seq * 1_000 + $0),\"metric\":\"m\",\"value\":\($0)}" },
            writer: GeneratedLog.writer(0), seq: seq)
    }

    private func listing() throws -> SessionListing {
        try SessionListing(harness.user, harness.session, in: harness.storage)
    }

    private func load(rebuild: Bool = false) -> SessionLoad {
        SessionLoad(key, rebuild: rebuild, snapshots: .always, in: harness.storage)
    }

    @Test("gives the same bytes in one step, in many, and from a snapshot of any part")
    func steps() throws {
        let reference = load()
        reference.foldAll(try listing(), with: FoldTools(stepBytes: .max))
        let text = harness.text(reference.index)
        #expect(reference.index.state.events == 120)
        for stop in 0..<8 {
            let begun = load(rebuild: true)
            var steps = 0
            begun.foldAll(
                try listing(), with: FoldTools(stepBytes: 1),
                shouldContinue: {
                    steps += 1
                    return steps <= stop
                })
            let isPart = stop < 5
            #expect((begun.index.unreadBytes > 0) == isPart, "stopped after \(stop)")
            #expect(begun.index.isWhole == !isPart)
            #expect(begun.save().problem == nil)
            let again = load()
            #expect(again.index.foldedBytes == begun.index.foldedBytes)
            again.foldAll(try listing(), with: FoldTools())
            #expect(harness.text(again.index) == text, "stopped after \(stop)")
            #expect(again.save().digest == reference.index.digest)
        }
    }

    @Test("writes nothing unless it is told to save, and saves only its snapshot")
    func saving() throws {
        let load = load()
        load.foldAll(try listing(), with: FoldTools())
        let path = DataLayout.snapshot(harness.user, harness.session)
        let digest = load.save(writes: false).digest
        #expect(digest == load.index.digest)
        #expect(throws: StorageError.self) { try harness.storage.readAll(path, limit: 1 << 20) }
        #expect(load.save().problem == nil)
        #expect(try !harness.storage.readAll(path, limit: 1 << 20).isEmpty)
        let faulty = FaultyStorage(
            harness.storage, plan: FaultPlan { $0.operation == .append ? .error(ENOSPC) : nil })
        let saved = SessionLoad(load.index, snapshots: .always, in: faulty).save()
        #expect(saved.digest == digest)
        #expect(saved.problem?.code == ENOSPC)
    }

    @Test("ends when a file cannot be read, with what the others hold")
    func unreadable() throws {
        try harness.append(
            ["{\"ts\":1,\"metric\":\"m\",\"value\":1}"], to: "shared.000009.jsonl")
        let faulty = FaultyStorage(
            harness.storage,
            plan: FaultPlan {
                $0.operation == .open && $0.path.contains("shared") ? .error(EIO) : nil
            })
        let load = SessionLoad(key, in: faulty)
        load.foldAll(
            try SessionListing(harness.user, harness.session, in: faulty),
            with: FoldTools(stepBytes: 1))
        #expect(load.index.state.events == 120)
        #expect(load.index.problem?.code == EIO)
        let row = load.record(of: load.summary(), try listing(), digest: 1)
        #expect(row.stamp != (try listing()).stamp, "it is looked at again")
        #expect(row.frames == 6 && row.segments == 1)
    }
}
