import Dispatch
import Glibc
import Synchronization
import Testing
import TrackerLog
import TrackerTestSupport

/// `fork(2)`, which the compiler hides because most programs must not call it; a host program may.
private func forkProcess() -> pid_t {
    typealias Fork = @convention(c) () -> pid_t
    guard let symbol = unsafe dlsym(nil, "fork") else { return -1 }
    return unsafe unsafeBitCast(symbol, to: Fork.self)()
}

/// Waits for a child that must exit with success. One that hangs is killed after half a minute: its
/// own `alarm` would not reach it, as libdispatch threads block signals.
private func awaitSuccess(of child: pid_t) {
    var status: Int32 = 0
    for _ in 0..<3_000 {
        if unsafe waitpid(child, &status, WNOHANG) == child {
            precondition(status == 0, "\(status)")
            return
        }
        usleep(10_000)
    }
    kill(child, SIGKILL)
    preconditionFailure("the child hung")
}

/// A writer that soon writes what it is given, in memory. - Parameter onAppend: before each write.
private func memoryWriter(onAppend: @escaping @Sendable () -> Void) throws -> SessionWriter {
    let storage = FaultyStorage(
        MemoryStorage(),
        plan: FaultPlan { call in
            if call.operation == .append { onAppend() }
            return nil
        })
    var configuration = SessionWriter.Configuration()
    configuration.limits.targetFrameMilliseconds = 1
    return SessionWriter(
        storage: storage, user: try UserID("u"), session: try SessionID("s"),
        configuration: configuration)
}

/// In processes of their own, because they change what belongs to the whole process.
@Suite("A writer and its process", .timeLimit(.minutes(10)))
struct WriterProcessTests {
    @Test("F57: a forked child writes under an id of its own, and takes nothing of its parent's")
    func fork() async {
        await #expect(processExitsWith: .success) {
            let folder = try TemporaryFolder()
            let storage = try PosixStorage(root: folder.path, create: false)
            let (user, session) = (try UserID("u"), try SessionID("s"))
            let writer = SessionWriter(storage: storage, user: user, session: session)
            try writer.appendBatch(SegmentBuilder.samples(0..<5))
            // In the parent's queue when the child begins: the parent's to write.
            for event in SegmentBuilder.samples(5..<10) { writer.append(event) }
            let parentID = writer.writerID
            let child = forkProcess()
            if child == 0 {
                do {
                    for event in SegmentBuilder.samples(100..<103) { writer.append(event) }
                    try writer.appendBatch(SegmentBuilder.samples(103..<106))
                    try writer.close()
                    _exit(writer.writerID == parentID ? 3 : 0)
                } catch {
                    _exit(4)
                }
            }
            try writer.appendBatch(SegmentBuilder.samples(10..<15))
            awaitSuccess(of: child)
            try writer.close()
            let found = try RecoveredSession(storage, user, session)
            precondition(found.values == Array(0..<15) + Array(100..<106), "\(found)")
            precondition(found.duplicates == 0 && found.conflicts == 0 && found.gaps == 0)
            precondition(found.seqsByWriter.count == 2 && found.badRegions.isEmpty)
        }
    }

    @Test("F57: a fork waits for the frame that is being written")
    func forkWhileWriting() async {
        await #expect(processExitsWith: .success) {
            let (hasBegun, isWriting) = (DispatchSemaphore(value: 0), Flag())
            let writer = try memoryWriter {
                isWriting.value.store(true, ordering: .sequentiallyConsistent)
                hasBegun.signal()
                usleep(20_000)
                isWriting.value.store(false, ordering: .sequentiallyConsistent)
            }
            for round in 0..<5 {
                for event in SegmentBuilder.samples(FourFrames.values(round)) {
                    writer.append(event)
                }
                precondition(hasBegun.wait(timeout: .now() + 30) == .success)
                let child = forkProcess()
                if child == 0 { _exit(isWriting.value.load(ordering: .relaxed) ? 5 : 0) }
                awaitSuccess(of: child)
                try writer.flush()
                while hasBegun.wait(timeout: .now()) == .success {}
            }
        }
    }

    @Test("F57: a disk that hangs does not keep a program from forking")
    func forkWhileDiskHangs() async {
        await #expect(processExitsWith: .success) {
            // Without its bound the fork would not return, and nothing else ends this process.
            alarm(45)
            let (hasBegun, goesOn) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
            let writer = try memoryWriter {
                hasBegun.signal()
                goesOn.wait()
                goesOn.signal()
            }
            for event in SegmentBuilder.samples(0..<5) { writer.append(event) }
            precondition(hasBegun.wait(timeout: .now() + 30) == .success)
            let child = forkProcess()
            if child == 0 { _exit(0) }
            goesOn.signal()
            awaitSuccess(of: child)
            // The parent's writing thread is let go again.
            try writer.close()
            precondition(writer.statistics.accepted == 5)
        }
    }

    @Test("F24: a file size limit of the process is an error like a full disk")
    func fileSizeLimit() async {
        await #expect(processExitsWith: .success) {
            // What a program that writes files with a limit has to do, and `tracker` does.
            signal(SIGXFSZ, SIG_IGN)
            let folder = try TemporaryFolder()
            let storage = try PosixStorage(root: folder.path, create: false)
            let (user, session) = (try UserID("u"), try SessionID("s"))
            let writer = SessionWriter(
                storage: storage, user: user, session: session,
                configuration: .init(durability: .durable))
            var old = rlimit()
            precondition(unsafe getrlimit(__rlimit_resource_t(1), &old) == 0)
            var low = rlimit(rlim_cur: 1_000, rlim_max: old.rlim_max)
            precondition(unsafe setrlimit(__rlimit_resource_t(1), &low) == 0)
            var (acknowledged, failures) = ([Int](), 0)
            for batch in 0..<30 {
                if batch == 20 { precondition(unsafe setrlimit(__rlimit_resource_t(1), &old) == 0) }
                do throws(LogError) {
                    try writer.appendBatch(SegmentBuilder.samples(FourFrames.values(batch)))
                    acknowledged += FourFrames.values(batch)
                } catch {
                    failures += 1
                }
            }
            precondition(failures > 5 && failures < 20, "\(failures)")
            let found = try RecoveredSession(storage, user, session)
            precondition(found.values == acknowledged && found.badRegions.isEmpty, "\(found)")
        }
    }
}

private final class Flag: Sendable {
    let value = Atomic<Bool>(false)
}
