import Synchronization

/// One sync of a segment, made by another thread while its writer goes on.
///
/// Whoever needs its outcome waits for it: the kernel reports a failure once for each open file, so
/// that a second sync beside this one would learn nothing.
final class SegmentSync: Sendable {
    private let storage: any Storage
    let folder: StoragePath
    /// `nil` for a closed segment, of which only a sync of the file system says anything.
    let file: (any StorageFile)?
    /// Whether names on the way to the file may not be durable yet.
    let coversNames: Bool
    /// Where the file is, for a sync of the file system.
    let place: Place
    /// Frames that it covers, and which frames these are.
    let frames: Int
    let epoch: Int
    private let outcome = Mutex<Bool?>(nil)
    private let ended = MonotonicSemaphore()

    struct Place: Hashable {
        var device: UInt64?
        /// Of the root, when the file was created.
        var generation: Int
    }

    init(
        storage: any Storage, folder: StoragePath, file: (any StorageFile)?, coversNames: Bool,
        place: Place, frames: Int, epoch: Int
    ) {
        self.storage = storage
        self.folder = folder
        self.file = file
        self.coversNames = coversNames
        self.place = place
        self.frames = frames
        self.epoch = epoch
    }

    /// Syncs the file, and the names that lead to it.
    func run() {
        do throws(StorageError) {
            guard let file else { return end(isDurable: false) }
            if coversNames, place.generation == storage.rootGeneration {
                try storage.createDirectory(folder)
                try storage.syncDirectory(folder)
            }
            try file.sync()
            end(isDurable: true)
        } catch {
            end(isDurable: false)
        }
    }

    /// A sync that covered it has ended.
    func end(isDurable: Bool) {
        outcome.withLock { $0 = isDurable }
        ended.signal()
    }

    /// Waits for the end, however long the disk takes: the writer cannot go on without.
    /// - Returns: whether all is durable.
    func wait() -> Bool {
        while true {
            if let isDurable = outcome.withLock({ $0 }) { return isDurable }
            // Others may wait as well.
            if ended.wait(milliseconds: LogLimits.maxAnswerMilliseconds) { ended.signal() }
        }
    }
}

extension Storage {
    /// Where a file must be for a sync of the file system to cover it.
    var syncedPlace: SegmentSync.Place {
        let generation = rootGeneration
        return SegmentSync.Place(device: syncedDevice, generation: generation)
    }
}
