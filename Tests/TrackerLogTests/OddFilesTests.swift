import Glibc
import Testing
import TrackerLog
import TrackerTestSupport

/// Files that may have a segment's name without being one.
enum OddFile: String, CaseIterable, CustomTestStringConvertible {
    case linkToFile, linkToItself, linkToZero, linkToProc, linkOutside, dangling, fifo, socket,
        directory

    var testDescription: String { rawValue }

    var kind: StorageEntry.Kind {
        switch self {
        case .fifo, .socket: .other
        case .directory: .directory
        default: .symbolicLink
        }
    }

    func make(at path: String, beside file: String) throws {
        let result: Int32
        switch self {
        case .linkToFile: result = unsafe symlink(file, path)
        case .linkToItself: result = unsafe symlink(path, path)
        case .linkToZero: result = unsafe symlink("/dev/zero", path)
        case .linkToProc: result = unsafe symlink("/proc/self/environ", path)
        case .linkOutside: result = unsafe symlink("../../../../../../etc/passwd", path)
        case .dangling: result = unsafe symlink("nothing", path)
        case .fifo: result = unsafe mkfifo(path, 0o600)
        case .directory: result = unsafe mkdir(path, 0o700)
        case .socket: result = bindSocket(path)
        }
        try #require(result == 0, "cannot make \(rawValue): errno \(errno)")
    }

    private func bindSocket(_ path: String) -> Int32 {
        let descriptor = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) {
            unsafe $0.copyBytes(from: path.utf8.prefix(107))
        }
        return unsafe withUnsafePointer(to: &address) { address in
            unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}

@Suite("Odd files in a data folder")
struct OddFilesTests {
    private let name = StoragePath("shared.000001.jsonl.zst")

    @Test("F53: named as what it is, never opened, never waited for", arguments: OddFile.allCases)
    func refused(odd: OddFile) throws {
        let folder = try TemporaryFolder()
        let storage = try PosixStorage(root: folder.path, create: false)
        try storage.create(StoragePath("real")).append("secret")
        try odd.make(at: "\(folder.path)/\(name)", beside: "\(folder.path)/real")
        let entry = try #require(try storage.list(.root).first { $0.name == name.name })
        #expect(entry.kind == odd.kind)
        #expect(throws: StorageError.self) { try storage.openForReading(name) }
        try Self.refusesInOpenFolder(odd, name)
        #expect(throws: StorageError.self) { try storage.create(name) }
        #expect(throws: StorageError.self) { try storage.openOrCreate(name) }
        #expect(try storage.openForReading(StoragePath("real")).text() == "secret")
    }

