import Glibc

/// Appends frames to the segments of one writer: the rules of `docs/FORMAT.md` section 4, on one thread.
///
/// Invariants: one append is one whole frame in one `write(2)`; a file whose sync failed is never synced
/// again; what `sync()` returned for is durable.
final class SegmentAppender {
    let writerID: String
    private let storage: any Storage
    private let folder: StoragePath
    private let keepsUnsynced: Bool

    private var file: (any StorageFile)?
    private var number = 0
    /// Size up to the last whole frame.
    private var goodBytes = 0
    private var openedAtMs = 0.0
    /// Frames that no successful sync covers yet, for writing them again when a sync fails.
    private var unsynced: [[UInt8]] = []
    /// The file may hold part of a frame, or its sync failed: nothing more is written to it.
    private var isSpoiled = false

    /// - Parameter keepsUnsynced: whether `sync()` will be called; frames are then held until it is.
    init(storage: any Storage, folder: StoragePath, writerID: String, keepsUnsynced: Bool) {
        self.storage = storage
        self.folder = folder
        self.writerID = writerID
        self.keepsUnsynced = keepsUnsynced
    }

    var hasUnsynced: Bool { !unsynced.isEmpty }

    /// Appends one whole frame.
    /// - Throws: when the frame is not in the log; nothing of it will be read.
    func append(_ frame: [UInt8], nowMs: Double) throws(StorageError) {
        if needsNewSegment(nowMs) {
            // What the old file still owes is settled while it is at hand.
            if hasUnsynced, !isSpoiled { try sync(nowMs: nowMs) }
            if isSpoiled || file != nil { file = nil }
        }
        try write(frame, nowMs: nowMs)
        if keepsUnsynced { unsynced.append(frame) }
    }

    /// Makes everything appended so far survive a power cut.
    ///
    /// After a failed `fdatasync` the file is left alone: the frames go to a new segment (a reader
    /// drops the duplicates), and only its sync counts.
    func sync(nowMs: Double) throws(StorageError) {
        guard hasUnsynced else { return }
        if let file, !isSpoiled {
            do throws(StorageError) {
                try file.sync()
                unsynced.removeAll(keepingCapacity: true)
                return
            } catch {
                isSpoiled = true
            }
        }
        file = nil
        do throws(StorageError) {
            for frame in unsynced { try write(frame, nowMs: nowMs) }
            try openFile(nowMs).sync()
            unsynced.removeAll(keepingCapacity: true)
        } catch {
            // This file may lack some of the frames: a later sync of it alone would prove nothing.
            isSpoiled = true
            throw error
        }
    }

    private func needsNewSegment(_ nowMs: Double) -> Bool {
        guard file != nil else { return false }
        return isSpoiled || goodBytes >= LogLimits.rotateAfterBytes
            || nowMs - openedAtMs >= Double(LogLimits.rotateAfterSeconds) * 1_000
            || nowMs < openedAtMs - Double(LogLimits.rotateAfterSeconds) * 1_000
    }

    /// One frame, one `write(2)`. After a short write the frame is cut off and written once more.
    private func write(_ frame: [UInt8], nowMs: Double) throws(StorageError) {
        let file = try openFile(nowMs)
        var failure = StorageError(operation: .append, path: folder.description, code: EIO)
        for _ in 0..<2 {
            do throws(StorageError) {
                let count = try Self.appendOnce(frame, to: file)
                if count == frame.count {
                    goodBytes += frame.count
                    return
                }
                // A disk that takes part of a frame has no room for the rest.
                failure.code = ENOSPC
            } catch {
                failure = error
            }
            try cutBack(file)
        }
        throw failure
    }

    private static func appendOnce(
        _ frame: [UInt8], to file: any StorageFile
    ) throws(StorageError) -> Int {
        let result = frame.withUnsafeBytes { bytes in
            Result { () throws(StorageError) in try file.append(bytes) }
        }
        return try result.get()
    }

    private func cutBack(_ file: any StorageFile) throws(StorageError) {
        do throws(StorageError) {
            try file.truncate(to: goodBytes)
        } catch {
            // Bytes of half a frame may stay: readers skip them, and nothing is written behind them.
            isSpoiled = true
            throw error
        }
    }

    private func openFile(_ nowMs: Double) throws(StorageError) -> any StorageFile {
        if let file, !isSpoiled { return file }
        try storage.createDirectory(folder)
        number += 1
        let name = SegmentName(writer: writerID, number: number)
        let created = try storage.create(folder.appending(name.fileName))
        _ = try created.lockShared()
        try storage.syncDirectory(folder)
        file = created
        goodBytes = 0
        openedAtMs = nowMs
        isSpoiled = false
        return created
    }
}
