import Glibc
import TrackerLog

/// Why the server cannot listen on a Unix socket.
package enum UnixSocketError: Error, Sendable, Hashable, CustomStringConvertible {
    case pathLength(String)
    /// Another server listens there.
    case inUse(String)
    /// What is there is not a socket, and is left alone.
    case notASocket(String)
    case system(String, what: String, code: Int32)

    package var description: String {
        switch self {
        case .pathLength(let path):
            "--socket \(path): the path of a socket has 1 to \(UnixSocket.maxPathBytes) bytes:"
                + " choose a shorter one"
        case .inUse(let path):
            "a server listens on \(path) already: stop it, or choose another path with --socket"
        case .notASocket(let path):
            "\(path) is there, and is not a socket: remove it, or choose another path with --socket"
        case .system(let path, let what, let code):
            "cannot \(what) the socket \(path): \(systemMessage(code))"
        }
    }
}

/// A listening Unix socket that only this account can connect to.
struct UnixSocket: Sendable {
    let descriptor: Int32
    let path: String
    /// Of the file, so that nobody else's is removed.
    private let status: PathStatus

    /// `sun_path` with its zero.
    static let maxPathBytes = 107

    /// A socket that is there and on which nobody listens is replaced. Everything else that is
    /// there is left alone, also a link to a socket.
    init(listeningAt path: String) throws(UnixSocketError) {
        guard (1...Self.maxPathBytes).contains(path.utf8.count), !path.utf8.contains(0) else {
            throw .pathLength(path)
        }
        try Self.removeStale(path)
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | closeOnExec, 0)
        guard descriptor >= 0 else { throw .system(path, what: "open", code: errno) }
        do throws(UnixSocketError) {
            // Before the file exists, so that it never has another mode: `bind` gives it that of
            // the descriptor. A umask would hold for the files of all threads.
            guard fchmod(descriptor, 0o600) == 0 else {
                throw .system(path, what: "protect", code: errno)
            }
            guard unsafe Self.withAddress(path, { unsafe bind(descriptor, $0, $1) }) == 0 else {
                throw errno == EADDRINUSE
                    ? .inUse(path) : .system(path, what: "make", code: errno)
            }
            do throws(StorageError) { status = try PathStatus(of: path) } catch {
                throw .system(path, what: "find", code: error.code)
            }
            guard status.mode == 0o600 else {
                unsafe unlink(path)
                throw .system(path, what: "protect", code: EPERM)
            }
        } catch {
            close(descriptor)
            throw error
        }
        self.descriptor = descriptor
        self.path = path
    }

    private static func removeStale(_ path: String) throws(UnixSocketError) {
        let isSocket: Bool
        do throws(StorageError) {
            isSocket = try PathStatus(of: path).isSocket
        } catch {
            guard error.code == ENOENT else { throw .system(path, what: "find", code: error.code) }
            return
        }
        guard isSocket else { throw .notASocket(path) }
        let kind = Int32(SOCK_STREAM.rawValue) | closeOnExec | Int32(SOCK_NONBLOCK.rawValue)
        let probe = socket(AF_UNIX, kind, 0)
        guard probe >= 0 else { throw .system(path, what: "try", code: errno) }
        defer { close(probe) }
        // Where nobody accepts, its queue is full at some time.
        if unsafe withAddress(path, { unsafe connect(probe, $0, $1) }) == 0 || errno == EAGAIN {
            throw .inUse(path)
        }
        // Of another account, or one that cannot be tried: not ours to remove.
        guard errno == ECONNREFUSED else { throw .system(path, what: "try", code: errno) }
        guard unsafe unlink(path) == 0 else { throw .system(path, what: "replace", code: errno) }
    }

    private static func withAddress(
        _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { room in
            for (index, byte) in path.utf8.enumerated() where index < room.count {
                unsafe room[index] = byte
            }
        }
        return unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }

    /// Removes the file, if it is still this one.
    func removeFile() {
        // try? is right here: what cannot be found needs no removal.
        guard let found = try? PathStatus(of: path), found.device == status.device,
            found.inode == status.inode
        else { return }
        unsafe unlink(path)
    }
}

private let closeOnExec = Int32(SOCK_CLOEXEC.rawValue)
