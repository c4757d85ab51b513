import Glibc

/// Appends frames to the segments of one writer, by the rules of `docs/FORMAT.md` section 4. Used
/// by one thread; another one may sync meanwhile (`beginSync`).
///
/// Invariants: one append is one whole frame in one `write(2)`. A file whose sync failed is never
/// synced again. After `sync()` returns, every frame appended so far is in a file that was synced
/// successfully.
final class SegmentAppender: OpenSegment {
    typealias Instant = ContinuousClock.Instant

    let writerID: String
    var newer: (any OpenSegment)?
    var older: (any OpenSegment)?
    private let openSegments: OpenSegments?
    private let storage: any Storage
    private let folder: StoragePath
    private let keepsUnsynced: Bool
    private let limits: WriterLimits
    /// Called with the path when the current file has been removed.
    var onRemoved: (String) -> Void = { _ in }

    /// The generation of the root whose `tracker.json` was read and lets this program write.
    private var checkedGeneration: Int?
    private var file: (any StorageFile)?
    private var number = 0
    /// Size of the file up to its last whole frame.
    private var goodBytes = 0
    /// The closed file that the next append may go on with.
    private var parked: FileStatus?
    /// Of the current file, closed or not.
    private var place = SegmentSync.Place(device: nil, generation: 0)
    /// The names on the way to the current file may not be durable yet.
    private var namesAreNew = false
    /// The sync that another thread makes of the current file.
    private var syncing: SegmentSync?
    /// Counts how often `unsynced` began anew, so that a sync which comes late is noticed.
    private var epoch = 0
    /// By a clock that nobody sets and that goes on while the machine is suspended.
    private var openedAt = ContinuousClock.now
    /// Frames of the current file that are not synced yet.
    private var unsynced: [[UInt8]] = []
    /// Unsynced frames of abandoned files: rewritten to a new file before the next sync.
    private var orphans: [[UInt8]] = []
    private var unsyncedBytes = 0
    /// The error of the last failed close, until it has been reported.
    private var closeFailure: StorageError?

    /// - Parameters:
    ///   - keepsUnsynced: whether `sync()` will be called; frames are then kept until it succeeds.
    ///   - openSegments: of the group, which syncs names together with files; `nil` for a writer
    ///   of its own.
    init(
        storage: any Storage, folder: StoragePath, writerID: String, keepsUnsynced: Bool,
        limits: WriterLimits, openSegments: OpenSegments? = nil
    ) {
        self.openSegments = openSegments
        self.storage = storage
        self.folder = folder
        self.writerID = writerID
        self.keepsUnsynced = keepsUnsynced
        self.limits = limits
    }

    /// Checks, before the first write to a data folder, that this program knows its format.
    func checkFormat() throws(LogError) {
        if file == nil { storage.followRoot() }
        let generation = storage.rootGeneration
        guard checkedGeneration != generation else { return }
        do throws(DataFolderError) {
            try DataFolder.check(storage)
        } catch {
            if case .storage(let error) = error { throw .storage(error) }
            throw .dataFolder(error)
        }
        checkedGeneration = generation
    }

    var hasUnsynced: Bool { !unsynced.isEmpty || !orphans.isEmpty }

    /// Frames of a file that is given up have to be written again.
    var hasOrphans: Bool { !orphans.isEmpty }

    /// Appends one whole frame.
    /// - Throws: when the frame could not be appended; readers will see none of it.
    func append(_ frame: UnsafeRawBufferPointer, now: Instant) throws(StorageError) {
        if needsNewSegment(now) {
            // Sync the old file before it is closed.
            try sync(now: now)
            closeFile()
        }
        // Bound the memory on a disk that writes but never syncs.
        if unsyncedBytes >= limits.maxUnsyncedBytes { try sync(now: now) }
        unsafe try write(frame, now: now)
        guard keepsUnsynced else { return }
        unsafe unsynced.append(Array(frame))
        unsyncedBytes += frame.count
    }

    /// Makes everything appended so far durable.
    ///
    /// After a failed `fdatasync` the file is abandoned. Its unsynced frames are written to a new
    /// segment, where readers drop duplicates, and only the sync of that segment counts.
    func sync(now: Instant) throws(StorageError) {
        if let syncing { endSync(syncing, isDurable: syncing.wait()) }
        // What became of frames in a closed file, nobody says any more.
        if file == nil, !unsynced.isEmpty { abandonFile() }
        guard hasUnsynced else { return }
        if orphans.isEmpty, let file {
            do throws(StorageError) {
                try syncNames()
                try file.sync()
                // Frames in an unlinked file are lost even when they are synced.
                if !isRemoved(file) { return allIsDurable() }
            } catch {
                abandonFile()
            }
        }
        do throws(StorageError) {
            for frame in orphans { try write(frame, now: now) }
            let file = try openFile(now)
            try syncNames()
            try file.sync()
            allIsDurable()
        } catch {
            abandonFile()
            throw error
        }
    }

