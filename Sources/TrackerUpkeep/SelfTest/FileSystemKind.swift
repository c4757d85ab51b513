import Glibc
package import TrackerLog

/// The kind of file system a folder is on, from the magic number of `statfs(2)`, and what a log can
/// expect from it.
package struct FileSystemKind: Sendable, Hashable {
    package enum Class: String, Sendable, Hashable, CaseIterable {
        /// A disk of this machine.
        case local
        /// Memory: lost when the machine stops.
        case memory
        /// Another machine's disk: appends are not atomic and locks not reliable between machines.
        case network
        /// A layer over another file system, as in containers.
        case overlay
        /// A file system run by a program: its guarantees are unknown.
        case userSpace = "user-space"
        /// A disk file system without a journal or file modes.
        case limited
        case unknown
    }

    /// The name used by `mount(8)`, or the magic number in hex when it is unknown.
    package let name: String
    package let kind: Class
    package let magic: UInt64

    /// - Parameter magic: `f_type` of `statfs(2)`; only its low 32 bits count.
    package init(magic: UInt64) {
        let number = magic & 0xFFFF_FFFF
        self.magic = number
        if let known = Self.known[number] {
            (name, kind) = known
        } else {
            name = "0x" + String(number, radix: 16)
            kind = .unknown
        }
    }

    /// The file system that a folder is on.
    package init(at path: String) throws(StorageError) {
        self.init(magic: try Self.magic(at: path))
    }

    /// Swift's Glibc module does not import `statfs(2)`, so it is looked up at run time.
    private typealias Call = @convention(c) (UnsafePointer<CChar>, UnsafeMutableRawPointer) -> Int32

    private static func magic(at path: String) throws(StorageError) -> UInt64 {
        guard let symbol = unsafe dlsym(nil, "statfs") else {
            throw StorageError(operation: .status, path: path, code: ENOSYS)
        }
        let call = unsafe unsafeBitCast(symbol, to: Call.self)
        let result = unsafe withUnsafeTemporaryAllocation(
            byteCount: statusBytes, alignment: 16
        ) { status -> Result<UInt64, StorageError> in
            guard let address = status.baseAddress, unsafe call(path, address) == 0 else {
                return .failure(StorageError(operation: .status, path: path, code: errno))
            }
            return unsafe .success(UInt64(address.load(as: UInt.self)))
        }
        return try result.get()
    }

    /// `struct statfs` has 120 bytes on 64-bit Linux; its first field is `f_type`, a long.
    private static let statusBytes = 512

    /// The risk of keeping a log there, and what to do; `nil` for a local disk.
    package var warning: String? {
        switch kind {
        case .local: nil
        case .memory: "\(name) is memory: it does not survive a reboot. Keep the data on a disk."
        case .network:
            "\(name) is a network file system: appends from several machines may be interleaved,"
                + " locks may not be seen, and a sync may not reach the disk. Write to a local disk"
                + " and copy from there (rsync -a): folders merge by copying."
        case .overlay:
            "\(name) is a container layer: it is deleted with the container. Mount a folder of the"
                + " host for the data."
        case .userSpace:
            "\(name) is a file system run by a program (FUSE, virtiofs, sshfs): whether appends and"
                + " syncs are reliable depends on that program. Prefer a local disk."
        case .limited:
            "\(name) has no journal or no file modes: a power cut may damage the whole file system."
                + " Prefer ext4, XFS or btrfs."
        case .unknown:
            "this file system (\(name)) is unknown to tracker: rely only on the checks below."
        }
    }

    /// From linux/magic.h, and from the sources of file systems that it does not list.
    private static let known: [UInt64: (String, Class)] = [
        0xEF53: ("ext4", .local), 0x5846_5342: ("xfs", .local), 0x9123_683E: ("btrfs", .local),
        0xF2F5_2010: ("f2fs", .local), 0x2FC1_2FC1: ("zfs", .local),
        0xCA45_1A4E: ("bcachefs", .local), 0x3153_464A: ("jfs", .local),
        0x5265_4973: ("reiserfs", .local),
        0x0102_1994: ("tmpfs", .memory), 0x8584_58F6: ("ramfs", .memory),
        0x6969: ("nfs", .network), 0x517B: ("smb", .network), 0xFF53_4D42: ("cifs", .network),
        0xFE53_4D42: ("smb2", .network), 0x0102_1997: ("9p", .network),
        0x00C3_6400: ("ceph", .network), 0x5346_414F: ("afs", .network),
        0x6B41_4653: ("afs", .network), 0x7375_7245: ("coda", .network),
        0x564C: ("ncp", .network), 0x0BD0_0BD3: ("lustre", .network),
        0x4750_4653: ("gpfs", .network), 0x0116_1970: ("gfs2", .network),
        0x7461_636F: ("ocfs2", .network), 0x786F_4256: ("vboxsf", .network),
        0x7C7C_6673: ("prl_fs", .network), 0xBACB_ACBC: ("vmhgfs", .network),
        0x794C_7630: ("overlay", .overlay), 0x6175_6673: ("aufs", .overlay),
        0xF15F: ("ecryptfs", .overlay),
        0x6573_5546: ("fuse", .userSpace),
        0x4D44: ("vfat", .limited), 0x2011_BAB0: ("exfat", .limited),
        0x7366_746E: ("ntfs3", .limited), 0x5346_544E: ("ntfs", .limited),
        0x482B: ("hfsplus", .limited),
    ]
}
