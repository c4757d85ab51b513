import FoundationEssentials
import Glibc
import Synchronization
import TrackerLog

/// Reads descriptors of files outside the data folder.
enum ImportReading {
    /// - Returns: empty at the end.
    static func piece(of descriptor: Int32, at most: Int) throws -> [UInt8] {
        var failure: Int32?
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: most) { buffer, count in
            while true {
                let got = unsafe read(descriptor, buffer.baseAddress, buffer.count)
                if got < 0, errno == EINTR { continue }
                if got < 0 { failure = errno }
                count = max(0, got)
                return
            }
        }
        if let failure { throw CommandFailure("cannot read: \(systemMessage(failure))") }
        return bytes
    }

    static func all(
        of descriptor: Int32, pieceBytes: Int, _ take: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: pieceBytes, alignment: 16)
        defer { unsafe buffer.deallocate() }
        while true {
            let count = unsafe read(descriptor, buffer.baseAddress, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                throw CommandFailure("cannot read: \(systemMessage(errno))")
            }
            if count == 0 { return }
            try unsafe take(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
    }

    /// Waits until there is something to read, or the end.
    static func isReady(_ descriptor: Int32, milliseconds: Int32) -> Bool {
        var poll = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return unsafe Glibc.poll(&poll, 1, milliseconds) > 0
    }
}

/// What a path leads to.
struct FileKind {
    let isFolder: Bool
    let bytes: Int
    let modified: Timestamp

    /// - Returns: `nil` where there is nothing to read; `errno` says why.
    init?(_ path: String) {
        var facts = stat()
        guard unsafe stat(path, &facts) == 0 else { return nil }
        isFolder = facts.st_mode & S_IFMT == S_IFDIR
        bytes = Int(facts.st_size)
        modified = Timestamp(
            nanoseconds: Int64(facts.st_mtim.tv_sec) * 1_000_000_000
                + Int64(facts.st_mtim.tv_nsec))
    }

    /// All files in a folder and those in it, by name; hidden ones and links are left out.
    static func files(below folder: String) throws -> [String] {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        } catch {
            throw CommandFailure("\(printable(folder)): the folder cannot be read")
        }
        var files: [String] = []
        for name in names where !name.hasPrefix(".") {
            let path = folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
            var facts = stat()
            guard unsafe lstat(path, &facts) == 0 else { continue }
            switch facts.st_mode & S_IFMT {
            case S_IFDIR: files += try Self.files(below: path)
            case S_IFREG: files.append(path)
            default: continue
            }
        }
        return files
    }
}

/// How far the import of a large file is, on a terminal.
final class ImportProgress {
    private let path: String
    private let total: Int
    private var done = 0
    private var shown: ContinuousClock.Instant?
    private let isShown = Console.current.isTerminal(.error)

    init(path: String, total: Int) {
        self.path = path
        self.total = total
    }

    func show(_ bytes: Int) {
        done += bytes
        guard isShown, total > 0 else { return }
        let now = ContinuousClock.now
        guard shown.map({ now - $0 > .milliseconds(500) }) ?? (done < total) else { return }
        shown = now
        let percent = Int(100 * Double(done) / Double(total))
        showProgress(
            "\r\u{1B}[K\(percent) % of \(NumberFormat.plain.quantity(Double(total), unit: "B"))")
    }

    func clear() { if shown != nil { showProgress("\r\u{1B}[K") } }
}

/// Set by a signal, on any thread.
final class StopFlag: Sendable {
    private let flag = Mutex(false)

    var isSet: Bool { flag.withLock { $0 } }

    func set() { flag.withLock { $0 = true } }
}
