import Glibc

/// A listening socket that was opened before this program started: systemd's socket activation
/// (`sd_listen_fds(3)`).
package struct PassedSocket: Sendable, Hashable {
    package let descriptor: Int32
    package let family: LoopbackFamily
    package let port: Int

    /// What systemd passed to this process: `LISTEN_FDS` sockets from descriptor 3 on, if
    /// `LISTEN_PID` names it. The variables are removed and the sockets closed on `exec`, so that
    /// no child of this program takes them for its own.
    /// - Returns: at most one socket for each family, all of one port; empty: nothing was passed.
    /// - Throws: a socket that this program must not serve, as others than this machine reach it.
    package static func takeAll() throws(PassedSocketError) -> [PassedSocket] {
        let count = unsafe getenv("LISTEN_FDS").map { unsafe String(cString: $0) }
        let owner = unsafe getenv("LISTEN_PID").map { unsafe String(cString: $0) }
        for name in ["LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES"] { unsafe unsetenv(name) }
        guard let count, let owner, owner == "\(getpid())" else { return [] }
        guard let number = Int32(count), (0...WebLimits.passedSockets).contains(number) else {
            throw .count(count)
        }
        var sockets: [PassedSocket] = []
        for descriptor in firstDescriptor..<firstDescriptor + number {
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
            sockets.append(try PassedSocket(inspecting: descriptor))
        }
        try check(sockets)
        return sockets
    }

    /// `SD_LISTEN_FDS_START`.
    private static let firstDescriptor: Int32 = 3

    /// - Throws: two sockets of a family, or of different ports.
    static func check(_ sockets: [PassedSocket]) throws(PassedSocketError) {
        guard let first = sockets.first else { return }
        var families: Set<LoopbackFamily> = []
        for socket in sockets {
            guard socket.port == first.port else {
                throw .ports(first.port, socket.port)
            }
            guard families.insert(socket.family).inserted else {
                throw .twice(socket.family)
            }
        }
    }

    init(inspecting descriptor: Int32) throws(PassedSocketError) {
        var accepts: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        let isSocket = unsafe getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &accepts, &size)
        guard isSocket == 0, accepts != 0 else { throw .notListening(descriptor) }
        let address = Self.address(of: descriptor)
        guard let family = LoopbackFamily.allCases.first(where: { $0.host == address.host }),
            let port = Int(address.port)
        else { throw .foreignAddress(descriptor, address.host) }
        self.descriptor = descriptor
        self.family = family
        self.port = port
    }

    /// The numeric address and port; for a socket without them, such as a Unix socket, what it is.
    private static func address(of descriptor: Int32) -> (host: String, port: String) {
        var storage = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return unsafe withUnsafeMutablePointer(to: &storage) { pointer in
            let address = unsafe UnsafeMutableRawPointer(pointer)
                .assumingMemoryBound(to: sockaddr.self)
            guard unsafe getsockname(descriptor, address, &size) == 0 else {
                return ("no address", "")
            }
            guard unsafe [AF_INET, AF_INET6].contains(Int32(address.pointee.sa_family)) else {
                return ("a socket that is not TCP", "")
            }
            let host = unsafe numericName(address, size, length: Int(NI_MAXHOST), isHost: true)
            let port = unsafe numericName(address, size, length: Int(NI_MAXSERV), isHost: false)
            return (host, port)
        }
    }

    private static func numericName(
        _ address: UnsafePointer<sockaddr>, _ size: socklen_t, length: Int, isHost: Bool
    ) -> String {
        unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: length) { text in
            let flags = NI_NUMERICHOST | NI_NUMERICSERV
            let room = socklen_t(length)
            let code =
                if isHost {
                    unsafe getnameinfo(address, size, text.baseAddress, room, nil, 0, flags)
                } else {
                    unsafe getnameinfo(address, size, nil, 0, text.baseAddress, room, flags)
                }
            guard code == 0, let start = text.baseAddress else { return "no address" }
            return unsafe String(cString: start)
        }
    }
}

/// Why a socket that was passed to this program cannot be served.
package enum PassedSocketError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The text of `LISTEN_FDS`.
    case count(String)
    case notListening(Int32)
    case foreignAddress(Int32, String)
    case ports(Int, Int)
    case twice(LoopbackFamily)

    package var description: String {
        switch self {
        case .count(let text):
            "LISTEN_FDS is \"\(text)\", where a number from 0 to \(WebLimits.passedSockets) is"
                + " expected: correct what starts this program"
        case .notListening(let descriptor):
            "descriptor \(descriptor), which was passed by LISTEN_FDS, is not a listening socket:"
                + " correct the socket unit"
        case .foreignAddress(let descriptor, let address):
            "the socket passed as descriptor \(descriptor) listens on \(address): only 127.0.0.1"
                + " and [::1] are served, which no other machine reaches; correct ListenStream="
        case .ports(let one, let other):
            "the passed sockets listen on the ports \(one) and \(other): use one port for both"
        case .twice(let family):
            "two of the passed sockets listen on \(family.host): pass one for each address"
        }
    }
}

/// The two addresses of this machine that only it can reach.
package enum LoopbackFamily: Sendable, Hashable, CaseIterable {
    case ipv4
    case ipv6

    var host: String {
        switch self {
        case .ipv4: "127.0.0.1"
        case .ipv6: "::1"
        }
    }
}