    private func syncNames() throws(StorageError) {
        guard namesAreNew else { return }
        // Those of a former root were synced when it was left.
        if place.generation == storage.rootGeneration {
            try storage.createDirectory(folder)
            try storage.syncDirectory(folder)
        }
        namesAreNew = false
    }

    /// What another thread has to do to make everything appended so far durable; `nil` when that is
    /// not one sync. Its end must be told by `endSync`.
    func beginSync() -> SegmentSync? {
        guard syncing == nil, orphans.isEmpty, !unsynced.isEmpty else { return nil }
        let sync = SegmentSync(
            storage: storage, folder: folder, file: file, coversNames: namesAreNew, place: place,
            frames: unsynced.count, epoch: epoch)
        syncing = sync
        return sync
    }

    /// May be called again: only the first time counts.
    func endSync(_ sync: SegmentSync, isDurable: Bool) {
        guard syncing === sync else { return }
        syncing = nil
        // The file was abandoned meanwhile: its frames are written again.
        guard sync.epoch == epoch else { return }
        guard isDurable else { return abandonFile() }
        if let file, isRemoved(file) { return }
        if sync.coversNames { namesAreNew = false }
        unsyncedBytes -= unsynced.prefix(sync.frames).reduce(0) { $0 + $1.count }
        unsynced.removeFirst(sync.frames)
    }

    /// A sync of the file system has failed, which may have been for any frame.
    func distrust() {
        guard syncing == nil, !unsynced.isEmpty else { return }
        abandonFile()
    }

    /// Closes the file and reports a failed close of this or an earlier file: frames that were
    /// never synced may then be lost. A later append opens a new segment.
    func close() throws(StorageError) {
        closeFile()
        try reportClosing()
    }

    /// Closes the file, and goes on in it with the next append if nobody has touched it meanwhile.
    ///
    /// It is synced before, unless a sync of the file system will tell what becomes of a closed
    /// file. Stays open while another thread syncs it.
    func park() {
        guard let file, syncing?.file !== file else { return }
        do throws(StorageError) {
            if hasUnsynced, place.device == nil || place != storage.syncedPlace {
                try sync(now: .now)
            }
            guard self.file === file else { return closeFile() }
            let status = try file.status()
            let reported = closeFailure
            closeFile()
            guard closeFailure != nil, keepsUnsynced else {
                parked = status
                return
            }
            // What is not synced is in doubt, and written again.
            closeFailure = reported
            abandonFile()
        } catch {
            abandonFile()
        }
    }

    /// Only this writer has the name: a file that is the same as it was has no other's bytes.
    private func reopen() throws(StorageError) -> (any StorageFile)? {
        guard let status = parked.take(), status.size == goodBytes, !status.isRemoved,
            place.generation == storage.rootGeneration
        else { return nil }
        // One that is gone must not be made again.
        let file = try storage.openForAppending(currentPath)
        guard try file.lockShared(), try file.status() == status else {
            try file.close()
            return nil
        }
        return file
    }

    /// - Throws: the error of a failed close that has not been reported yet.
    func reportClosing() throws(StorageError) {
        guard let failure = closeFailure else { return }
        closeFailure = nil
        throw failure
    }

    private func closeFile() {
        guard let file else { return }
        self.file = nil
        openSegments?.remove(self)
        if goodBytes == 0 { removeIfEmpty(file) }
        // Another thread syncs it, and lets it go.
        if syncing?.file === file { return }
        do throws(StorageError) { try file.close() } catch { closeFailure = error }
    }

    /// A file that took no frame is not left behind: on a full disk each append that is refused
    /// would leave one.
    private func removeIfEmpty(_ file: any StorageFile) {
        do throws(StorageError) {
            let status = try file.status()
            guard status.size == 0, !status.isRemoved else { return }
            try storage.remove(currentPath)
        } catch {
            // It stays: readers find nothing in it.
        }
    }

    private func allIsDurable() {
        unsynced.removeAll(keepingCapacity: true)
        epoch += 1
        orphans = []
        unsyncedBytes = 0
    }

