import Glibc

/// Appends frames to the segments of one writer: the rules of `docs/FORMAT.md` section 4, on one
/// thread.
///
/// Invariants: one append is one whole frame in one `write(2)`; a file whose sync failed is never
/// synced again; what `sync()` returned for is durable: every frame since the last one is in the
/// file it synced, or was in one synced before.
final class SegmentAppender {
    let writerID: String
    private let storage: any Storage
    private let folder: StoragePath
    private let keepsUnsynced: Bool
    private let limits: WriterLimits
    /// Called with its path when the file being written has been removed.
    var onRemoved: (String) -> Void = { _ in }

    /// `tracker.json` was read and lets this program write.
    private var isFormatChecked = false
    private var file: (any StorageFile)?
    private var number = 0
    /// Size up to the last whole frame.
    private var goodBytes = 0
    private var openedAtMs = 0.0
    /// Frames of the current file that no successful sync covers yet.
    private var unsynced: [[UInt8]] = []
    /// Unsynced frames of files that were given up: they are written again before a sync counts.
    private var orphans: [[UInt8]] = []
    private var unsyncedBytes = 0
    /// Of the last file whose closing failed, until a caller is told.
    private var closeFailure: StorageError?

    /// - Parameter keepsUnsynced: whether `sync()` will be called; frames are then held until it
    ///   is.
    init(
        storage: any Storage, folder: StoragePath, writerID: String, keepsUnsynced: Bool,
        limits: WriterLimits
    ) {
        self.storage = storage
        self.folder = folder
        self.writerID = writerID
        self.keepsUnsynced = keepsUnsynced
        self.limits = limits
    }

    /// Whether the folder has a format that this program knows: asked before the first write.
    func checkFormat() throws(LogError) {
        guard !isFormatChecked else { return }
        do throws(DataFolderError) {
            try DataFolder.check(storage)
        } catch {
            if case .storage(let error) = error { throw .storage(error) }
            throw .dataFolder(error)
        }
        isFormatChecked = true
    }

    var hasUnsynced: Bool { !unsynced.isEmpty || !orphans.isEmpty }

    /// Appends one whole frame.
    /// - Throws: when the frame is not in the log; nothing of it will be read.
    func append(_ frame: UnsafeRawBufferPointer, nowMs: Double) throws(StorageError) {
        if needsNewSegment(nowMs) {
            // What the old file still owes is settled while it is at hand.
            try sync(nowMs: nowMs)
            closeFile()
        }
        // A disk that writes and never syncs must not fill the memory.
        if unsyncedBytes >= limits.maxUnsyncedBytes { try sync(nowMs: nowMs) }
        unsafe try write(frame, nowMs: nowMs)
        guard keepsUnsynced else { return }
        unsafe unsynced.append(Array(frame))
        unsyncedBytes += frame.count
    }

    /// Makes everything appended so far survive a power cut.
    ///
    /// After a failed `fdatasync` the file is left alone: the frames go to a new segment (a reader
    /// drops the duplicates), and only its sync counts.
    func sync(nowMs: Double) throws(StorageError) {
        guard hasUnsynced else { return }
        if orphans.isEmpty, let file {
            do throws(StorageError) {
                try file.sync()
                // Durable in a file that no name leads to is lost all the same.
                if !isRemoved(file) { return allIsDurable() }
            } catch {
                giveUpFile()
            }
        }
        do throws(StorageError) {
            for frame in orphans { try write(frame, nowMs: nowMs) }
            try openFile(nowMs).sync()
            allIsDurable()
        } catch {
            giveUpFile()
            throw error
        }
    }

    /// Closes the file, and says what closing this one or one before has reported: what was written
    /// and never synced may not be there. A later append opens a new segment.
    func close() throws(StorageError) {
        closeFile()
        try reportClosing()
    }

    /// - Throws: the failure of a close that nobody was told of, once.
    func reportClosing() throws(StorageError) {
        guard let failure = closeFailure else { return }
        closeFailure = nil
        throw failure
    }

    private func closeFile() {
        guard let file else { return }
        self.file = nil
        do throws(StorageError) { try file.close() } catch { closeFailure = error }
    }

    private func allIsDurable() {
        unsynced.removeAll(keepingCapacity: true)
        orphans = []
        unsyncedBytes = 0
    }

    /// Nothing more is written to the file or hoped from it.
    private func giveUpFile() {
        let reported = closeFailure
        closeFile()
        // What is kept is written again elsewhere, so nothing hangs on how this close went.
        if keepsUnsynced { closeFailure = reported }
        orphans += unsynced
        unsynced = []
    }

    private func needsNewSegment(_ nowMs: Double) -> Bool {
        guard file != nil else { return false }
        let limitMs = Double(limits.rotateAfterSeconds) * 1_000
        return goodBytes >= limits.rotateAfterBytes || nowMs - openedAtMs >= limitMs
            || nowMs < openedAtMs - limitMs
    }

    private func write(_ frame: [UInt8], nowMs: Double) throws(StorageError) {
        let result = unsafe frame.withUnsafeBytes { bytes in
            Result { () throws(StorageError) in unsafe try write(bytes, nowMs: nowMs) }
        }
        try result.get()
    }

    /// One frame, one `write(2)`. After a short write the frame is cut off and written once more.
    private func write(_ frame: UnsafeRawBufferPointer, nowMs: Double) throws(StorageError) {
        var failure = StorageError(operation: .append, path: folder.description, code: EIO)
        for _ in 0..<2 {
            let file = try openFile(nowMs)
            do throws(StorageError) {
                let count = unsafe try file.append(frame)
                if count == frame.count, !isRemoved(file) {
                    goodBytes += frame.count
                    return
                }
                // A disk that takes part of a frame has no room for the rest.
                failure.code = count < frame.count ? ENOSPC : ENOENT
            } catch {
                failure = error
            }
            if self.file != nil { try cutBack(file) }
        }
        throw failure
    }

    /// Whether somebody has removed the file: what was written to it is gone. It is then given up.
    private func isRemoved(_ file: any StorageFile) -> Bool {
        do throws(StorageError) {
            guard try file.status().isRemoved else { return false }
        } catch {
            // Not known; the frame was taken, and a sync will say what is wrong with the file.
            return false
        }
        onRemoved(currentPath)
        giveUpFile()
        return true
    }

    /// Of the segment being written, below the root.
    private var currentPath: String {
        folder.appending(SegmentName(writer: writerID, number: number).fileName).description
    }

    private func cutBack(_ file: any StorageFile) throws(StorageError) {
        do throws(StorageError) {
            try file.truncate(to: goodBytes)
        } catch {
            // Bytes of half a frame may stay: readers skip them, and nothing is written behind
            // them.
            giveUpFile()
            throw error
        }
    }

    private func openFile(_ nowMs: Double) throws(StorageError) -> any StorageFile {
        if let file { return file }
        try storage.createDirectory(folder)
        let created = try createNext()
        _ = try created.lockShared()
        try storage.syncDirectory(folder)
        file = created
        goodBytes = 0
        openedAtMs = nowMs
        return created
    }

    /// A file under the next free number. A number that no file got is used again: there are only a
    /// million, and a disk without room is asked often.
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
