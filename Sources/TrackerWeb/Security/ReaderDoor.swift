import HTTPTypes
import Hummingbird
import HummingbirdCore
import TrackerLog

/// Who may read, with `--private`: whoever sends the server's key, or has the cookie that this
/// start of the server gives for it.
struct ReaderDoor: Sendable {
    let key: ServerKey
    /// Random for each start: a cookie of the one before opens nothing.
    private let token = Self.randomToken()

    init(key: ServerKey) { self.key = key }

    private static func randomToken() -> String {
        // The system's generator, which is made for secrets.
        var random = SystemRandomNumberGenerator()
        return (0..<WebLimits.readerTokenWords).map { _ in
            XXHash64.hex(UInt64.random(in: .min ... .max, using: &random))
        }.joined()
    }

    /// - Returns: `nil` for a reader who may in.
    func problem(_ request: Request, from peer: PeerAddress) -> KeyProblem? {
        hasCookie(request) ? nil : key.problem(GivenKey(request.headers), from: peer)
    }

    private func hasCookie(_ request: Request) -> Bool {
        guard let expected = APIKey(token) else { return false }
        let name = Self.cookieName(request)
        return request.headers[values: .cookie].contains { header in
            header.split(separator: ";").contains { part in
                let pair = part.drop { $0 == " " }
                guard pair.hasPrefix(name + "=") else { return false }
                return expected.matches(String(pair.dropFirst(name.count + 1)))
            }
        }
    }

    /// The value of `Set-Cookie`. Browsers forget it when they end. Pages of other sites do not
    /// send it, and no script reads it.
    func cookie(for request: Request) -> String {
        "\(Self.cookieName(request))=\(token); HttpOnly; SameSite=Strict; Path=/"
    }

    /// Browsers send cookies to all ports of a host: each server has a name of its own.
    private static func cookieName(_ request: Request) -> String {
        let port = request.head.authority?.split(separator: ":").last ?? ""
        return "tracker-\(port)"
    }
}
