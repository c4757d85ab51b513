import Glibc
import Testing
import TrackerLog
import TrackerTestSupport

/// The storages that must behave alike.
enum StorageKind: String, CaseIterable, CustomTestStringConvertible {
    case posix, memory, faultyWithoutFaults

    var testDescription: String { rawValue }

    func with<Value>(_ body: (any Storage) throws -> Value) throws -> Value {
        switch self {
        case .posix:
            let folder = try TemporaryFolder()
            return try body(PosixStorage(root: folder.path, create: false))
        case .memory: return try body(MemoryStorage())
        case .faultyWithoutFaults: return try body(FaultyStorage(MemoryStorage()))
        }
    }
}

@Suite("The contract of a storage")
struct StorageContractTests {
    private let folder = StoragePath("a", "b")
    private var path: StoragePath { folder.appending("f") }

    private func code(_ body: () throws -> Void) -> Int32? {
        do {
            try body()
            return nil
        } catch let error as StorageError {
            return error.code
        } catch {
            return -1
        }
    }

    @Test("appends are read back, from any offset", arguments: StorageKind.allCases)
    func appendAndRead(kind: StorageKind) throws {
        try kind.with { storage in
            try storage.createDirectory(folder)
            let file = try storage.create(path)
            try file.append("one")
            try file.append("two")
            #expect(try file.text() == "onetwo")
            #expect(try file.status().size == 6)
            let reader = try storage.openForReading(path)
            #expect(try reader.text() == "onetwo")
            #expect(try reader.read(count: 2, at: 5) == [UInt8(ascii: "o")])
            #expect(try reader.read(count: 2, at: 6) == [])
        }
    }

    @Test("appends of two descriptors do not overlap", arguments: StorageKind.allCases)
    func twoAppenders(kind: StorageKind) throws {
        try kind.with { storage in
            let (a, b) = (
                try storage.openOrCreate(StoragePath("f")),
                try storage.openOrCreate(StoragePath("f"))
            )
            try a.append("1")
            try b.append("2")
            try a.append("3")
            #expect(try b.text() == "123")
            #expect(try a.status().inode == b.status().inode)
        }
    }

    @Test("a truncated file is appended to at its new end", arguments: StorageKind.allCases)
    func truncate(kind: StorageKind) throws {
        try kind.with { storage in
            let file = try storage.create(StoragePath("f"))
            try file.append("abcdef")
            try file.truncate(to: 2)
            try file.append("x")
            try file.sync()
            #expect(try file.text() == "abx")
        }
    }

    @Test("what cannot be opened says why", arguments: StorageKind.allCases)
    func errors(kind: StorageKind) throws {
        try kind.with { storage in
            try storage.createDirectory(folder)
            try storage.createDirectory(folder)
            _ = try storage.create(path)
            #expect(code { _ = try storage.create(path) } == EEXIST)
            #expect(code { _ = try storage.openForReading(folder.appending("no")) } == ENOENT)
            #expect(code { _ = try storage.openForReading(folder) } == EINVAL)
            #expect(code { _ = try storage.create(StoragePath("no", "f")) } == ENOENT)
            #expect(code { _ = try storage.create(path.appending("f")) } == ENOTDIR)
            #expect(code { _ = try storage.list(StoragePath("no")) } == ENOENT)
            #expect(code { try storage.remove(StoragePath("no")) } == ENOENT)
            #expect(code { try storage.remove(StoragePath("a")) } == ENOTEMPTY)
            #expect(code { try storage.rename(StoragePath("no"), to: path) } == ENOENT)
        }
    }

    @Test(
        "a path cannot leave the root", arguments: StorageKind.allCases,
        ["..", ".", "", "a/../..", "a/b", "x\0y"])
    func pathsStayInside(kind: StorageKind, name: String) throws {
        try kind.with { storage in
            try storage.createDirectory(folder)
            #expect(code { _ = try storage.create(StoragePath(name)) } == EINVAL)
            #expect(code { _ = try storage.create(StoragePath(name, "f")) } == EINVAL)
            #expect(code { _ = try storage.openForReading(StoragePath("a", name)) } == EINVAL)
            #expect(code { try storage.createDirectory(StoragePath(name)) } == EINVAL)
            #expect(code { try storage.rename(path, to: StoragePath("a", name)) } == EINVAL)
            #expect(code { try storage.remove(StoragePath("a", name)) } == EINVAL)
        }
    }

    /// Without what a storage may tell of the entries besides.
    private func names(
        _ storage: any Storage, _ folder: StoragePath
    ) throws(StorageError) -> [StorageEntry] {
        try storage.list(folder).map { StorageEntry(name: $0.name, kind: $0.kind) }
    }

