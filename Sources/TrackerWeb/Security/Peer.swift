import Glibc
import NIOCore
import TrackerLog

/// Who is at the other end of a connection, as far as that bounds the rate of wrong keys.
enum Peer: Sendable, Hashable {
    /// An account of this machine.
    case account(UInt32)
    /// A numeric address.
    case address(String)
    case unknown
}

/// The other end of a connection. Who that is takes a look at a table of the system, and is asked
/// for only when somebody has sent wrong keys.
struct PeerAddress: Sendable {
    var remote: SocketAddress?
    var local: SocketAddress?

    init(_ channel: any Channel) {
        remote = channel.remoteAddress
        local = channel.localAddress
    }

    var peer: Peer {
        // A Unix socket has let in this account alone.
        if case .unixDomainSocket = local { return .account(geteuid()) }
        guard let remote, let address = remote.ipAddress else { return .unknown }
        guard SocketTable.isLoopback(address) else { return .address(address) }
        guard let local else { return .unknown }
        for table in ["tcp", "tcp6"] {
            if let text = SocketTable.text(table),
                let account = SocketTable.account(in: text, of: remote, to: local)
            {
                return .account(account)
            }
        }
        return .unknown
    }
}

/// The system's tables of TCP sockets, `/proc/net/tcp` and `tcp6`.
///
/// A line is `sl local_address rem_address st tx:rx tr:when retrnsmt uid timeout inode …`; an
/// address is hexadecimal, in words of this machine's byte order, with the port behind a colon.
enum SocketTable {
    static func isLoopback(_ address: String) -> Bool {
        address.hasPrefix("127.") || address == "::1" || address.hasPrefix("::ffff:127.")
    }

    /// Each of the sockets is some 150 bytes.
    private static let maxBytes = 4 << 20

    static func text(_ name: String) -> String? {
        do throws(StorageError) {
            let file = try PosixStorage(root: "/proc/net", create: false)
                .openForReading(StoragePath(name))
            return String(decoding: try file.readBytes(at: 0, count: maxBytes), as: UTF8.self)
        } catch {
            // Who it is stays unknown.
            return nil
        }
    }

    /// The account that owns the socket at `address` that is connected to `other`.
    static func account(
        in table: String, of address: SocketAddress, to other: SocketAddress
    ) -> UInt32? {
        let (mine, theirs) = (texts(of: address), texts(of: other))
        for line in table.split(separator: "\n").dropFirst() {
            let fields = line.split(separator: " ")
            guard fields.count > 7, mine.contains(String(fields[1])),
                theirs.contains(String(fields[2]))
            else { continue }
            return UInt32(fields[7])
        }
        return nil
    }

    /// As the tables write it; an IPv4 address also as a socket of IPv6 has it.
    static func texts(of address: SocketAddress) -> [String] {
        guard let bytes = address.packedAddress, let port = address.port else { return [] }
        let words = stride(from: 0, to: bytes.count, by: 4).map { at in
            let value = bytes[at..<at + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            return hex(value.bigEndian, digits: 8)
        }
        let end = words.joined() + ":" + hex(UInt32(port), digits: 4)
        guard words.count == 1 else { return [end] }
        let mapped = String(repeating: "0", count: 16) + hex(UInt32(0xFFFF).bigEndian, digits: 8)
        return [end, mapped + end]
    }

    private static func hex(_ value: UInt32, digits: Int) -> String {
        let text = String(value, radix: 16, uppercase: true)
        return String(repeating: "0", count: digits - text.count) + text
    }
}

extension SocketAddress {
    /// In the order of the network; `nil` of a Unix socket.
    fileprivate var packedAddress: [UInt8]? {
        // Where `sockaddr_in` and `sockaddr_in6` have it.
        let place: Range<Int>
        switch self {
        case .v4: place = 4..<8
        case .v6: place = 8..<24
        case .unixDomainSocket: return nil
        }
        return unsafe withSockAddr { start, size in
            let bytes = unsafe UnsafeRawBufferPointer(start: start, count: size)
            return place.upperBound <= size ? unsafe Array(bytes[place]) : nil
        }
    }
}
