import Glibc
import NIOCore
import NIOPosix

/// Resolves the target's address once, before the test: a lookup per connection would measure the
/// name service as well.
enum TargetAddress {
    /// The host's first address that accepts a connection, else its first one.
    ///
    /// `localhost` often resolves to ::1 and 127.0.0.1 while the target listens on only one of
    /// them. A single address is not tried, so that the target sees only the test.
    static func resolve(
        _ origin: Origin, group: MultiThreadedEventLoopGroup
    ) async throws(LoadError) -> SocketAddress {
        let addresses = try await lookUp(origin)
        guard let first = addresses.first else {
            throw .unresolved(host: origin.host, reason: "it has no address")
        }
        guard addresses.count > 1 else { return first }
        for address in addresses {
            do {
                let channel = try await ClientBootstrap(group: group)
                    .connectTimeout(.seconds(1)).connect(to: address).get()
                channel.close(promise: nil)
                return address
            } catch {
                continue
            }
        }
        return first
    }

    private static func lookUp(_ origin: Origin) async throws(LoadError) -> [SocketAddress] {
        let pool = NIOThreadPool.singleton
        let found: Result<[SocketAddress], LoadError>
        do {
            found = try await pool.runIfActive {
                do throws(LoadError) {
                    return .success(try lookUpBlocking(origin))
                } catch {
                    return .failure(error)
                }
            }
        } catch {
            throw .unresolved(host: origin.host, reason: "\(error)")
        }
        return try found.get()
    }

    private static func lookUpBlocking(_ origin: Origin) throws(LoadError) -> [SocketAddress] {
        var hints = unsafe addrinfo()
        unsafe hints.ai_family = AF_UNSPEC
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        unsafe hints.ai_flags = AI_ADDRCONFIG
        var list: UnsafeMutablePointer<addrinfo>?
        let code = unsafe getaddrinfo(origin.host, String(origin.port), &hints, &list)
        guard code == 0 else {
            throw .unresolved(host: origin.host, reason: unsafe String(cString: gai_strerror(code)))
        }
        defer { unsafe freeaddrinfo(list) }
        var addresses: [SocketAddress] = []
        var next = unsafe list
        while let entry = unsafe next {
            if let address = unsafe socketAddress(entry.pointee), !addresses.contains(address) {
                addresses.append(address)
            }
            unsafe next = entry.pointee.ai_next
        }
        return addresses
    }

    private static func socketAddress(_ entry: addrinfo) -> SocketAddress? {
        guard let raw = unsafe UnsafeRawPointer(entry.ai_addr) else { return nil }
        switch unsafe entry.ai_family {
        case AF_INET: return SocketAddress(unsafe raw.loadUnaligned(as: sockaddr_in.self))
        case AF_INET6: return SocketAddress(unsafe raw.loadUnaligned(as: sockaddr_in6.self))
        default: return nil
        }
    }
}

extension EventLoopFuture where Value: Sendable {
    /// The value, or `nil` after a failure.
    var value: Value? {
        get async {
            do { return try await get() } catch { return nil }
        }
    }
}
