import Glibc

/// What is at a path of the file system; of a link, the link itself.
package struct PathStatus: Sendable, Hashable {
    package let device: UInt64
    package let inode: UInt64
    /// Bits of the access mode.
    package let mode: UInt32
    package let isSocket: Bool

    /// - Throws: `StorageError` with the code of `lstat(2)`.
    package init(of path: String) throws(StorageError) {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else {
            throw StorageError(operation: .status, path: path, code: errno)
        }
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        mode = status.st_mode & 0o7777
        isSocket = status.st_mode & S_IFMT == S_IFSOCK
    }
}
