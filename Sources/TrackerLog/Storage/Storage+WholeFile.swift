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
        try publish(path, from: createFresh(temporary(path, mark)), mark, writing: write)
        try syncDirectory(path.parent)
    }

    /// The same for a file that can be made again at any time, such as a snapshot: after a power
    /// cut it may also be missing. Saves five system calls of ten: for very many small files they
    /// take longer than the content.
    package func replaceDerived(
        _ path: StoragePath, with bytes: [UInt8], mark: String = ""
    ) throws(StorageError) {
        let temporary = temporary(path, mark)
        let file: any StorageFile
        do throws(StorageError) {
            file = try createFresh(temporary)
        } catch {
            guard error.code == ErrorCode.notFound else { throw error }
            try createDirectory(path.parent)
            file = try createFresh(temporary)
        }
        try publish(path, from: file, mark) { append throws(StorageError) in try append(bytes) }
    }

    private func temporary(_ path: StoragePath, _ mark: String) -> StoragePath {
        path.parent.appending(path.name + mark + ".tmp")
    }

    /// Writes the temporary file, syncs and closes it, and renames it to its path.
    private func publish(
        _ path: StoragePath, from file: any StorageFile, _ mark: String,
        writing write: (_ append: ([UInt8]) throws(StorageError) -> Void) throws(StorageError) ->
            Void
    ) throws(StorageError) {
        let temporary = temporary(path, mark)
        do throws(StorageError) {
            try write { piece throws(StorageError) in
                try file.appendAll(piece[...], path: path.description)
            }
            try file.sync()
            try file.close()
            try rename(temporary, to: path)
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
