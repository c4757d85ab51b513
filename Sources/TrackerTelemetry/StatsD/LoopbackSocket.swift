import Glibc
import TrackerLog

/// Makes UDP sockets that receive from this machine alone.
enum LoopbackSocket {
    enum Family {
        case v4, v6

        var address: String {
            switch self {
            case .v4: "127.0.0.1"
            case .v6: "[::1]"
            }
        }
    }

    static func isMissing(_ code: Int32) -> Bool {
        [EADDRNOTAVAIL, EAFNOSUPPORT, ENETUNREACH].contains(code)
    }

    static func open(_ family: Family, port: Int) throws(TelemetryError) -> Int32 {
        let number = family == .v4 ? AF_INET : AF_INET6
        let descriptor = socket(
            number, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else {
            throw .listen(address: "\(family.address):\(port)", code: errno)
        }
        var (size, only) = (TelemetryLimits.receiveBufferBytes, Int32(1))
        let length = socklen_t(MemoryLayout<Int32>.size)
        // A smaller buffer than wished is no error: drops are counted.
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, length)
        if family == .v6 {
            unsafe setsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &only, length)
        }
        guard bind(descriptor, family, port) == 0 else {
            let code = errno
            close(descriptor)
            throw .listen(address: "\(family.address):\(port)", code: code)
        }
        return descriptor
    }

    private static func bind(_ descriptor: Int32, _ family: Family, _ port: Int) -> Int32 {
        switch family {
        case .v4:
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = in_port_t(port).bigEndian
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            return unsafe withUnsafePointer(to: &address) { pointer in
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    unsafe Glibc.bind(
                        descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
        case .v6:
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            address.sin6_port = in_port_t(port).bigEndian
            address.sin6_addr = in6addr_loopback
            return unsafe withUnsafePointer(to: &address) { pointer in
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    unsafe Glibc.bind(
                        descriptor, $0, socklen_t(MemoryLayout<sockaddr_in6>.size))
                }
            }
        }
    }

    /// The port that an IPv4 socket is bound to.
    static func port(of descriptor: Int32) -> Int {
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe getsockname(descriptor, $0, &length)
            }
        }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}

/// A table of the system, as text.
enum SystemTable {
    /// `nil` if it cannot be read: the system may not have it.
    static func read(_ path: String) -> String? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var (text, piece) = ([UInt8](), [UInt8](repeating: 0, count: 64 << 10))
        while text.count < TelemetryLimits.systemTableBytes {
            let count = unsafe Glibc.read(descriptor, &piece, piece.count)
            guard count > 0 else { break }
            text += piece[..<count]
        }
        return String(decoding: text, as: UTF8.self)
    }
}
