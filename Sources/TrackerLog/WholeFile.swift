/// Files that are read and replaced in one piece.
extension Storage {
    /// Replaces the file by new bytes so that it is the old or the new one after a power cut, never
    /// a part.
    ///
    /// Temporary file in the same directory, write, sync, close, rename, sync of the directory.
    public func replace(_ path: StoragePath, with bytes: [UInt8]) throws(StorageError) {
        try createDirectory(path.parent)
        let temporary = path.parent.appending(path.name + ".tmp")
        let file = try createAnew(temporary)
        do throws(StorageError) {
            try Self.appendAll(bytes, to: file, path)
            try file.sync()
            try file.close()
            try rename(temporary, to: path)
            try syncDirectory(path.parent)
        } catch {
            // The first failure is what the caller hears of; a leftover is replaced the next time.
            removeIfThere(temporary)
            throw error
        }
    }

    /// The whole file.
    /// - Parameter limit: larger files are refused with `EFBIG`.
    public func readAll(_ path: StoragePath, limit: Int) throws(StorageError) -> [UInt8] {
        let file = try openForReading(path)
        let size = try file.status().size
        guard size <= limit else {
            throw StorageError(
                operation: .read, path: path.description, code: ErrorCode.fileTooLarge)
        }
        var bytes = [UInt8](repeating: 0, count: size)
        var count = 0
        while count < size {
            let from = count
            let result = unsafe bytes.withUnsafeMutableBytes { buffer in
                let room = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[from...])
                return Result { () throws(StorageError) in
                    try unsafe file.read(into: room, at: from)
                }
            }
            let got = try result.get()
            if got == 0 { break }
            count += got
        }
        bytes.removeSubrange(count...)
        return bytes
    }

    /// Removes the file; one that is not there, or cannot be removed, is left to be.
    public func removeIfThere(_ path: StoragePath) {
        do throws(StorageError) { try remove(path) } catch { return }
    }

    private func createAnew(_ path: StoragePath) throws(StorageError) -> any StorageFile {
        do throws(StorageError) {
            return try create(path)
        } catch {
            guard error.code == ErrorCode.exists else { throw error }
            try remove(path)
            return try create(path)
        }
    }

    private static func appendAll(
        _ bytes: [UInt8], to file: any StorageFile, _ path: StoragePath
    ) throws(StorageError) {
        var count = 0
        while count < bytes.count {
            let from = count
            let result = unsafe bytes.withUnsafeBytes { buffer in
                let rest = unsafe UnsafeRawBufferPointer(rebasing: buffer[from...])
                return Result { () throws(StorageError) in try unsafe file.append(rest) }
            }
            let written = try result.get()
            guard written > 0 else {
                throw StorageError(
                    operation: .append, path: path.description, code: ErrorCode.noSpace)
            }
            count += written
        }
    }
}
