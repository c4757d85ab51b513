import Glibc
package import TrackerLog

/// What kind of file system a folder is on, told from the magic number of `statfs(2)`: what a log
/// may expect of it.
package struct FileSystemKind: Sendable, Hashable {
    package enum Class: String, Sendable, Hashable, CaseIterable {
        /// A disk of this machine.
        case local
        /// Memory: gone when the machine stops.
        case memory
        /// Somebody else's disk: appends and locks of two machines are not those of one.
        case network
        /// A layer over another file system, as containers have it.
        case overlay
        /// A program stands in for the disk: what it promises is not known.
        case userSpace = "user-space"
        /// A disk, but without what a log needs to last.
        case limited
        case unknown
    }

    /// As `mount(8)` calls it; the number in hex when it is not known.
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

    /// Of the file system that a folder is on.
    package init(at path: String) throws(StorageError) {
        self.init(magic: try Self.magic(at: path))
    }

    /// `statfs(2)` is not among the functions that Swift's Glibc module has, so it is looked up.
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

    /// `struct statfs` has 120 bytes on 64-bit Linux, and `f_type`, a long, is the first of them.
    private static let statusBytes = 512

    /// What to know before trusting a log to it; `nil` for a disk of this machine.
    package var warning: String? {
        switch kind {
        case .local: nil
        case .memory: "\(name) is memory: it does not survive a reboot. Keep the data on a disk."
        case .network:
            "\(name) is a network file system: appends of several machines may mix, locks may not"
                + " be seen, and a sync may not reach the disk. Write to a local disk, and copy"
                + " (rsync -a): folders merge by copying."
        case .overlay:
            "\(name) is a layer of a container: it goes with the container. Mount a folder of the"
                + " host for the data."
        case .userSpace:
            "\(name) is a file system run by a program (FUSE, virtiofs, sshfs): whether its appends"
                + " and syncs hold is up to that program. Prefer a local disk."
        case .limited:
            "\(name) keeps no journal or no modes as this log expects them: a power cut may damage"
                + " it as a whole. Prefer ext4, XFS or btrfs."
        case .unknown:
            "this kind of file system (\(name)) is not known here: what was tried below is all that"
                + " is known of it."
        }
    }

    /// From linux/magic.h and the sources of file systems outside of it.
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
