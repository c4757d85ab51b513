import Dispatch
import Synchronization

/// The syncs of a group of writers. Its state is used on the group's queue only; the syncs run on
/// other threads, one set at a time.
final class GroupSync {
    private let storage: any Storage
    /// The group's.
    private let queue: DispatchQueue
    private let intervalMilliseconds: Int
    /// Writers whose frames are not synced yet.
    private var dirty: [FrameWriter] = []
    /// When the first of them was written to.
    private var dirtySince: MonotonicTime?
    private var isScheduled = false
    private var isRunning = false
    /// Callers that wait until everything is synced, from before the next sync begins.
    private var waiting: [(LogError?) -> Void] = []

    private static let runner = DispatchQueue(label: "tracker.sync")
    private static let files = (0..<LogLimits.syncThreads).map {
        DispatchQueue(label: "tracker.sync.\($0)")
    }

    init(storage: any Storage, queue: DispatchQueue, intervalMilliseconds: Int) {
        self.storage = storage
        self.queue = queue
        self.intervalMilliseconds = intervalMilliseconds
    }

    /// Syncs it within the interval.
    func add(_ frames: FrameWriter) {
        guard frames.wantsSync() else { return }
        dirty.append(frames)
        if dirtySince == nil { dirtySince = .now }
        schedule()
    }

    /// - Parameter done: called on the queue when all that was added is synced, or with the error
    ///   that remains.
    func syncAll(_ done: @escaping (LogError?) -> Void) {
        waiting.append(done)
        begin()
    }

    /// Syncs these now, and returns then.
    func sync(_ writers: [FrameWriter]) {
        let syncs = writers.map { ($0, $0.beginSync()) }
        end(syncs, isTogether: Self.run(syncs.compactMap(\.1), storage))
    }

    private func schedule() {
        guard !isScheduled, !isRunning, let dirtySince else { return }
        isScheduled = true
        let passed = MonotonicTime.now.milliseconds - dirtySince.milliseconds
        let begin = Confined { [self] in
            isScheduled = false
            self.begin()
        }
        SharedTimer.shared.after(milliseconds: max(0, intervalMilliseconds - passed)) { [queue] in
            queue.async { ForkGate.hold { begin.value() } }
        }
    }

    private func begin() {
        guard !isRunning else { return }
        isRunning = true
        let writers = dirty
        dirty = []
        dirtySince = nil
        for frames in writers { frames.syncIsScheduled = false }
        let callers = waiting
        waiting = []
        let syncs = writers.map { ($0, $0.beginSync()) }
        let finish = Confined { [self] (isTogether: Bool) in
            isRunning = false
            end(syncs, isTogether: isTogether)
            var failure: LogError?
            for frames in writers {
                // What has failed is written again at once, and then at each interval.
                if frames.needsSettling, let error = frames.settle() { failure = error }
                add(frames)
            }
            for done in callers { done(failure) }
            if waiting.isEmpty { schedule() } else { begin() }
        }
        let running = syncs.compactMap(\.1)
        Self.runner.async { [queue, storage] in
            let isTogether = Self.run(running, storage)
            queue.async { ForkGate.hold { finish.value(isTogether) } }
        }
    }

    private func end(_ syncs: [(FrameWriter, SegmentSync?)], isTogether: Bool) {
        var hasFailed = false
        for (frames, sync) in syncs {
            guard let sync else { continue }
            if !sync.wait() { hasFailed = true }
            frames.endSync(sync)
        }
        // It may have been a frame that was written after the sync began.
        if hasFailed, isTogether { for frames in dirty { frames.distrust() } }
    }

    /// Ends each of the syncs: many with one call, and what that does not cover file by file.
    /// - Returns: whether there was a sync of the file system.
    private static func run(_ syncs: [SegmentSync], _ storage: any Storage) -> Bool {
        let place = storage.syncedPlace
        var covered = place.device == nil ? [] : syncs.filter { $0.place == place }
        let isTogether =
            covered.count > LogLimits.mostSingleSyncs || covered.contains { $0.file == nil }
        if !isTogether { covered = [] }
        if isTogether {
            do throws(StorageError) {
                try storage.syncFileSystem()
                // Another folder may have taken the root's place while it was synced.
                if storage.syncedPlace == place {
                    for sync in covered { sync.end(isDurable: true) }
                } else {
                    covered = []
                }
            } catch {
                for sync in covered { sync.end(isDurable: false) }
            }
        }
        let done = Set(covered.map(ObjectIdentifier.init))
        runEach(syncs.filter { !done.contains(ObjectIdentifier($0)) })
        return isTogether
    }

    private static func runEach(_ syncs: [SegmentSync]) {
        if syncs.count == 1 { return syncs[0].run() }
        for (index, sync) in syncs.enumerated() {
            files[index % files.count].async { sync.run() }
        }
        for sync in syncs { _ = sync.wait() }
    }
}
