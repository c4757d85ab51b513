import Glibc

/// Directories, entry by entry.
extension PosixStorage {
    public func list(_ directory: StoragePath) throws(StorageError) -> [StorageEntry] {
        try entries(openDirectory(directory, for: .list), directory, withStatus: true)
    }

    public func listKinds(_ directory: StoragePath) throws(StorageError) -> [StorageEntry] {
        try entries(openDirectory(directory, for: .list), directory, withStatus: false)
    }

    public func listEach(
        _ names: ArraySlice<String>, in directory: StoragePath,
        _ body: (_ index: Int, Result<[StorageEntry], StorageError>) -> Void
    ) throws(StorageError) {
        let parent = try openDirectory(directory, for: .list)
        defer { _ = Glibc.close(parent) }
        for (index, name) in zip(names.indices, names) {
            let path = directory.appending(name)
            let result = Result { () throws(StorageError) in
                try check(path, .list)
                let descriptor = Interrupted.repeated {
                    unsafe openat(
                        parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)
                }
                guard descriptor >= 0 else { throw failure(.list, path) }
                return try entries(descriptor, path, withStatus: true)
            }
            body(index, result)
        }
    }

    /// - Parameter descriptor: of the directory; it is closed.
    private func entries(
        _ descriptor: Int32, _ directory: StoragePath, withStatus: Bool
    ) throws(StorageError) -> [StorageEntry] {
        guard let stream = unsafe fdopendir(descriptor) else {
            let code = errno
            _ = Glibc.close(descriptor)
            throw StorageError(operation: .list, path: directory.description, code: code)
        }
        defer { unsafe closedir(stream) }
        var entries: [StorageEntry] = []
        while let entry = unsafe Self.nextEntry(stream) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
                unsafe $0.withMemoryRebound(to: CChar.self, capacity: 256) {
                    unsafe String(validatingCString: $0)
                }
            }
            // A name that is not UTF-8 is none of ours; it is listed so that it can be counted.
            let text = name ?? "\u{FFFD}"
            if text == "." || text == ".." { continue }
            if name == nil {
                entries.append(StorageEntry(name: text, kind: .other))
            } else if !withStatus, let kind = unsafe Self.kind(of: entry.pointee.d_type) {
                entries.append(StorageEntry(name: text, kind: kind))
            } else if let found = try status(of: text, in: descriptor, directory) {
                entries.append(found)
            }
        }
        // The end and an error look alike; taking one for the other would make files disappear.
        guard errno == 0 else { throw failure(.list, directory) }
        return entries
    }

    private static func nextEntry(_ stream: OpaquePointer) -> UnsafeMutablePointer<dirent>? {
        errno = 0
        return unsafe readdir(stream)
    }

    /// - Returns: `nil` where the file system does not tell it with the name.
    private static func kind(of type: UInt8) -> StorageEntry.Kind? {
        switch Int(type) {
        case DT_DIR: .directory
        case DT_REG: .file
        case DT_LNK: .symbolicLink
        case DT_UNKNOWN: nil
        default: .other
        }
    }

    /// - Returns: `nil` when it went away in between.
    /// - Throws: what the disk says: a file taken for something else would not be read, silently.
    private func status(
        of name: String, in descriptor: Int32, _ directory: StoragePath
    ) throws(StorageError) -> StorageEntry? {
        var status = stat()
        guard unsafe fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
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
