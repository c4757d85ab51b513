import Glibc
import TrackerIndexer
package import TrackerLog

/// Tests on one folder what the log requires of its file system, with real processes.
package struct SelfTestRun {
    package enum Verdict: String {
        case good, broken
    }

    package struct Check {
        package var name: String
        package var verdict: Verdict
        package var text: String
    }

    /// Latency of `fdatasync(2)` after an append of 4 KiB, in milliseconds.
    package struct SyncLatency {
        package var p50: Double
        package var p99: Double
        package var count: Int
    }

    let storage: PosixStorage
    /// Name of the test folder below the storage's root.
    let folder: String
    let path: String
    let seed: UInt64
    let seconds: Double
    let child: [String]
    let isStopped: () -> Bool

    package private(set) var checks: [Check] = []
    package private(set) var latency: SyncLatency?
    private var random: SplitMix64

    /// - Parameter child: arguments that start this program as a child process of the self-test.
    package init(
        _ storage: PosixStorage, folder: String, seed: UInt64, seconds: Double,
        child: [String] = ["selftest-child"], isStopped: @escaping () -> Bool
    ) {
        self.storage = storage
        self.folder = folder
        path = "\(storage.rootPath)/\(folder)"
        self.seed = seed
        self.seconds = seconds
        self.child = child
        self.isStopped = isStopped
        random = SplitMix64(seed: seed)
    }

    private func inFolder(_ name: StoragePath) -> StoragePath {
        StoragePath(folder).appending(name.name)
    }

    package mutating func run() throws {
        try appends()
        guard !isStopped() else { return }
        try locks()
        try replacing()
        guard !isStopped() else { return }
        try calls()
        try syncs()
    }

    private mutating func add(_ name: String, _ isGood: Bool, _ text: String) {
        checks.append(Check(name: name, verdict: isGood ? .good : .broken, text: text))
    }

    private mutating func start(_ role: SelfTestChild.Role) throws -> SelfTestProcess {
        try SelfTestProcess(role, in: path, seed: random.next(), child: child)
    }

    private static let writers = 4
    /// Shares of the time.
    private static let appendShare = 0.5
    private static let replaceShare = 0.2
    private static let syncShare = 0.3
    /// A process without output by then counts as not working.
    private static let startSeconds = 10.0

    private func deadline(_ share: Double) -> ContinuousClock.Instant {
        .now + .milliseconds(Int(seconds * share * 1_000))
    }

    /// Several processes append to one file, and some are killed.
    private mutating func appends() throws {
        var running = try (0..<Self.writers).map { _ in try start(.append) }
        var acknowledged: [String: Int] = [:]
        var kills = 0
        let end = deadline(Self.appendShare)
        var nextKill = ContinuousClock.now + .milliseconds(200)
        while ContinuousClock.now < end || running.contains(where: { $0.done == 0 }), !isStopped() {
            for process in running where !process.listen(milliseconds: 2) {
                throw SelfTestError("a writer of the self-test ended unexpectedly")
            }
            if ContinuousClock.now > end + .seconds(Self.startSeconds) { break }
            guard ContinuousClock.now >= nextKill else { continue }
            nextKill += .milliseconds(30 + Int(random.next() % 200))
            let index = Int(random.next() % UInt64(running.count))
            guard running[index].done > 0 else { continue }
            let process = running[index]
            process.kill()
            kills += 1
            acknowledged[process.writer] = process.done
            running[index] = try start(.append)
        }
        for process in running {
            process.kill()
            kills += 1
            acknowledged[process.writer] = process.done
        }
        guard !isStopped() else { return }
        let file = try storage.openForReading(
            StoragePath(folder, SelfTestChild.appended.fileName))
        let trial = try AppendTrial(
            file, name: SelfTestChild.appended, session: try SessionID(SelfTestChild.session),
            acknowledged: acknowledged, kills: kills)
        let found =
            "\(Self.writers) writers at once, \(trial.frames) frames of 256 B to 1 MiB,"
            + " \(kills) kill -9: "
        add(
            "append", trial.mixed == 0 && trial.outOfOrder == 0 && trial.torn <= kills,
            found + "\(trial.mixed) regions of mixed appends, \(trial.outOfOrder) frames out of"
                + " order, \(trial.torn) cut off")
        add(
            "kill -9", trial.missing == 0,
            "\(trial.acknowledged) frames acknowledged, \(trial.missing) of them missing")
    }

    /// A lock is seen by another process, and released when its holder is killed.
    private mutating func locks() throws {
        let holder = try start(.hold)
        let end = ContinuousClock.now + .seconds(Self.startSeconds)
        while holder.done == 0, ContinuousClock.now < end {
            guard holder.listen(milliseconds: 20) else { break }
        }
        let file = try storage.openForReading(inFolder(SelfTestChild.locked))
        let isSeen = try !file.lockExclusive()
        holder.kill()
        let isReleased = try file.lockExclusive()
        try file.close()
        add(
            "flock", isSeen && isReleased,
            "the lock of another process is \(isSeen ? "" : "NOT ")seen, and"
                + " \(isReleased ? "" : "NOT ")released by kill -9")
    }

    /// A reader of a replaced file always sees one complete version, and what it has open is not
    /// written any more.
    private mutating func replacing() throws {
        let process = try start(.replace)
        let path = inFolder(SelfTestChild.replaced)
        var (looks, partial, rewritten) = (0, 0, 0)
        var kept: (file: any StorageFile, status: FileStatus, done: Int)?
        let end = deadline(Self.replaceShare)
        let last = end + .seconds(Self.startSeconds)
        while ContinuousClock.now < end || (looks == 0 && ContinuousClock.now < last),
            !isStopped()
        {
            guard process.listen(milliseconds: 0) else { break }
            guard process.done > 0 else { continue }
            let bytes = try storage.readAll(path, limit: 1 << 30)
            looks += 1
            if ZstdText.decompress(bytes, limit: 1 << 30) == nil { partial += 1 }
            // A version that was begun and ended while one was open has another file.
            if let old = kept, process.done < old.done + 2 { continue }
            let file = try storage.openForReading(path)
            let status = try file.status()
            if let old = kept {
                if status.inode == old.status.inode { rewritten += 1 }
                try old.file.close()
            }
            // Heard after the file was opened: the one after the next begins later still.
            process.listen(milliseconds: 0)
            kept = (file, status, process.done)
        }
        process.kill()
        try kept?.file.close()
        add(
            "replace", partial + rewritten == 0 && looks > 0,
            "\(looks) reads of a file replaced \(process.done) times: \(partial) were not one"
                + " complete version, and \(rewritten) times the file of a reader was written")
    }

    /// Calls that need no second process.
    private mutating func calls() throws {
        let path = StoragePath(folder, "calls")
        let file = try storage.create(path)
        try Self.append(100, to: file)
        try storage.syncDirectory(StoragePath(folder))
        var isExclusive = false
        do throws(StorageError) {
            _ = try storage.create(path)
        } catch {
            isExclusive = error.code == ErrorCode.exists
        }
        try file.truncate(to: 50)
        try Self.append(10, to: file)
        let size = try file.status().size
        try storage.remove(path)
        let isGone = try file.status().isRemoved
        try file.close()
        add(
            "calls", isExclusive && size == 60 && isGone,
            "exclusive create \(isExclusive ? "works" : "does NOT work"), an append after a"
                + " truncate goes to \(size == 60 ? "the end" : "the WRONG offset"), a removed file"
                + " is \(isGone ? "" : "NOT ")recognised; directories sync")
    }

    private mutating func syncs() throws {
        let path = StoragePath(folder, "syncs")
        let file = try storage.create(path)
        var times: [Double] = []
        let end = deadline(Self.syncShare)
        while ContinuousClock.now < end || times.isEmpty, times.count < Self.maxSyncs, !isStopped()
        {
            try Self.append(4096, to: file)
            let begin = ContinuousClock.now
            try file.sync()
            let (seconds, attoseconds) = (ContinuousClock.now - begin).components
            times.append(Double(seconds) * 1_000 + Double(attoseconds) / 1e15)
        }
        try file.close()
        times.sort()
        guard !times.isEmpty else { return }
        latency = SyncLatency(
            p50: times[(times.count - 1) / 2], p99: times[(times.count - 1) * 99 / 100],
            count: times.count)
    }

    private static let maxSyncs = 2_000

    private static func append(_ count: Int, to file: any StorageFile) throws {
        let bytes = [UInt8](repeating: 0x2E, count: count)
        let result = unsafe bytes.withUnsafeBytes { bytes in
            Result { () throws(StorageError) in try unsafe file.append(bytes) }
        }
        guard try result.get() == count else {
            throw StorageError(operation: .append, path: "", code: ErrorCode.noSpace)
        }
    }
}
