import TrackerLog

/// The origin of the target: scheme, host and port.
package struct Origin: Sendable, Hashable, CustomStringConvertible {
    /// A name or an address, an IPv6 address without its brackets.
    package let host: String
    package let port: Int
    /// Scheme `https`.
    package let isTLS: Bool

    package init(host: String, port: Int, isTLS: Bool = false) {
        self.isTLS = isTLS
        self.host = host
        self.port = port
    }

    /// Whether the name or address is that of this machine.
    package var isLoopback: Bool {
        host == "localhost" || host == "::1" || (host.hasPrefix("127.") && tlsName == nil)
    }

    private var scheme: String { isTLS ? "https" : "http" }
    private var defaultPort: Int { isTLS ? 443 : 80 }

    /// The value of the `Host` header: without the port when it is the scheme's default.
    package var authority: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port == defaultPort ? name : "\(name):\(port)"
    }
    package var description: String { "\(scheme)://\(authority)" }
}

/// The parsed URL of a target.
package struct TargetURL: Sendable, Hashable, CustomStringConvertible {
    package let origin: Origin
    /// Path and query, as in the request line.
    package let uri: String
    /// The path without the query: the label `route`.
    package let route: String

    package var description: String { origin.description + uri }

    /// Parses `http[s]://host[:port][/path][?query]`; the default scheme is `http://`.
    package init(parsing text: String, argument: String = "URL") throws(LoadError) {
        func invalid(_ problem: String) -> LoadError {
            .invalid(argument: argument, value: text, problem: problem)
        }
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw invalid("spaces, control and non-ASCII characters must be written as %xx")
        }
        var rest = Substring(text)
        var isTLS = false
        if let scheme = rest.range(of: "://") {
            switch rest[..<scheme.lowerBound].lowercased() {
            case "http": rest = rest[scheme.upperBound...]
            case "https":
                isTLS = true
                rest = rest[scheme.upperBound...]
            default: throw invalid("only http:// and https:// URLs are supported")
            }
        }
        let authority = rest.prefix { !"/?#".contains($0) }
        let tail = rest.dropFirst(authority.count).prefix { $0 != "#" }
        guard !authority.contains("@") else {
            throw invalid("give credentials with --header 'Authorization: …', not in the URL")
        }
        guard let origin = Self.origin(authority, isTLS: isTLS) else {
            throw invalid("write http://host:port/path, with a port from 1 to 65535")
        }
        self.origin = origin
        uri = tail.hasPrefix("/") ? String(tail) : "/" + tail
        route = String(uri.prefix { $0 != "?" })
    }

    private static func origin(_ authority: Substring, isTLS: Bool) -> Origin? {
        var host = authority
        var portText: Substring?
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else { return nil }
            host = authority[authority.index(after: authority.startIndex)..<end]
            let after = authority[authority.index(after: end)...]
            guard after.isEmpty || after.hasPrefix(":") else { return nil }
            portText = after.isEmpty ? nil : after.dropFirst()
        } else if let colon = authority.lastIndex(of: ":") {
            host = authority[..<colon]
            portText = authority[authority.index(after: colon)...]
            guard !host.contains(":") else { return nil }
        }
        guard !host.isEmpty else { return nil }
        guard let portText else {
            return Origin(host: String(host), port: isTLS ? 443 : 80, isTLS: isTLS)
        }
        guard portText.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let port = Int(portText), (1...65_535).contains(port)
        else { return nil }
        return Origin(host: String(host), port: port, isTLS: isTLS)
    }
}

extension Substring {
    /// The first occurrence of `text`.
    fileprivate func range(of text: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(text) {
                return start..<index(start, offsetBy: text.count)
            }
            start = index(after: start)
        }
        return nil
    }
}
