/// Why a connection is not secure, or no longer.
enum TLSError: Error, Hashable, CustomStringConvertible {
    /// The handshake, or what came after it.
    case failed(reason: String)
    /// The target ended the connection without saying so within TLS: what was received may be cut.
    case truncated

    var description: String {
        switch self {
        case .failed(let reason): reason
        case .truncated: "the connection ended without TLS's own end: data may be missing"
        }
    }
}
