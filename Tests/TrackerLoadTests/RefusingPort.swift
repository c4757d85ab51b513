import Glibc
import Testing

/// A port of loopback that refuses every connection while `body` runs.
///
/// Bound, so that nobody else gets it, and without a listener: a port that was free a moment ago
/// may be another test's server by now.
func withRefusingPort<Result>(_ body: (Int) async throws -> Result) async throws -> Result {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    try #require(descriptor >= 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
    var count = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = unsafe withUnsafeMutablePointer(to: &address) {
        unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            unsafe bind(descriptor, $0, count) == 0 && getsockname(descriptor, $0, &count) == 0
        }
    }
    try #require(isBound)
    return try await body(Int(UInt16(bigEndian: address.sin_port)))
}
