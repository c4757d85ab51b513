import Glibc
import Testing
import TrackerLog
import TrackerTestSupport

/// `Storage.replace` and `replaceDerived`, which every snapshot goes through, on a disk that fails
/// and a machine that stops.
@Suite("The atomic replace and faults")
struct ReplaceFaultTests {
    private static let path = StoragePath("index", "a", "s.snap")
    private static let old = Array("the old bytes, a little longer than the new".utf8)
    private static let new = Array("the new bytes".utf8)

    /// The old file, durable.
    private func disk() throws -> MemoryStorage {
        let memory = MemoryStorage()
        try memory.replace(Self.path, with: Self.old)
        memory.syncAll()
        return memory
    }

    private func content(_ storage: any Storage) throws -> [UInt8] {
        try storage.readAll(Self.path, limit: 1 << 20)
    }

    /// - Returns: whether it succeeded.
    private func replace(_ storage: any Storage) -> Bool {
        do throws(StorageError) {
            try storage.replace(Self.path, with: Self.new)
            return true
        } catch {
            return false
        }
    }

    @Test(
        "F31: stopped at every call, by a kill or a power cut, the file is the old or the new one")
    func crashes() throws {
        for bytes in [0, 5, 1 << 20] {
            var call = 0
            while true {
                let memory = try disk()
                let faulty = FaultyStorage(memory, plan: .crash(at: call, afterBytes: bytes))
                let isDone = replace(faulty)
                #expect(isDone == !faulty.hasCrashed)
                let found = try content(memory)
                #expect(isDone ? found == Self.new : found == Self.old || found == Self.new)
                for seed in 0..<UInt64(40) {
                    var generator = SeededGenerator(seed: seed)
                    let left = try content(memory.afterPowerCut(using: &generator))
                    #expect(
                        isDone ? left == Self.new : left == Self.old || left == Self.new,
                        "call \(call), cut \(seed)")
                }
                // Leftovers do not matter.
                #expect(replace(memory))
                #expect(try content(memory) == Self.new)
                if isDone { break }
                call += 1
            }
            #expect(call >= 7)
        }
    }

    @Test(
        "F23, F27: one call fails: it is told, the file is the old or the new one, nothing is left",
        arguments: [
            StorageError.Operation.createDirectory, .create, .append, .sync, .close, .rename,
            .syncDirectory,
        ])
    func faults(operation: StorageError.Operation) throws {
        for fault in [Fault.error(EIO), .error(ENOSPC), .error(EDQUOT), .error(EFBIG)] {
            let memory = try disk()
            #expect(!replace(FaultyStorage(memory, plan: .on(operation, 0..<1, fault))))
            let found = try content(memory)
            #expect(found == (operation == .syncDirectory ? Self.new : Self.old))
            #expect(try memory.list(Self.path.parent).map(\.name) == ["s.snap"])
        }
    }

    @Test("F19: a short write goes on, a write of nothing is no space, a lost one is told")
    func writes() throws {
        for (fault, isDone) in [(Fault.short(3), true), (.short(0), false), (.lost, false)] {
            let memory = try disk()
            let faulty = FaultyStorage(memory, plan: .on(.append, 0..<1, fault))
            #expect(replace(faulty) == isDone)
            #expect(try content(memory) == (isDone ? Self.new : Self.old))
        }
    }

    /// - Returns: whether it succeeded.
    private func makeAgain(_ storage: any Storage) -> Bool {
        do throws(StorageError) {
            try storage.replaceDerived(Self.path, with: Self.new)
            return true
        } catch {
            return false
        }
    }

    /// `nil` when there is no file.
    private func contentIfThere(_ storage: any Storage) -> [UInt8]? {
        do throws(StorageError) {
            return try storage.readAll(Self.path, limit: 1 << 20)
        } catch {
            return nil
        }
    }

    @Test("a file that can be made again is whole at each call and after each power cut")
    func derived() throws {
        for isThere in [true, false] {
            let allowed = isThere ? [Self.old, Self.new] : [nil, Self.new]
            var call = 0
            while true {
                let memory = isThere ? try disk() : MemoryStorage()
                let faulty = FaultyStorage(memory, plan: .crash(at: call, afterBytes: 5))
                let isDone = makeAgain(faulty)
                #expect(isDone == !faulty.hasCrashed)
                let found = contentIfThere(memory)
                #expect(isDone ? found == Self.new : allowed.contains(found))
                for seed in 0..<UInt64(40) {
                    var generator = SeededGenerator(seed: seed)
                    let left = contentIfThere(memory.afterPowerCut(using: &generator))
                    #expect(allowed.contains(left), "call \(call), cut \(seed)")
                }
                try memory.replaceDerived(Self.path, with: Self.new)
                #expect(try content(memory) == Self.new)
                #expect(try memory.list(Self.path.parent).map(\.name) == ["s.snap"])
                if isDone { break }
                call += 1
            }
            #expect(call >= 5)
        }
    }

    @Test(
        "one call fails while such a file is made: it is told, and nothing is left",
        arguments: [StorageError.Operation.create, .append, .sync, .close, .rename])
    func derivedFaults(operation: StorageError.Operation) throws {
        let memory = try disk()
        let faulty = FaultyStorage(memory, plan: .on(operation, 0..<1, .error(EIO)))
        #expect(throws: StorageError.self) {
            try faulty.replaceDerived(Self.path, with: Self.new)
        }
        #expect(try content(memory) == Self.old)
        #expect(try memory.list(Self.path.parent).map(\.name) == ["s.snap"])
    }
}