    /// Abandons the file: its unsynced frames must be written again.
    private func abandonFile() {
        let reported = closeFailure
        closeFile()
        // The unsynced frames are written again, so the result of this close does not matter.
        if keepsUnsynced { closeFailure = reported }
        parked = nil
        orphans += unsynced
        unsynced = []
        epoch += 1
    }

    private func needsNewSegment(_ now: Instant) -> Bool {
        guard file != nil else { return false }
        return place.generation != storage.rootGeneration
            || goodBytes >= limits.rotateAfterBytes
            || now - openedAt >= .seconds(limits.rotateAfterSeconds)
    }

    private func write(_ frame: [UInt8], now: Instant) throws(StorageError) {
        let result = unsafe frame.withUnsafeBytes { bytes in
            Result { () throws(StorageError) in unsafe try write(bytes, now: now) }
        }
        try result.get()
    }

    /// One frame in one `write(2)`. After a failed or short write the file is truncated and the
    /// write retried once.
    private func write(_ frame: UnsafeRawBufferPointer, now: Instant) throws(StorageError) {
        var failure = StorageError(operation: .append, path: folder.description, code: EIO)
        for _ in 0..<2 {
            let file = try openFile(now)
            do throws(StorageError) {
                let count = unsafe try file.append(frame)
                if count == frame.count, !isRemoved(file) {
                    goodBytes += frame.count
                    return
                }
                // A short write means that the disk is full.
                failure.code = count < frame.count ? ENOSPC : ENOENT
            } catch {
                failure = error
            }
            if self.file != nil { try truncateToGood(file) }
        }
        throw failure
    }

    /// Whether the file has been unlinked or moved: no reader finds it. If so, abandons it.
    private func isRemoved(_ file: any StorageFile) -> Bool {
        do throws(StorageError) {
            let status = try file.status()
            place.device = status.device
            if !status.isRemoved {
                // A former root was left on purpose.
                guard place.generation == storage.rootGeneration, storage.isMissing(currentPath)
                else { return false }
                // It may come back: with nothing in it that is not acknowledged.
                // try? is right here: as in a torn file, nothing is appended behind it.
                try? file.truncate(to: goodBytes)
            }
        } catch {
            // Unknown: the frame was written, and the next sync will report what is wrong.
            return false
        }
        onRemoved(currentPath.description)
        abandonFile()
        return true
    }

    /// Path of the current segment, relative to the root.
    private var currentPath: StoragePath {
        folder.appending(SegmentName(writer: writerID, number: number).fileName)
    }

    private func truncateToGood(_ file: any StorageFile) throws(StorageError) {
        do throws(StorageError) {
            try file.truncate(to: goodBytes)
        } catch {
            // A partial frame may remain: readers skip it, and nothing is appended after it.
            abandonFile()
            throw error
        }
    }

    private func openFile(_ now: Instant) throws(StorageError) -> any StorageFile {
        if let file {
            openSegments?.use(self)
            return file
        }
        openSegments?.makeRoom()
        try checkNewFolder()
        // try? is right here: what cannot be opened again is left as it is, for a new one.
        if parked != nil, let again = try? reopen() {
            file = again
            openSegments?.use(self)
            return again
        }
        // Those of a closed file that is not gone on with.
        if !unsynced.isEmpty { abandonFile() }
        place = SegmentSync.Place(device: nil, generation: storage.rootGeneration)
        if openSegments == nil {
            try storage.createDirectory(folder)
        } else {
            try storage.makeDirectory(folder)
        }
        let created = try createNext()
        _ = try created.lockShared()
        namesAreNew = openSegments != nil
        if !namesAreNew { try storage.syncDirectory(folder) }
        file = created
        openSegments?.use(self)
        goodBytes = 0
        openedAt = now
        return created
    }

    /// The folder may have been replaced since the last check.
    private func checkNewFolder() throws(StorageError) {
        do throws(LogError) {
            try checkFormat()
        } catch {
            if case .storage(let error) = error { throw error }
            // The next append says what is wrong with it.
            throw StorageError(operation: .create, path: folder.description, code: ESTALE)
        }
    }

    /// Creates a file with the next free number. A number whose file could not be created is
    /// reused: there are only a million, and a full disk is retried often.
    private func createNext() throws(StorageError) -> any StorageFile {
        var failure = StorageError(operation: .create, path: folder.description, code: EOVERFLOW)
        while number < SegmentName.maxNumber {
            let name = SegmentName(writer: writerID, number: number + 1)
            do throws(StorageError) {
                let created = try storage.create(folder.appending(name.fileName))
                number += 1
                return created
            } catch {
                failure = error
                guard error.code == EEXIST else { break }
                number += 1
            }
        }
        throw failure
    }
}
