import Glibc

/// One sync for many files.
extension PosixStorage {
    /// Most often only the last directory is missing, or none.
    public func makeDirectory(_ path: StoragePath) throws(StorageError) {
        try check(path, .createDirectory)
        if path.components.isEmpty { return }
        do throws(StorageError) {
            return try make(path)
        } catch {
            guard error.code == ENOENT else { throw error }
        }
        try makeDirectory(path.parent)
        try make(path)
    }

    private func make(_ path: StoragePath) throws(StorageError) {
        let parent = try openDirectory(path.parent, for: .createDirectory)
        defer { _ = Glibc.close(parent) }
        guard unsafe mkdirat(parent, path.name, 0o700) == 0 || errno == EEXIST else {
            throw failure(.createDirectory, path)
        }
    }

    public func syncFileSystem() throws(StorageError) {
        guard let calls = Self.calls else {
            throw StorageError(operation: .sync, path: "", code: ENOSYS)
        }
        guard calls.syncfs(root) == 0 else { throw failure(.sync, .root) }
    }

    /// Syncs names in the root before another folder takes its place: nobody reaches them then.
    func leaveRoot() {
        // Files in it are synced, and their failures told, by their own descriptors.
        _ = Self.calls?.syncfs(root)
    }

    /// Another mount below the root, or a file of a former root, has another device.
    public var syncedDevice: UInt64? {
        var status = stat()
        guard let calls = Self.calls, unsafe fstat(root, &status) == 0 else { return nil }
        return unsafe withUnsafeTemporaryAllocation(
            byteCount: Calls.statfsBytes, alignment: 8
        ) { room -> UInt64? in
            guard let start = room.baseAddress, unsafe calls.fstatfs(root, start) == 0,
                unsafe Self.reporting.contains(room.load(as: Int.self))
            else { return nil }
            return UInt64(status.st_dev)
        }
    }

    /// Two calls of Linux that the module `Glibc` leaves out.
    @safe private struct Calls: Sendable {
        let syncfs: @convention(c) @Sendable (Int32) -> Int32
        /// Fills a `struct statfs`, whose first member is the kind of the file system.
        let fstatfs: @convention(c) @Sendable (Int32, UnsafeMutableRawPointer) -> Int32

        /// It has 120 on the architectures of 64 bits.
        static let statfsBytes = 256
    }

    /// `nil` where they are missing, or the kernel does not tell of every failure: `syncfs` reports
    /// a failed write since Linux 5.8, and a failed commit of the journal since 5.17.
    private static let calls: Calls? = {
        var name = utsname()
        guard unsafe uname(&name) == 0 else { return nil }
        let release = unsafe withUnsafeBytes(of: name.release) { bytes in
            unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        let parts = release.split { !$0.isNumber }.prefix(2).compactMap { Int($0) }
        guard parts.count == 2, (parts[0], parts[1]) >= (5, 17) else { return nil }
        do throws(SharedLibrary.Failure) {
            let library = try SharedLibrary(names: ["libc.so.6"])
            return unsafe Calls(
                syncfs: try library.function("syncfs"), fstatfs: try library.function("fstatfs"))
        } catch {
            return nil
        }
    }()

    /// ext4, XFS, Btrfs and tmpfs. One that lies above another, as overlayfs does, may not pass on
    /// what the other reports.
    private static let reporting: Set<Int> = [0xEF53, 0x5846_5342, 0x9123_683E, 0x0102_1994]
}
