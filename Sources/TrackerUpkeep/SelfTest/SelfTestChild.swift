import Glibc
import TrackerIndexer
package import TrackerLog

/// A child process of `tracker selftest`. Its work ends only when its parent does.
package struct SelfTestChild {
    package enum Role: String, CaseIterable {
        /// Appends frames as a writer does, and reports each one.
        case append
        /// Holds the lock of a file until its standard input ends.
        case hold
        /// Replaces a file again and again.
        case replace
    }

    package var storage: any Storage
    package var role: Role
    package var writer: String
    package var seed: UInt64

    /// - Parameter storage: the test folder.
    package init(in storage: any Storage, role: Role, writer: String, seed: UInt64) {
        self.storage = storage
        self.role = role
        self.writer = writer
        self.seed = seed
    }

    static let session = "selftest"
    static let appended = SegmentName(writer: SegmentName.sharedWriter, number: 1)
    static let locked = StoragePath("locked")
    static let replaced = StoragePath("replaced")

    package func run() throws {
        switch role {
        case .append: try append()
        case .hold: try hold()
        case .replace: try replace()
        }
    }

    private func append() throws {
        let path = StoragePath(Self.appended.fileName)
        let file = try storage.openOrCreate(path)
        _ = try file.lockShared()
        var random = SplitMix64(seed: seed)
        let encoder = FrameEncoder()
        var seq = 0
        while true {
            let frame = try encoder.frame(of: content(seq, &random))
            try write(frame, to: file)
            seq += 1
            // One byte for each frame. The write fails, and ends this process, without a parent.
            guard unsafe Glibc.write(1, "a", 1) == 1 else { return }
        }
    }

    /// 256 bytes to 1 MiB that hardly compress, in powers of two.
    private func content(_ seq: Int, _ random: inout SplitMix64) -> [UInt8] {
        let size = 256 << Int(random.next() % 13)
        var lines: [UInt8] = []
        var count = 0
        while lines.count < size {
            lines += Array("{\"ts\":\(seq),\"metric\":\"selftest\",\"value\":\(seq),\"x\":\"".utf8)
            for _ in 0..<min(4096, size / 16 + 1) {
                lines += Array(String(random.next(), radix: 32).utf8)
            }
            lines += Array("\"}\n".utf8)
            count += 1
        }
        var content: [UInt8] = []
        FrameHeader(
            session: Self.session, identity: FrameIdentity(writer: writer, seq: seq),
            events: count
        ).write(to: &content)
        return content + lines
    }

    private func write(_ frame: [UInt8], to file: any StorageFile) throws {
        let result = unsafe frame.withUnsafeBytes { bytes in
            Result { () throws(StorageError) in try unsafe file.append(bytes) }
        }
        guard try result.get() == frame.count else {
            throw StorageError(
                operation: .append, path: Self.appended.fileName, code: ErrorCode.noSpace)
        }
    }

    private func hold() throws {
        let file = try storage.openOrCreate(Self.locked)
        _ = try file.lockShared()
        guard unsafe Glibc.write(1, "l", 1) == 1 else { return }
        var byte: UInt8 = 0
        while unsafe Glibc.read(0, &byte, 1) > 0 {}
        try file.close()
    }

    private func replace() throws {
        var random = SplitMix64(seed: seed)
        while true {
            let text = [UInt8](
                repeating: UInt8(truncatingIfNeeded: random.next()),
                count: Int(random.next() % (256 << 10)))
            guard let bytes = ZstdText.compress(text + content(0, &random)) else { return }
            try storage.replace(Self.replaced, with: bytes)
            guard unsafe Glibc.write(1, "r", 1) == 1 else { return }
        }
    }
}
