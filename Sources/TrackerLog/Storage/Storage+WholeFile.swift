/// Files that are read and replaced as a whole.
extension Storage {
    /// Replaces the file atomically: after a power cut it has the old or the new content, never a
    /// part.
    ///
    /// Steps: write a temporary file in the same directory, sync, close, rename, sync the
    /// directory.
    /// - Parameter mark: part of the temporary file's name; must be unique for each process that
    ///   may replace the same file at the same time.
    public func replace(
        _ path: StoragePath, with bytes: [UInt8], mark: String = ""
    ) throws(StorageError) {
        try replace(path, mark: mark) { append throws(StorageError) in try append(bytes) }
    }

    /// The same for content that is produced in pieces.
    /// - Parameter write: calls its argument for each piece.
    public func replace(
        _ path: StoragePath, mark: String = "",
        writing write: (_ append: ([UInt8]) throws(StorageError) -> Void) throws(StorageError) ->
            Void
    ) throws(StorageError) {
        try createDirectory(path.parent)
        let temporary = path.parent.appending(path.name + mark + ".tmp")
        let file = try createFresh(temporary)
        do throws(StorageError) {
            try write { piece throws(StorageError) in
                try file.appendAll(piece[...], path: path.description)
            }
            try file.sync()
            try file.close()
            try rename(temporary, to: path)
            try syncDirectory(path.parent)
        } catch {
            // Report the first error; a leftover temporary file is replaced next time.
            removeIfThere(temporary)
            throw error
        }
    }

    /// Reads the whole file.
    /// - Parameter limit: larger files are refused with `EFBIG`.
    public func readAll(_ path: StoragePath, limit: Int) throws(StorageError) -> [UInt8] {
        let file = try openForReading(path)
        let size = try file.status().size
        guard size <= limit else {
            throw StorageError(
                operation: .read, path: path.description, code: ErrorCode.fileTooLarge)
        }
        return try file.readBytes(at: 0, count: size)
    }

    /// Removes the file, ignoring errors.
    public func removeIfThere(_ path: StoragePath) {
        do throws(StorageError) { try remove(path) } catch { return }
    }

    private func createFresh(_ path: StoragePath) throws(StorageError) -> any StorageFile {
        do throws(StorageError) {
            return try create(path)
        } catch {
            guard error.code == ErrorCode.exists else { throw error }
            try remove(path)
            return try create(path)
        }
    }
}

extension StorageFile {
    /// Reads `count` bytes from `offset` on; fewer only at the end of the file.
    public func readBytes(at offset: Int, count: Int) throws(StorageError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var got = 0
        while got < count {
            let from = got
            let result = unsafe bytes.withUnsafeMutableBytes { buffer in
                let room = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[from...])
                return Result { () throws(StorageError) in
                    try unsafe read(into: room, at: offset + from)
                }
            }
            let some = try result.get()
            if some == 0 { break }
            got += some
        }
        bytes.removeSubrange(got...)
        return bytes
    }

    /// Appends all bytes, in as many writes as needed.
    /// - Parameter path: for the error when the disk is full.
    public func appendAll(_ bytes: ArraySlice<UInt8>, path: String) throws(StorageError) {
        var rest = bytes
        while !rest.isEmpty {
            let result = unsafe rest.withUnsafeBytes { buffer in
                Result { () throws(StorageError) in try unsafe append(buffer) }
            }
            let written = try result.get()
            guard written > 0 else {
                throw StorageError(operation: .append, path: path, code: ErrorCode.noSpace)
            }
            rest = rest.dropFirst(written)
        }
    }
}
