import Glibc

/// Reports changes below the log, by inotify: a hint that saves polling, never a guarantee.
///
/// Callers must also check file sizes from time to time: events can be lost, and network file
/// systems send none. Use it from one thread, except for `wake()`.
public final class FolderWatcher: @unchecked Sendable {
    public enum Change: Sendable, Hashable {
        /// Something in this folder changed; the path is relative to the root.
        case folder(StoragePath)
        /// Events were lost: check everything.
        case everything
        /// `wake()` was called.
        case woken
    }

    private let root: String
    private let inotify: Int32
    /// `nil` when the process has no descriptor left: it then only polls.
    private let wakeup: PipeEnds?
    private var folders: [Int32: StoragePath] = [:]
    private var watches: [StoragePath: Int32] = [:]

    /// Below the usual limit of watches per user; other folders are only polled.
    package static let maxWatches = 8_000

    /// - Parameter root: the data folder's path.
    public init(root: String) {
        self.root = root
        inotify = inotify_init1(Int32(IN_NONBLOCK | IN_CLOEXEC))
        wakeup = PipeEnds()
        if let wakeup {
            for end in [wakeup.read, wakeup.write] { _ = fcntl(end, F_SETFL, O_NONBLOCK) }
        }
    }

    deinit {
        if inotify >= 0 { close(inotify) }
        wakeup?.closeBoth()
    }

    /// Watches a folder, if possible.
    /// - Returns: whether it is watched now.
    @discardableResult
    public func watch(_ folder: StoragePath) -> Bool {
        guard watches[folder] == nil else { return true }
        guard inotify >= 0, watches.count < Self.maxWatches else { return false }
        let mask =
            UInt32(
                IN_MODIFY | IN_CREATE | IN_DELETE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE_SELF
                    | IN_ONLYDIR) | UInt32(IN_DONT_FOLLOW)
        let watch = unsafe inotify_add_watch(inotify, root + "/" + folder.description, mask)
        guard watch >= 0 else { return false }
        folders[watch] = folder
        watches[folder] = watch
        return true
    }

    package func unwatch(_ folder: StoragePath) {
        guard let watch = watches.removeValue(forKey: folder) else { return }
        folders[watch] = nil
        _ = inotify_rm_watch(inotify, watch)
    }

    package var watchedFolders: [StoragePath] { Array(watches.keys) }

    public func isWatched(_ folder: StoragePath) -> Bool { watches[folder] != nil }

    /// Ends the `wait` of another thread.
    public func wake() {
        guard let wakeup else { return }
        var byte: UInt8 = 1
        // A failed write means that the pipe is full, and that wakes as well.
        _ = unsafe write(wakeup.write, &byte, 1)
    }

    /// Waits for changes.
    /// - Returns: an empty set on timeout.
    public func wait(atMostMs: Int) -> Set<Change> {
        var descriptors = [
            pollfd(fd: inotify, events: Int16(POLLIN), revents: 0),
            pollfd(fd: wakeDescriptor, events: Int16(POLLIN), revents: 0),
        ]
        guard unsafe poll(&descriptors, 2, Int32(clamping: max(0, atMostMs))) > 0 else { return [] }
        var changes: Set<Change> = []
        if descriptors[1].revents != 0 {
            takeWakes()
            changes.insert(.woken)
        }
        if descriptors[0].revents != 0 { readEvents(into: &changes) }
        return changes
    }

    /// Waits for `wake()` alone: changes are left for the next `wait`.
    package func waitForWake(atMostMs: Int) {
        var descriptor = pollfd(fd: wakeDescriptor, events: Int16(POLLIN), revents: 0)
        guard unsafe poll(&descriptor, 1, Int32(clamping: max(0, atMostMs))) > 0 else { return }
        takeWakes()
    }

    /// `poll` passes over a descriptor below 0.
    private var wakeDescriptor: Int32 { wakeup?.read ?? -1 }

    private func takeWakes() {
        guard let wakeup else { return }
        var bytes = [UInt8](repeating: 0, count: 64)
        while unsafe read(wakeup.read, &bytes, bytes.count) == bytes.count { continue }
    }

    private func readEvents(into changes: inout Set<Change>) {
        let header = MemoryLayout<inotify_event>.size
        unsafe withUnsafeTemporaryAllocation(byteCount: 64 << 10, alignment: 8) { buffer in
            while true {
                let count = unsafe read(inotify, buffer.baseAddress, buffer.count)
                guard count > 0 else { return }
                var at = 0
                while at + header <= count {
                    let event = unsafe buffer.loadUnaligned(
                        fromByteOffset: at, as: inotify_event.self)
                    at += header + Int(event.len)
                    note(event, in: &changes)
                }
            }
        }
    }

    private func note(_ event: inotify_event, in changes: inout Set<Change>) {
        guard event.mask & UInt32(IN_Q_OVERFLOW) == 0 else {
            changes.insert(.everything)
            return
        }
        guard let folder = folders[event.wd] else { return }
        if event.mask & UInt32(IN_IGNORED) != 0 {
            folders[event.wd] = nil
            watches[folder] = nil
        }
        changes.insert(.folder(folder))
    }
}
