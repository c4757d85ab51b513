import Glibc
import Synchronization
import TrackerClient
import TrackerLoad
import TrackerLog

/// Writes the end of a run whose log takes nothing more, most often because the disk is full: to a
/// segment of its own, in space that was kept free for it.
///
/// The space is a file without a name in the data folder: nothing sees it, and the system frees it
/// when the process ends, however that ends. Where the file system cannot do that, only the space
/// is missing.
final class LastWord: Sendable {
    private let storage: PosixStorage?
    private let user: UserID
    private let session: SessionID
    /// The file that keeps the space; `nil` once it is used.
    private let reserve: Mutex<Int32?>

    init(of log: Recording, in context: DataContext) {
        // try? is right here: the log is open already, and a run must not fail for this.
        storage = try? context.openForWriting()
        (user, session) = (log.user, log.session)
        reserve = Mutex(Self.reserve(in: context.folder))
    }

    deinit { release() }

    /// `O_TMPFILE` of Linux, a macro that is not imported: open(2).
    private static let unnamedFile = 0o20_000_000 | O_DIRECTORY

    private static func reserve(in folder: String) -> Int32? {
        let descriptor = unsafe open(folder, unnamedFile | O_RDWR | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return nil }
        guard posix_fallocate(descriptor, 0, off_t(LoadLimits.endReserveBytes)) == 0 else {
            close(descriptor)
            return nil
        }
        return descriptor
    }

    private func release() {
        let descriptor = reserve.withLock { reserve in
            defer { reserve = nil }
            return reserve
        }
        if let descriptor { close(descriptor) }
    }

    /// Writes the events. A failure is not reported: that of the log is, and says the same.
    func write(_ events: [Event]) {
        guard let storage else { return }
        release()
        let writer = SessionWriter(
            storage: storage, user: user, session: session,
            configuration: .init(durability: .durable))
        do throws(LogError) {
            try writer.appendBatch(events)
            try writer.close()
        } catch {}
    }
}
