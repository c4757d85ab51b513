import Glibc
import NIOCore

/// Whose process is at the other end of a Unix socket.
///
/// The file of the socket has mode 0600; this holds also where somebody has changed that, and where
/// the socket was handed over by a process of another account.
enum PeerAccount {
    /// `struct ucred`.
    private struct Credentials: Sendable {
        var process: pid_t = 0
        var account: uid_t = 0
        var group: gid_t = 0
    }

    /// Closes the connection before a byte of it is read, unless it is this account's or root's.
    static func check(_ channel: any Channel) -> EventLoopFuture<Void> {
        guard let socket = channel as? any SocketOptionProvider else {
            return channel.close()
        }
        let credentials: EventLoopFuture<Credentials> = socket.unsafeGetSocketOption(
            level: .socket, name: NIOBSDSocket.Option(rawValue: SO_PEERCRED))
        return credentials.map { isAllowed($0.account, own: geteuid()) }
            .recover { _ in false }
            .flatMap { isAllowed in
                guard !isAllowed else { return channel.eventLoop.makeSucceededVoidFuture() }
                return channel.close().recover { _ in }
            }
    }

    static func isAllowed(_ account: uid_t, own: uid_t) -> Bool { account == own || account == 0 }
}