    /// The same in a folder that is listed and open: its files are opened by their name alone.
    private static func refusesInOpenFolder(_ odd: OddFile, _ name: StoragePath) throws {
        let folder = try TemporaryFolder()
        let storage = try PosixStorage(root: folder.path, create: false)
        let path = StoragePath("a", "b", name.name)
        try storage.createDirectory(path.parent)
        try storage.create(StoragePath("a", "b", "real")).append("mine")
        try odd.make(at: "\(folder.path)/\(path)", beside: "\(folder.path)/a/b/real")
        var calls = 0
        try storage.listEach(["b"], in: StoragePath("a")) { _, result, opened in
            calls += 1
            #expect(throws: StorageError.self) { try opened.openForReading(path) }
            #expect(throws: StorageError.self) {
                try opened.openForReading(StoragePath("a", "b", "..", "b", "real"))
            }
            // It is the folder that was listed, whatever has its name by now.
            #expect(throws: Never.self) {
                try storage.move(StoragePath("a", "b"), to: StoragePath("a", "c"))
                let file = try opened.openForReading(StoragePath("a", "b", "real"))
                #expect(try file.text() == "mine")
                #expect(
                    try opened.openForReading(StoragePath("a", "c", "real")).text() == "mine")
            }
        }
        #expect(calls == 1)
    }

    /// Two that differ in their bytes alone, one that is UTF-8 and has the characters that stand
    /// for bytes, and a folder.
    private static let oddNames: [[UInt8]] = [
        [0xFF] + Array(".jsonl".utf8), [0xFE] + Array(".jsonl".utf8),
        Array("caf\u{E9}".utf8) + [0x80], Array("\u{10FFFF}".utf8),
    ]

    @Test("a name that is not UTF-8 is listed as what it is, moved and removed")
    func notUTF8() throws {
        let folder = try TemporaryFolder()
        let storage = try PosixStorage(root: folder.path, create: false)
        try storage.createDirectory(StoragePath("to"))
        for name in Self.oddNames {
            let path = (Array("\(folder.path)/".utf8) + name + [0]).map(CChar.init(bitPattern:))
            let descriptor = unsafe open(path, O_CREAT | O_WRONLY, 0o600)
            try #require(descriptor >= 0)
            close(descriptor)
        }
        let listed = try storage.list(.root).filter { $0.kind == .file }
        #expect(Set(listed.map(\.name)).count == Self.oddNames.count)
        #expect(
            listed.map { StoragePath($0.name).description }.sorted() == [
                #"\xf4\x8f\xbf\xbf"#, #"\xfe.jsonl"#, #"\xff.jsonl"#, #"caf\xc3\xa9\x80"#,
            ])
        for entry in listed {
            try storage.move(StoragePath(entry.name), to: StoragePath("to", entry.name))
        }
        let moved = try storage.listKinds(StoragePath("to"))
        #expect(Set(moved.map(\.name)) == Set(listed.map(\.name)))
        for entry in moved { try storage.remove(StoragePath("to", entry.name)) }
        try storage.remove(StoragePath("to"))
        #expect(try storage.list(.root) == [])
    }

    @Test("F54: a symbolic link in the middle of a path is an error, not a way out")
    func linkedFolder() throws {
        let (folder, outside) = (try TemporaryFolder(), try TemporaryFolder())
        let storage = try PosixStorage(root: folder.path, create: false)
        try PosixStorage(root: outside.path, create: false).create(StoragePath("f")).append("x")
        try #require(unsafe symlink(outside.path, "\(folder.path)/s") == 0)
        #expect(throws: StorageError.self) { try storage.openForReading(StoragePath("s", "f")) }
        #expect(throws: StorageError.self) { try storage.list(StoragePath("s")) }
        #expect(throws: StorageError.self) { try storage.create(StoragePath("s", "g")) }
        #expect(throws: StorageError.self) { try storage.createDirectory(StoragePath("s", "d")) }
        #expect(throws: StorageError.self) { try storage.syncDirectory(StoragePath("s")) }
    }

    @Test("F53: a hard link to a file of somebody else is not opened", .enabled(if: geteuid() == 0))
    func foreignHardLink() throws {
        let folder = try TemporaryFolder()
        let storage = try PosixStorage(root: folder.path, create: false)
        try storage.create(StoragePath("theirs")).append("x")
        try #require(unsafe chown("\(folder.path)/theirs", 12_345, 12_345) == 0)
        try #require(unsafe link("\(folder.path)/theirs", "\(folder.path)/\(name)") == 0)
        #expect(try storage.list(.root).first { $0.name == name.name }?.kind == .other)
        #expect(throws: StorageError.self) { try storage.openForReading(name) }
        // One's own file may have several names.
        try storage.create(StoragePath("mine")).append("x")
        try #require(unsafe link("\(folder.path)/mine", "\(folder.path)/mine2") == 0)
        #expect(try storage.openForReading(StoragePath("mine2")).text() == "x")
    }

    @Test("F53: a file that may not be read is an error", .enabled(if: geteuid() != 0))
    func withoutPermission() throws {
        let folder = try TemporaryFolder()
        let storage = try PosixStorage(root: folder.path, create: false)
        try storage.create(name).append("x")
        try #require(unsafe chmod("\(folder.path)/\(name)", 0) == 0)
        #expect(throws: StorageError(operation: .open, path: name.description, code: EACCES)) {
            try storage.openForReading(name)
        }
    }

    @Test("new files are for their owner only, new folders too")
    func modes() throws {
        let folder = try TemporaryFolder()
        let storage = try PosixStorage(root: "\(folder.path)/data", create: true)
        try storage.createDirectory(StoragePath("d"))
        _ = try storage.create(StoragePath("d", "f"))
        for (path, mode) in [("data", 0o700), ("data/d", 0o700), ("data/d/f", 0o600)] {
            var status = stat()
            try #require(unsafe lstat("\(folder.path)/\(path)", &status) == 0)
            #expect(status.st_mode & 0o777 == mode, "\(path)")
        }
    }
}

@Suite("Reading from a disk that fails")
struct FailingReadTests {
    private let four = FourFrames()

    @Test("F28: whichever read fails, nothing is lost: reading again from the same place gives all")
    func readFails() throws {
        let bytes = four.bytes + [1, 2, 3] + four.frames[0]
        let expected = try four.read(bytes)
        let session = try SessionID(FourFrames.session)
        for failing in 0..<8 {
            let memory = MemoryStorage()
            try memory.create(StoragePath("f")).append(bytes)
            let storage = FaultyStorage(
                memory, plan: .on(.read, failing..<failing + 1, .error(EIO)))
            let file = try storage.openForReading(StoragePath("f"))
            var progress = SegmentProgress(offset: 0)
            var regions: [BadRegion] = []
            var offsets: [Int] = []
            for _ in 0..<3 where progress.offset < bytes.count {
                progress = four.reader.readAvailable(
                    file, name: FourFrames.name, session: session, from: progress.offset,
                    size: bytes.count
                ) { offsets.append($0.offset) }
                regions += progress.badRegions
            }
            #expect(offsets == expected.sections.map(\.offset))
            #expect(regions == expected.badRegions)
            #expect(progress.offset == bytes.count)
        }
    }

    @Test("a file that is cut while it is read is pending from there, and nothing traps")
    func cutWhileReading() throws {
        for left in stride(from: 0, to: four.bytes.count, by: 7) {
            let file = BytesFile(Array(four.bytes[..<left]))
            let progress = try four.reader.read(
                file, name: FourFrames.name, session: try SessionID(FourFrames.session), from: 0,
                size: four.bytes.count + 100
            ) { _ in }
            #expect(progress.offset == four.starts.last { $0 <= left })
            #expect(progress.offset + progress.pendingBytes == four.bytes.count + 100)
        }
    }
}
