import Glibc

/// Directory listings.
extension PosixStorage {
    public func list(_ directory: StoragePath) throws(StorageError) -> [StorageEntry] {
        let stream = unsafe try openStream(openDirectory(directory, for: .list), directory)
        defer { unsafe closedir(stream) }
        return unsafe try entries(stream, directory, withStatus: true)
    }

    public func listKinds(_ directory: StoragePath) throws(StorageError) -> [StorageEntry] {
        let stream = unsafe try openStream(openDirectory(directory, for: .list), directory)
        defer { unsafe closedir(stream) }
        return unsafe try entries(stream, directory, withStatus: false)
    }

    public func listEach(
        _ names: ArraySlice<String>, in directory: StoragePath,
        _ body: (
            _ index: Int, Result<[StorageEntry], StorageError>, _ opened: any Storage
        ) -> Void
    ) throws(StorageError) {
        let parent = try openDirectory(directory, for: .list)
        defer { _ = Glibc.close(parent) }
        for (index, name) in zip(names.indices, names) {
            do throws(StorageError) {
                let path = directory.appending(name)
                try check(path, .list)
                let descriptor = Interrupted.repeated {
                    unsafe openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)
                }
                guard descriptor >= 0 else { throw failure(.list, path) }
                let stream = unsafe try openStream(descriptor, path)
                defer { unsafe closedir(stream) }
                let entries = unsafe try entries(stream, path, withStatus: true)
                let opened = OpenFolder(base: self, path: path, descriptor: descriptor)
                body(index, .success(entries), opened)
            } catch {
                body(index, .failure(error), self)
            }
        }
    }

    /// - Parameter descriptor: an open directory, which is closed with the stream.
    private func openStream(
        _ descriptor: Int32, _ directory: StoragePath
    ) throws(StorageError) -> OpaquePointer {
        if let stream = unsafe fdopendir(descriptor) { return unsafe stream }
        let code = errno
        _ = Glibc.close(descriptor)
        throw StorageError(operation: .list, path: directory.description, code: code)
    }

    private func entries(
        _ stream: OpaquePointer, _ directory: StoragePath, withStatus: Bool
    ) throws(StorageError) -> [StorageEntry] {
        let descriptor = unsafe dirfd(stream)
        var entries: [StorageEntry] = []
        while let entry = unsafe Self.nextEntry(stream) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
                unsafe $0.withMemoryRebound(to: CChar.self, capacity: 256) {
                    unsafe FileNameBytes.text(of: $0)
                }
            }
            if name == "." || name == ".." { continue }
            if !withStatus, let kind = unsafe Self.kind(of: entry.pointee.d_type) {
                entries.append(StorageEntry(name: name, kind: kind))
            } else if let found = try status(of: name, in: descriptor, directory) {
                entries.append(found)
            }
        }
        // `readdir` returns null both at the end and on error: mistaking an error for the end would
        // hide files.
        guard errno == 0 else { throw failure(.list, directory) }
        return entries
    }

    private static func nextEntry(_ stream: OpaquePointer) -> UnsafeMutablePointer<dirent>? {
        errno = 0
        return unsafe readdir(stream)
    }

    /// - Returns: `nil` when the file system does not report the type with the name.
    private static func kind(of type: UInt8) -> StorageEntry.Kind? {
        switch Int(type) {
        case DT_DIR: .directory
        case DT_REG: .file
        case DT_LNK: .symbolicLink
        case DT_UNKNOWN: nil
        default: .other
        }
    }

    /// - Returns: `nil` when the entry was removed meanwhile.
    /// - Throws: on any other error: guessing the kind could hide a file silently.
    private func status(
        of name: String, in descriptor: Int32, _ directory: StoragePath
    ) throws(StorageError) -> StorageEntry? {
        var status = stat()
        let bytes = FileNameBytes.of(name)
        guard unsafe fstatat(descriptor, bytes, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
            if errno == ENOENT { return nil }
            throw failure(.status, directory.appending(name))
        }
        let kind: StorageEntry.Kind =
            switch status.st_mode & S_IFMT {
            case S_IFDIR: .directory
            case S_IFLNK: .symbolicLink
            case S_IFREG: PosixFile.isForeignLink(status) ? .other : .file
            default: .other
            }
        return StorageEntry(name: name, kind: kind, status: FileStatus(status))
    }
}