    @Test("list, rename, remove", arguments: StorageKind.allCases)
    func names(kind: StorageKind) throws {
        try kind.with { storage in
            try storage.createDirectory(folder)
            try storage.create(path).append("new")
            try storage.create(folder.appending("g")).append("old")
            try storage.rename(path, to: folder.appending("g"))
            try storage.syncDirectory(folder)
            #expect(try names(storage, folder) == [StorageEntry(name: "g", kind: .file)])
            #expect(
                try names(storage, StoragePath("a")) == [StorageEntry(name: "b", kind: .directory)])
            #expect(try storage.openForReading(folder.appending("g")).text() == "new")
            try storage.remove(folder.appending("g"))
            try storage.remove(folder)
            #expect(try storage.list(StoragePath("a")).isEmpty)
        }
    }

    @Test("move: files and whole folders, to a free name only", arguments: StorageKind.allCases)
    func move(kind: StorageKind) throws {
        try kind.with { storage in
            try storage.createDirectory(folder)
            let other = StoragePath("trash", "c")
            try storage.createDirectory(other)
            try storage.create(path).append("one")
            let file = try storage.openForReading(path)
            try storage.move(path, to: other.appending("g"))
            #expect(try file.status().isRemoved == false)
            #expect(code { _ = try storage.openForReading(path) } == ENOENT)
            #expect(try storage.openForReading(other.appending("g")).text() == "one")
            try storage.create(path).append("two")
            #expect(code { try storage.move(path, to: other.appending("g")) } == EEXIST)
            #expect(code { try storage.move(StoragePath("a"), to: other) } == EEXIST)
            #expect(code { try storage.move(StoragePath("no"), to: StoragePath("n")) } == ENOENT)
            #expect(try storage.openForReading(other.appending("g")).text() == "one")
            #expect(try storage.openForReading(path).text() == "two")
            try storage.move(StoragePath("a"), to: other.appending("whole"))
            let moved = StoragePath("trash", "c", "whole", "b", "f")
            #expect(try storage.openForReading(moved).text() == "two")
            #expect(try names(storage, .root).map(\.name) == ["trash"])
        }
    }

    @Test("a move without a sync: at one path or both after a power cut, never at none")
    func moveAndPowerCut() throws {
        var seen: Set<String> = []
        for seed in UInt64(0)..<60 {
            let storage = MemoryStorage()
            try storage.createDirectory(folder)
            try storage.createDirectory(StoragePath("trash"))
            let file = try storage.create(path)
            try file.append("one")
            try file.sync()
            try storage.syncDirectory(folder)
            try storage.move(path, to: StoragePath("trash", "f"))
            if seed % 3 == 0 { try storage.syncDirectory(StoragePath("trash")) }
            var generator = SeededGenerator(seed: seed)
            let left = storage.afterPowerCut(using: &generator)
            let isOld = try left.list(folder).count == 1
            let isNew = try left.list(StoragePath("trash")).count == 1
            #expect(isOld || isNew, "seed \(seed)")
            if seed % 3 == 0 { #expect(!isOld && isNew, "seed \(seed)") }
            seen.insert("\(isOld) \(isNew)")
        }
        #expect(seen.count == 3)
    }

    @Test("an open file outlives its name and reports that", arguments: StorageKind.allCases)
    func removedFile(kind: StorageKind) throws {
        try kind.with { storage in
            let file = try storage.create(StoragePath("f"))
            let before = try file.status()
            #expect(!before.isRemoved)
            try storage.remove(StoragePath("f"))
            try file.append("x")
            #expect(try file.status().isRemoved)
            #expect(try file.text() == "x")
            let again = try storage.create(StoragePath("f"))
            #expect(try again.status().inode != before.inode)
        }
    }

    @Test("a closed file is closed: its bytes stay, its lock ends", arguments: StorageKind.allCases)
    func closing(kind: StorageKind) throws {
        try kind.with { storage in
            let path = StoragePath("f")
            let file = try storage.create(path)
            #expect(try file.lockExclusive())
            try file.append("abc")
            try file.close()
            try file.close()
            #expect(code { try file.append("x") } == EBADF)
            #expect(code { _ = try file.read(count: 1, at: 0) } == EBADF)
            #expect(code { try file.truncate(to: 1) } == EBADF)
            #expect(code { try file.sync() } == EBADF)
            #expect(code { _ = try file.status() } == EBADF)
            #expect(code { _ = try file.lockShared() } == EBADF)
            let again = try storage.openForReading(path)
            #expect(try again.text() == "abc")
            #expect(try again.lockExclusive())
        }
    }

    @Test("F20: a call that a signal ended is made again; another error is not")
    func interrupted() {
        for (code, calls) in [(EINTR, 4), (EIO, 1)] {
            var made = 0
            let result = Interrupted.repeated { () -> Int in
                made += 1
                errno = code
                return made == 4 ? 7 : -1
            }
            #expect(made == calls)
            #expect(result == (code == EINTR ? 7 : -1))
        }
    }

    @Test("locks exclude each other and end with their file", arguments: StorageKind.allCases)
    func locks(kind: StorageKind) throws {
        try kind.with { storage in
            let path = StoragePath("lock")
            var first: (any StorageFile)? = try storage.openOrCreate(path)
            let second = try storage.openOrCreate(path)
            #expect(try first?.lockShared() == true)
            #expect(try second.lockShared())
            #expect(try !second.lockExclusive())
            first = nil
            #expect(try second.lockExclusive())
            let third = try storage.openForReading(path)
            #expect(try !third.lockShared())
        }
    }
}
