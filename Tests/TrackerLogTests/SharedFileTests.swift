import Dispatch
import Glibc
import Synchronization
import Testing
import TrackerLog
import TrackerTestSupport

/// Several processes and threads on one folder at the same time.
@Suite("Files that are shared")
struct SharedFileTests {
    private static let writers = 8

    /// One frame of about this many bytes, which do not compress.
    private static func frame(writer: Int, seq: Int, bytes: Int) -> [UInt8] {
        var content = SegmentBuilder.content(
            session: "s", writer: "w\(writer)", seq: seq,
            events: SegmentBuilder.samples(seq..<seq + 1))
        content.removeLast()
        let padding = [UInt8](
            repeating: UInt8(ascii: " "), count: max(0, bytes - content.count - 30))
        return SegmentBuilder.storedFrame(content + padding + [0x0A])
    }

    @Test(
        "F16: eight descriptors append to one file: no frame in another, each writer's order kept",
        arguments: [256, 64 << 10, 1 << 20])
    func appends(bytes: Int) throws {
        let folder = try TemporaryFolder()
        let name = SegmentName(writer: "shared", number: 1)
        let path = StoragePath(name.fileName)
        let count = (8 << 20) / Self.writers / bytes.clamped(to: 4_096...(1 << 20))
        let failures = Mutex<[String]>([])
        DispatchQueue.concurrentPerform(iterations: Self.writers) { writer in
            do {
                let storage = try PosixStorage(root: folder.path, create: false)
                let file = try storage.openOrCreate(path)
                for seq in 0..<count {
                    let frame = Self.frame(writer: writer, seq: seq, bytes: bytes)
                    guard try file.append(frame) == frame.count else { throw LogError.closed }
                }
                try file.close()
            } catch {
                failures.withLock { $0.append("\(error)") }
            }
        }
        #expect(failures.withLock { $0 } == [])
        let storage = try PosixStorage(root: folder.path, create: false)
        let file = try storage.openForReading(path)
        var orders: [String: [Int]] = [:]
        let size = try file.status().size
        let progress = try SegmentReader().read(
            file, name: name, session: try SessionID("s"), from: 0, size: size
        ) { frame in
            for header in frame.sections.compactMap(\.header) {
                orders[header.identity.writer, default: []].append(header.identity.seq)
            }
        }
        #expect(progress.badRegions == [] && progress.offset == size)
        #expect(orders.count == Self.writers)
        #expect(orders.values.allSatisfy { $0 == Array(0..<count) })
    }

    @Test("F54: a folder that is swapped for a link again and again is never a way out")
    func swapper() throws {
        let folder = try TemporaryFolder()
        let root = "\(folder.path)/data"
        let storage = try PosixStorage(root: root, create: true)
        let session = StoragePath("log", "u", "s")
        for (path, text) in [(session, "inside"), (StoragePath("elsewhere"), "secret")] {
            try storage.createDirectory(path)
            try storage.create(path.appending("f")).append(text)
        }
        let isDone = Atomic(false)
        let swaps = Atomic(0)
        let group = DispatchGroup()
        DispatchQueue.global().async(group: group) {
            let (real, aside) = ("\(root)/log/u/s", "\(root)/log/u/aside")
            while !isDone.load(ordering: .relaxed) {
                unsafe rename(real, aside)
                unsafe symlink("\(root)/elsewhere", real)
                unsafe unlink(real)
                unsafe rename(aside, real)
                swaps.add(1, ordering: .relaxed)
            }
        }
        var (read, refused, wrong) = (0, 0, 0)
        while read < 500 || refused < 50 {
            do throws(StorageError) {
                _ = try storage.list(session)
                let text = try storage.openForReading(session.appending("f")).text()
                if text == "inside" { read += 1 } else { wrong += 1 }
            } catch {
                refused += 1
            }
            if wrong > 0 || read + refused > 2_000_000 { break }
        }
        isDone.store(true, ordering: .relaxed)
        group.wait()
        #expect(wrong == 0)
        #expect(read >= 500 && refused >= 50, "\(swaps.load(ordering: .relaxed)) swaps")
    }

    @Test("F55: more changes than the kernel keeps: everything is looked at")
    func overflow() throws {
        let folder = try TemporaryFolder()
        let storage = try PosixStorage(root: folder.path, create: false)
        let limit = try Self.eventLimit()
        let watcher = FolderWatcher(root: folder.path)
        watcher.watch(.root)
        try #require(watcher.isWatched(.root))
        // Making and removing are an event each.
        for _ in 0..<limit / 2 + 100 {
            _ = try storage.create(StoragePath("f"))
            try storage.remove(StoragePath("f"))
        }
        #expect(watcher.wait(atMostMs: 1_000).contains(.everything))
        // And it goes on.
        _ = try storage.create(StoragePath("g"))
        #expect(watcher.wait(atMostMs: 1_000) == [.folder(.root)])
    }

    private static func eventLimit() throws -> Int {
        let storage = try PosixStorage(root: "/proc/sys/fs/inotify", create: false)
        let text = try storage.openForReading(StoragePath("max_queued_events"))
            .read(count: 20, at: 0)
        return try #require(
            Int(String(decoding: text.filter { $0 != 0x0A }, as: UTF8.self)))
    }
}

extension Int {
    fileprivate func clamped(to range: ClosedRange<Int>) -> Int {
        Swift.min(Swift.max(self, range.lowerBound), range.upperBound)
    }
}
