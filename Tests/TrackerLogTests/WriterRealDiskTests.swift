import Dispatch
import Glibc
import Testing
import TrackerLog
import TrackerTestSupport

/// On a real file system; what sets or measures limits, rights or memory in a process of its own,
/// because they belong to the whole process.
@Suite("A writer, the real disk and the limits of its process", .timeLimit(.minutes(10)))
struct WriterRealDiskTests {
    /// The real disk below a folder, and a writer there.
    private struct Disk {
        let folder: TemporaryFolder
        let storage: PosixStorage
        let user: UserID
        let session: SessionID

        init() throws {
            folder = try TemporaryFolder()
            storage = try PosixStorage(root: folder.path, create: false)
            user = try UserID("u")
            session = try SessionID("s")
        }

        func writer(
            _ durability: Durability, _ policy: QueuePolicy,
            onNotice: (@Sendable (WriterNotice) -> Void)? = nil
        ) -> SessionWriter {
            SessionWriter(
                storage: storage, user: user, session: session,
                configuration: .init(durability: durability, policy: policy, onNotice: onNotice))
        }

        func found() throws -> RecoveredSession { try RecoveredSession(storage, user, session) }
    }

    /// What `setrlimit` calls the limit of a file's size, and of open files.
    private static let fileSize = __rlimit_resource_t(1)
    private static let openFiles = __rlimit_resource_t(7)

    /// Sets the soft limit. - Returns: the one before.
    private static func limit(_ resource: __rlimit_resource_t, to value: rlim_t) -> rlim_t {
        var limits = rlimit()
        precondition(unsafe getrlimit(resource, &limits) == 0)
        let before = limits.rlim_cur
        limits.rlim_cur = min(value, limits.rlim_max)
        precondition(unsafe setrlimit(resource, &limits) == 0)
        return before
    }

    /// Resident memory of this process, in bytes.
    private static func residentBytes() -> Int {
        var buffer = [UInt8](repeating: 0, count: 256)
        let file = unsafe open("/proc/self/statm", O_RDONLY)
        let count = unsafe read(file, &buffer, buffer.count)
        _ = close(file)
        let fields = buffer[..<max(count, 0)].split(separator: UInt8(ascii: " "))
        let pages = fields.count > 1 ? Int(String(decoding: fields[1], as: UTF8.self)) : nil
        return (pages ?? .max / 8192) * Int(getpagesize())
    }

    @Test("a writer goes on in the folder that replaced its own", arguments: Durability.allCases)
    func replacedFolder(durability: Durability) throws {
        let disk = try Disk()
        let writer = disk.writer(durability, .block)
        try writer.appendBatch([.sample(Sample(timestamp: 1e12, metric: "m", value: 1))])
        let aside = try TemporaryFolder()
        #expect(unsafe rename(disk.folder.path, aside.path + "/former") == 0)
        #expect(unsafe mkdir(disk.folder.path, 0o700) == 0)
        disk.storage.followRoot()
        try writer.appendBatch([.sample(Sample(timestamp: 1e12, metric: "m", value: 2))])
        #expect(try disk.found().values == [2])
        try writer.close()
    }

    @Test(
        "a segment that was moved, by itself or with a folder: what is acknowledged then is there",
        arguments: Durability.allCases, ["log", "log/u", "log/u/s", nil])
    func movedSegment(durability: Durability, folder: String?) throws {
        let disk = try Disk()
        let writer = disk.writer(durability, .block)
        func append(_ value: Double) throws {
            try writer.appendBatch([.sample(Sample(timestamp: 1e12, metric: "m", value: value))])
        }
        try append(1)
        try writer.flush()
        let moved = folder ?? "log/u/s/\(writer.writerID).000001.jsonl.zst"
        let (path, aside) = ("\(disk.folder.path)/\(moved)", "\(disk.folder.path)/aside")
        #expect(unsafe rename(path, aside) == 0)
        // Nothing that stands there instead takes it.
        if folder == nil { #expect(unsafe mkfifo(path, 0o600) == 0) }
        try append(2)
        try writer.close()
        if folder == nil { #expect(unsafe unlink(path) == 0) }
        #expect(try disk.found().values == [2])
        // It comes back: each event counts once.
        if folder == nil {
            #expect(unsafe rename(aside, path) == 0)
        } else {
            let segment = "\(writer.writerID).000001.jsonl.zst"
            let inside = ["log": "/u/s/", "log/u": "/s/", "log/u/s": "/"][moved] ?? ""
            #expect(
                unsafe rename(
                    aside + inside + segment, "\(disk.folder.path)/log/u/s/\(segment)") == 0)
        }
        let found = try disk.found()
        #expect(found.values == [1, 2] && found.gaps == 0)
    }

    @Test("a full disk and a program that goes on: memory is bounded, drops are counted and logged")
    func fullDiskMemory() async {
        await #expect(processExitsWith: .success) {
            signal(SIGXFSZ, SIG_IGN)
            let disk = try Disk()
            let writer = disk.writer(.interval, .dropAndCount)
            try writer.appendBatch(SegmentBuilder.samples(0..<1))
            let old = WriterRealDiskTests.limit(WriterRealDiskTests.fileSize, to: 2_000)
            let before = WriterRealDiskTests.residentBytes()
            // Some 40 MB of lines: five times what a writer may hold.
            let padding = String(repeating: "x", count: 900)
            for value in 1...40_000 {
                writer.append(
                    Sample(
                        timestamp: .epoch + Double(value), metric: "m", value: Double(value),
                        labels: [Label("padding", padding)]))
            }
            let grown = WriterRealDiskTests.residentBytes() - before
            // A sanitizer keeps its own memory, and freed memory too.
            precondition(TestMode.isSanitized || grown < 20 << 20, "\(grown) bytes more")
            _ = WriterRealDiskTests.limit(WriterRealDiskTests.fileSize, to: old)
            try writer.close()
            let (taken, found) = (writer.statistics, try disk.found())
            precondition(taken.dropped > 10_000, "\(taken)")
            precondition(found.values.count == taken.accepted, "\(taken)")
            precondition(found.reportedDrops == taken.dropped && found.gaps == 0, "\(taken)")
        }
    }

    @Test("F56: no descriptor is left: events wait, and are written when there is one again")
    func noDescriptors() async {
        await #expect(processExitsWith: .success) {
            let disk = try Disk()
            let isSaid = DispatchSemaphore(value: 0)
            let writer = disk.writer(.durable, .dropAndCount) { _ in isSaid.signal() }
            let lowestFree = dup(0)
            precondition(lowestFree > 0 && close(lowestFree) == 0)
            let old = WriterRealDiskTests.limit(
                WriterRealDiskTests.openFiles, to: rlim_t(lowestFree))
            for event in SegmentBuilder.samples(0..<20) { precondition(writer.append(event)) }
            // Nobody flushes: the writer's own timer has to come, and needs no descriptor.
            precondition(isSaid.wait(timeout: .now() + .seconds(20)) == .success)
            for event in SegmentBuilder.samples(20..<500) { precondition(writer.append(event)) }
            do throws(LogError) {
                try writer.flush()
                preconditionFailure("flushed without a descriptor")
            } catch {
                guard case .storage(let failure) = error else { preconditionFailure("\(error)") }
                precondition(failure.code == EMFILE, "\(error)")
            }
            _ = WriterRealDiskTests.limit(WriterRealDiskTests.openFiles, to: old)
            try writer.close()
            let found = try disk.found()
            precondition(found.values == Array(0..<500) && found.gaps == 0, "\(found)")
            precondition(found.badRegions.isEmpty && found.reportedDrops == 0)
        }
    }

    @Test("the folder is made read-only, or the data folder goes: refused, and said")
    func readOnlyAndGone() async {
        await #expect(processExitsWith: .success) {
            let disk = try Disk()
            // Permissions do not apply to root: continue as `nobody`, who then owns the folder.
            let user = geteuid()
            // Switch back at the end: a leak check may not inspect a process of another user.
            defer { _ = seteuid(user) }
            if user == 0 {
                precondition(unsafe chown(disk.folder.path, 65_534, 65_534) == 0)
                precondition(seteuid(65_534) == 0)
            }
            let writer = disk.writer(.written, .dropAndCount)
            precondition(unsafe chmod(disk.folder.path, 0o500) == 0)
            let events = SegmentBuilder.samples(0..<4)
            func fails(with code: Int32) -> Bool {
                do throws(LogError) {
                    try writer.flush()
                    return false
                } catch {
                    guard case .storage(let failure) = error else { return false }
                    return failure.code == code
                }
            }
            writer.append(events[0])
            precondition(fails(with: EACCES))
            precondition(unsafe chmod(disk.folder.path, 0o700) == 0)
            writer.append(events[1])
            try writer.flush()
            let both = try disk.found().values
            precondition(both == [0, 1], "\(both)")
            // Everything below the data folder goes, and comes again.
            let log = DataLayout.sessionFolder(disk.user, disk.session)
            for entry in try disk.storage.list(log) {
                try disk.storage.remove(log.appending(entry.name))
            }
            var path = log
            while !path.components.isEmpty {
                try disk.storage.remove(path)
                path = path.parent
            }
            writer.append(events[2])
            try writer.flush()
            let last = try disk.found().values
            precondition(last == [2], "\(last)")
        }
    }

    @Test("the data folder itself is removed: nothing is acknowledged any more, and it is said")
    func rootRemoved() async throws {
        let parent = try TemporaryFolder()
        let root = parent.path + "/data"
        let storage = try PosixStorage(root: root, create: true)
        let (user, session) = (try UserID("u"), try SessionID("s"))
        let writer = SessionWriter(storage: storage, user: user, session: session)
        try writer.appendBatch(SegmentBuilder.samples(0..<1))
        let log = DataLayout.sessionFolder(user, session)
        for entry in try storage.list(log) { try storage.remove(log.appending(entry.name)) }
        var path = log
        while !path.components.isEmpty {
            try storage.remove(path)
            path = path.parent
        }
        #expect(unsafe rmdir(root) == 0)
        do throws(LogError) {
            try writer.appendBatch(SegmentBuilder.samples(1..<2))
            Issue.record("acknowledged in a folder that is gone")
        } catch {
            guard case .storage(let failure) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(failure.code == ENOENT)
        }
        writer.append(SegmentBuilder.samples(2..<3)[0])
        #expect(throws: LogError.self) { try writer.close() }
    }
}
